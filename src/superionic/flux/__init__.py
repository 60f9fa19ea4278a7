"""Flux series: one container, its compact file, and readers for other codes. Needs no torch."""
