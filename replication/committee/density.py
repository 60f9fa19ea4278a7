"""The error of a potential's equilibrium density: a section of data/potentials/README.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from superionic.transport.uncertainty import formatted
from superionic.validation.density import FEWEST, NEAR_GPA, hot_modulus, pressure_errors

from .labels import read_test_frames


def density_section(material: str, parities: dict[str, Path]) -> str:
    """Markdown table of the mean pressure error and the volume error ΔP/B it implies, one row per model.

    parities : parity table of each model; models without one are left out

    Empty without parity tables, or without a bulk modulus.
    """
    errors = {name: pressure_errors(path) for name, path in parities.items() if path.exists()}
    errors = {name: error for name, error in errors.items() if len(error) >= FEWEST}
    modulus = hot_modulus(read_test_frames(material))
    if not errors or modulus is None:
        return ""
    frames = max(len(error) for error in errors.values())
    rows = [
        f"Mean error of the pressure (model minus label) on the {frames} test frames within {NEAR_GPA:g} "
        "GPa of zero pressure, and the relative error of the volume that follows from it with the bulk "
        f"modulus, {formatted(*modulus)} GPa from the labels' pressures on all test frames. The error of "
        "the modulus is not propagated.\n",
        "| model | pressure, GPa | volume |",
        "|---|---|---|",
    ]
    for name, error in errors.items():
        mean, uncertainty = error.mean(), error.std(ddof=1) / np.sqrt(len(error))
        percent = 100 / modulus[0]
        change = formatted(percent * mean, percent * uncertainty)
        rows.append(f"| {name} | {formatted(mean, uncertainty)} | {change} % |")
    return "\n".join(rows) + "\n"
