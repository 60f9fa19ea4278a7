"""Energies and pressures of a perfect crystal at several volumes: equation of state and Pulay stress.

A potential can learn energies and stresses only if they are consistent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.eos import EquationOfState

from ..dft.label import pressure_GPa
from ..system import Array
from ..units import GPA_PER_EV_PER_A3

FEWEST = 5
"""Fewest volumes for an equation of state; they must enclose the minimum."""


@dataclass(frozen=True)
class EnergyVolume:
    """Birch-Murnaghan fit: volume, energy and bulk modulus at the minimum."""

    fit: EquationOfState
    volume_A3: float
    energy_eV: float
    modulus_GPa: float

    def curve(self, volumes: Array) -> Array:
        """Energies, eV."""
        return np.array([self.fit.func(volume, *self.fit.eos_parameters) for volume in volumes])

    def pressures(self, volumes: Array) -> Array:
        """Minus the slope of the energies, GPa."""
        step = 1e-4 * self.volume_A3
        rise = self.curve(volumes + step) - self.curve(volumes - step)
        return -rise / (2 * step) * GPA_PER_EV_PER_A3


@dataclass(frozen=True)
class Crystal:
    """Volumes (Å³), energies (eV) and pressures (GPa) of one cell of `n_atoms`.

    pulay_GPa : correction already added to the calculator's pressures
    """

    n_atoms: int
    volumes: Array
    energies: Array
    pressures: Array
    pulay_GPa: Array

    def equation_of_state(self) -> EnergyVolume | None:
        """The fit; None for too few volumes, or none on one side of the minimum."""
        at_minimum = self.volumes[self.energies.argmin()]
        if len(self.volumes) < FEWEST or not self.volumes.min() < at_minimum < self.volumes.max():
            return None
        fit = EquationOfState(self.volumes, self.energies, eos="birchmurnaghan")
        volume, energy, modulus = fit.fit(warn=False)
        return EnergyVolume(fit, float(volume), float(energy), float(modulus) * GPA_PER_EV_PER_A3)


def pulay_eV_per_atom(crystal: Crystal) -> Array:
    """Per volume: pressure correction times volume per atom that makes stress and energies consistent.

    With it the pressures equal -dE/dV. For plane waves all values should agree, 2/3 E_cut dE/dE_cut (Francis
    and Payne 1990). Raises ValueError without an equation of state.
    """
    fit = crystal.equation_of_state()
    if fit is None:
        raise ValueError(f"an equation of state needs {FEWEST} volumes on both sides of the minimum")
    lacking = fit.pressures(crystal.volumes) - (crystal.pressures - crystal.pulay_GPa)
    return lacking / GPA_PER_EV_PER_A3 * crystal.volumes / crystal.n_atoms


def crystal_from_labels(labels: Sequence[Atoms]) -> Crystal:
    """The crystal from labelled cells; `info["pulay_GPa"]` is the correction of a label."""
    return Crystal(
        n_atoms=len(labels[0]),
        volumes=np.array([label.get_volume() for label in labels]),
        energies=np.array([label.get_potential_energy() for label in labels]),
        pressures=np.array([pressure_GPa(label) for label in labels]),
        pulay_GPa=np.array([label.info.get("pulay_GPa", 0.0) for label in labels]),
    )
