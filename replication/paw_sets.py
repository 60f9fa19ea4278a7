"""`python -m replication.paw_sets`: effect of the DFT settings on the pressure of Cu2Se.

Reads data/dft/cu2se/paw_sets/energies.csv (written by compute.py there) and prints, for each setting, the
lattice constant, the bulk modulus, and the pressure relative to the settings of the labels, at the lattice
constant of the hot phase.
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

from .paths import LABELS

TABLE = LABELS / "cu2se" / "paw_sets" / "energies.csv"
AS_LABELLED = "as labelled"
LATTICE_CONSTANT_A = 5.85
"""Of the hot phase; pressures are compared at this one."""


@dataclass(frozen=True)
class Row:
    """One setting; pressure_GPa is relative to the settings of the labels at the same volume."""

    settings: str
    lattice_constant_A: float
    modulus_GPa: float
    pressure_GPa: float


def equations_of_state(path: Path = TABLE) -> dict[str, EnergyVolume]:
    """Birch-Murnaghan fit for every setting, per formula unit."""
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
    """Every setting relative to that of the labels."""
    fits = equations_of_state(path)
    volume = np.array([LATTICE_CONSTANT_A**3 / 4])
    reference = float(fits[AS_LABELLED].pressures(volume)[0])
    return [
        Row(
            settings=name,
            lattice_constant_A=(4 * fit.volume_A3) ** (1 / 3),
            modulus_GPa=fit.modulus_GPa,
            pressure_GPa=float(fit.pressures(volume)[0]) - reference,
        )
        for name, fit in fits.items()
    ]


def main() -> int:
    print(
        f"{'setting':36s} a0 (Å)  B (GPa)  pressure at {LATTICE_CONSTANT_A} Å relative to the labels' (GPa)"
    )
    for row in compare():
        print(
            f"{row.settings:36s} {row.lattice_constant_A:.4f} {row.modulus_GPa:7.1f} {row.pressure_GPa:+8.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.paw_sets", main))
