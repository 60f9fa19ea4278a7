"""Heat transport in superionic materials: potential -> molecular dynamics -> flux -> transport."""

__version__ = "0.1.0"
