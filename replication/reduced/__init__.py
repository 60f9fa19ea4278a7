"""The tables of data/reduced: what they contain, when they are current, how they are read."""
