"""Molecular dynamics with energy and species currents, in resumable segments."""
