"""Ab-initio labels: which structures to label, the label queue, and checks of what it made."""
