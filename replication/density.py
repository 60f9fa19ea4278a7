"""How far from its labels' functional a potential puts the density, from its pressure on held-out frames.

At zero pressure a crystal is larger by Δp/B than its labels would make it, Δp being the mean error of the
pressure near that volume and B the bulk modulus of the hot crystal, which the labels have, too.
"""

from __future__ import annotations

import csv
from pathlib import Path

import ase.io
import numpy as np

from superionic.dft.label import pressure_GPa
from superionic.system import Array
from superionic.transport.uncertainty import formatted

from .paths import ROOT

NORMAL = [0, 3, 5]
"""Where xx, yy and zz stand among the six rows of a stress in a parity table (xx, xy, xz, yy, yz, zz)."""

NEAR_GPA = 1.0
"""Frames whose label has a pressure this near to zero tell about the density at zero pressure."""

FEWEST = 3
"""Frames for a mean, and volumes for a bulk modulus."""


def pressures(parity: Path, split: str = "test") -> Array:
    """(frames, 2) pressure of the label and of the potential, GPa, of the frames that have a stress."""
    stresses: dict[str, list[tuple[float, float]]] = {}
    with parity.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] == split and row["quantity"] == "stress_GPa":
                pair = (float(row["label"]), float(row["predicted"]))
                stresses.setdefault(row["frame"], []).append(pair)
    return np.array([-np.mean(np.array(rows)[NORMAL], axis=0) for rows in stresses.values()]).reshape(-1, 2)


def pressure_errors(parity: Path) -> Array:
    """Pressure of the potential minus that of the label, GPa, one per test frame near zero pressure."""
    label, model = pressures(parity).T
    return (model - label)[np.abs(label) < NEAR_GPA]


def hot_modulus(material: str) -> tuple[float, float] | None:
    """Bulk modulus of the hot crystal, GPa, and its standard error; None with too few labels.

    The slope of the labels' pressure against the logarithm of the volume, a straight line through all test
    frames: all of one composition and of much the same temperature.
    """
    frames = [
        atoms
        for path in sorted((ROOT / "data" / "dft" / material).glob("*.extxyz"))
        for atoms in ase.io.iread(path, index=":")
        if atoms.info["split"] == "test"
    ]
    if len(frames) < FEWEST:
        return None
    volume = np.array([atoms.get_volume() / len(atoms) for atoms in frames])
    pressure = np.array([pressure_GPa(atoms) for atoms in frames])
    (slope, _), covariance = np.polyfit(np.log(volume), pressure, 1, cov=True)
    return -float(slope), float(np.sqrt(covariance[0, 0]))


def density_section(material: str, parities: dict[str, Path]) -> str:
    """A table of the models that have a parity table; empty without one, or without a bulk modulus."""
    errors = {name: pressure_errors(path) for name, path in parities.items() if path.exists()}
    errors = {name: error for name, error in errors.items() if len(error) >= FEWEST}
    modulus = hot_modulus(material)
    if not errors or modulus is None:
        return ""
    frames = max(len(error) for error in errors.values())
    rows = [
        f"Pressure of the models minus that of the labels on the {frames} test frames within {NEAR_GPA:g} "
        "GPa of zero pressure, and the change of volume it makes: how far the density of a model "
        f"is from that of its functional. The bulk modulus is {formatted(*modulus)} GPa, the slope of the "
        "labels' pressures over all test frames; its error is left out of those of the volume.\n",
        "| model | pressure, GPa | volume |",
        "|---|---|---|",
    ]
    for name, error in errors.items():
        mean, uncertainty = error.mean(), error.std(ddof=1) / np.sqrt(len(error))
        percent = 100 / modulus[0]
        change = formatted(percent * mean, percent * uncertainty)
        rows.append(f"| {name} | {formatted(mean, uncertainty)} | {change} % |")
    return "\n".join(rows) + "\n"
