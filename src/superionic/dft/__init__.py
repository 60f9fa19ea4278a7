"""Ab-initio labels: sampling of structures, the label queue, checks of the labels."""
