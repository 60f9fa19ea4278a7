"""`make figures`: one module per figure that reads data/reduced, draws, and saves PDF, PNG and CSV."""
