"""`make bench`: time the CPU engines side by side, for docs/benchmarks.md and data/reduced/bench*.csv."""
