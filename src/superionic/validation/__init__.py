"""Validation of a new potential for transport: stability of the crystal, density, temperature laws."""
