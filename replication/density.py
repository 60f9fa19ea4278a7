"""How far from its labels' functional a potential puts the density, from its pressure on held-out frames.

At zero pressure a crystal is larger by Δp/B than its labels would make it, Δp being the mean error of the
pressure near that volume and B the bulk modulus.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from superionic.system import Array

from .crystal import read_crystal
from .report import formatted

NORMAL = [0, 3, 5]
"""Where xx, yy and zz stand among the six rows of a stress in a parity table (xx, xy, xz, yy, yz, zz)."""


def pressure_errors(parity: Path, split: str = "test") -> Array:
    """Pressure of the potential minus that of the label, GPa, one per frame that has a stress."""
    stresses: dict[str, list[float]] = {}
    with parity.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] == split and row["quantity"] == "stress_GPa":
                error = float(row["predicted"]) - float(row["label"])
                stresses.setdefault(row["frame"], []).append(error)
    return np.array([-np.mean(np.array(components)[NORMAL]) for components in stresses.values()])


def density_section(material: str, parities: dict[str, Path]) -> str:
    """A table of the models that have a parity table; empty without one, or without a bulk modulus."""
    errors = {name: pressure_errors(path) for name, path in parities.items() if path.exists()}
    errors = {name: error for name, error in errors.items() if len(error) > 1}
    crystal = read_crystal(material).equation_of_state()
    if not errors or crystal is None:
        return ""
    rows = [
        "Pressure of the models minus that of the labels on test frames, and the change of volume it makes "
        "at zero pressure with the bulk modulus of the perfect crystal at 0 K, "
        f"{crystal.modulus_GPa:.0f} GPa (hot crystals are softer): how far the density of a "
        "model is from that of its functional.\n",
        "| model | pressure, GPa | volume |",
        "|---|---|---|",
    ]
    for name, error in errors.items():
        mean, uncertainty = error.mean(), error.std(ddof=1) / np.sqrt(len(error))
        percent = 100 / crystal.modulus_GPa
        change = formatted(percent * mean, percent * uncertainty)
        rows.append(f"| {name} | {formatted(mean, uncertainty)} | {change} % |")
    return "\n".join(rows) + "\n"
