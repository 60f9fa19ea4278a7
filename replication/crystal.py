"""Labels of the perfect crystals at several volumes, and the equation of state through them."""

from __future__ import annotations

from dataclasses import dataclass

import ase.io
import numpy as np
from ase.eos import EquationOfState

from superionic.system import Array
from superionic.units import GPA_PER_EV_PER_A3

from .paths import ROOT

FEWEST = 5
"""Volumes that an equation of state is fitted to, when they enclose the minimum."""


@dataclass(frozen=True)
class EnergyVolume:
    """Birch-Murnaghan fit: volume and energy of its minimum, bulk modulus there."""

    fit: EquationOfState
    volume_A3: float
    energy_eV: float
    modulus_GPa: float

    def curve(self, volumes: Array) -> Array:
        """Energies, eV."""
        return np.array([self.fit.func(volume, *self.fit.eos_parameters) for volume in volumes])


@dataclass(frozen=True)
class Crystal:
    """Volumes (Å³) and energies (eV) of one cell of `n_atoms`."""

    n_atoms: int
    volumes: Array
    energies: Array

    def equation_of_state(self) -> EnergyVolume | None:
        """None while there are too few volumes, or none on one side of the minimum."""
        at_minimum = self.volumes[self.energies.argmin()]
        if len(self.volumes) < FEWEST or not self.volumes.min() < at_minimum < self.volumes.max():
            return None
        fit = EquationOfState(self.volumes, self.energies, eos="birchmurnaghan")
        volume, energy, modulus = fit.fit(warn=False)
        return EnergyVolume(fit, float(volume), float(energy), float(modulus) * GPA_PER_EV_PER_A3)


def read_crystal(material: str) -> Crystal:
    """From data/dft/<material>/crystal.extxyz."""
    labels = list(ase.io.iread(ROOT / "data" / "dft" / material / "crystal.extxyz", index=":"))
    volumes = np.array([label.get_volume() for label in labels])
    energies = np.array([label.get_potential_energy() for label in labels])
    return Crystal(len(labels[0]), volumes, energies)
