"""How far the density of a potential is from that of its functional: for data/potentials/README.md."""

from __future__ import annotations

from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms

from superionic.transport.uncertainty import formatted
from superionic.validation.density import FEWEST, NEAR_GPA, hot_modulus, pressure_errors

from .paths import ROOT


def frames_apart(material: str) -> list[Atoms]:
    """The labelled frames kept apart from training."""
    files = sorted((ROOT / "data" / "dft" / material).glob("*.extxyz"))
    return [frame for file in files for frame in ase.io.read(file, ":") if frame.info.get("split") == "test"]


def density_section(material: str, parities: dict[str, Path]) -> str:
    """A table of the models that have a parity table; empty without one, or without a bulk modulus."""
    errors = {name: pressure_errors(path) for name, path in parities.items() if path.exists()}
    errors = {name: error for name, error in errors.items() if len(error) >= FEWEST}
    modulus = hot_modulus(frames_apart(material))
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
