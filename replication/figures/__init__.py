"""One module per figure: read the reduced data, draw, save PDF, PNG and the CSV that was drawn."""
