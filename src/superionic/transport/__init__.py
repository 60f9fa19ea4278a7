"""Transport coefficients and their error bars from flux series. Needs no torch."""
