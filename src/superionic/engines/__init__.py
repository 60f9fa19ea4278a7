"""Engines: one protocol, several speeds, equal results."""
