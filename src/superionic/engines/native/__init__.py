"""Native engine: C++17 sources compiled on first use for the shape of one potential (see README.md)."""
