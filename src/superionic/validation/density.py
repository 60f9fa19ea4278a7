"""Error of a potential's equilibrium density relative to its DFT functional, from pressures on test frames.

At zero pressure the volume is off by ΔV/V = Δp/B: Δp is the mean error of the pressure near that volume, B
the bulk modulus of the hot crystal from the labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms

from ..dft.label import pressure_GPa
from ..system import Array
from ..tables import read_table

NORMAL = [0, 3, 5]
"""Rows xx, yy and zz among the six of a stress in a parity table (xx, xy, xz, yy, yz, zz)."""

NEAR_GPA = 1.0
"""Frames with a label pressure this close to zero are used for the density at zero pressure."""

FEWEST = 3
"""Fewest frames for a mean, and fewest volumes for a bulk modulus."""


def pressures(parity: Path, split: str = "test") -> Array:
    """(frames, 2) pressure of the label and of the potential, GPa, from a parity table of `superionic train`.

    Frames of one split that have a stress label.
    """
    stresses: dict[str, list[tuple[float, float]]] = {}
    for row in read_table(parity):
        if row["split"] == split and row["quantity"] == "stress_GPa":
            pair = (float(row["label"]), float(row["predicted"]))
            stresses.setdefault(row["frame"], []).append(pair)
    return np.array([-np.mean(np.array(rows)[NORMAL], axis=0) for rows in stresses.values()]).reshape(-1, 2)


def pressure_errors(parity: Path) -> Array:
    """Pressure of the potential minus that of the label, GPa, one per test frame near zero pressure."""
    label, model = pressures(parity).T
    return (model - label)[np.abs(label) < NEAR_GPA]


def hot_modulus(frames: Sequence[Atoms]) -> tuple[float, float] | None:
    """Bulk modulus of the hot crystal, GPa, and its standard error; None with fewer than 3 frames.

    Minus the slope of the labels' pressure against ln V, a linear fit to all frames, which should have the
    same composition and similar temperatures.
    """
    if len(frames) < FEWEST:
        return None
    volume = np.array([atoms.get_volume() / len(atoms) for atoms in frames])
    pressure = np.array([pressure_GPa(atoms) for atoms in frames])
    (slope, _), covariance = np.polyfit(np.log(volume), pressure, 1, cov=True)
    return -float(slope), float(np.sqrt(covariance[0, 0]))
