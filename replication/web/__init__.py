"""`make report`: HTML pages with every claim, curve and run, one for the paper and one per material."""
