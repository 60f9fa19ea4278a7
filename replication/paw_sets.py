"""`python -m replication.paw_sets`: what settings of the calculation do to the pressure of Cu2Se.

Reads data/dft/cu2se/paw_sets/energies.csv (made by compute.py beside it) and prints, for each setting, the
lattice constant, the bulk modulus, and the pressure at that of the hot phase less the one as labelled.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase.eos import EquationOfState

from superionic.cli import status
from superionic.system import Array
from superionic.tables import read_table
from superionic.units import GPA_PER_EV_PER_A3
from superionic.validation.equation_of_state import EnergyVolume

from .paths import ROOT

TABLE = ROOT / "data" / "dft" / "cu2se" / "paw_sets" / "energies.csv"
AS_LABELLED = "as labelled"
LATTICE_CONSTANT_A = 5.85
"""Of the hot phase, where pressures are compared."""


@dataclass(frozen=True)
class Row:
    """One setting: GPa of pressure are relative to the labels' setting at the same volume."""

    settings: str
    lattice_constant_A: float
    modulus_GPa: float
    pressure_GPa: float


def equations_of_state(path: Path = TABLE) -> dict[str, EnergyVolume]:
    """A Birch-Murnaghan fit of every setting, per formula unit."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in read_table(path):
        volume = float(row["lattice_constant_A"]) ** 3 / 4
        points.setdefault(row["settings"], []).append((volume, float(row["free_energy_eV"])))
    return {name: _fit(np.array(sorted(pairs))) for name, pairs in points.items()}


def _fit(points: Array) -> EnergyVolume:
    fit = EquationOfState(points[:, 0], points[:, 1], eos="birchmurnaghan")
    volume, energy, modulus = fit.fit(warn=False)
    return EnergyVolume(fit, float(volume), float(energy), float(modulus) * GPA_PER_EV_PER_A3)


def compare(path: Path = TABLE) -> list[Row]:
    """Every setting against the one of the labels."""
    fits = equations_of_state(path)
    volume = np.array([LATTICE_CONSTANT_A**3 / 4])
    usual = float(fits[AS_LABELLED].pressures(volume)[0])
    return [
        Row(
            settings=name,
            lattice_constant_A=(4 * fit.volume_A3) ** (1 / 3),
            modulus_GPa=fit.modulus_GPa,
            pressure_GPa=float(fit.pressures(volume)[0]) - usual,
        )
        for name, fit in fits.items()
    ]


def main() -> int:
    print(f"{'setting':36s} a0 (Å)  B (GPa)  pressure at {LATTICE_CONSTANT_A} Å less the labels' (GPa)")
    for row in compare():
        print(
            f"{row.settings:36s} {row.lattice_constant_A:.4f} {row.modulus_GPa:7.1f} {row.pressure_GPa:+8.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.paw_sets", main))
