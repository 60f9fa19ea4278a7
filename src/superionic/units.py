"""Internal units Å, eV, u, e, K, and conversion factors to SI, from CODATA through scipy.

The time unit follows from the others, Å·sqrt(u/eV) = 10.180505 fs, so that v² u is an energy in eV.
"""

from math import pi, sqrt

from scipy import constants

BOLTZMANN_EV_PER_K = constants.k / constants.e
"""k_B in eV/K."""

COULOMB_EV_A = constants.e / (4 * pi * constants.epsilon_0) / constants.angstrom
"""e²/(4πε₀) in eV·Å (14.3996...)."""

_ANGSTROM_M = constants.angstrom
_ATOMIC_MASS_KG = constants.atomic_mass
_EV_J = constants.e
_TIME_S = _ANGSTROM_M * sqrt(_ATOMIC_MASS_KG / _EV_J)

FS_PER_TIME_UNIT = _TIME_S / constants.femto
"""Femtoseconds in one internal time unit (10.180505...)."""

GPA_PER_EV_PER_A3 = _EV_J / _ANGSTROM_M**3 / constants.giga
"""GPa in one eV/Å³ (160.2176...)."""

ENERGY_CURRENT_SI = _EV_J * _ANGSTROM_M / _TIME_S
"""W·m in one internal unit of energy current (extensive: Σ energy × velocity)."""

MASS_CURRENT_SI = _ATOMIC_MASS_KG * _ANGSTROM_M / _TIME_S
"""kg·m/s in one internal unit of mass current (extensive: Σ mass × velocity)."""

EV_PER_U_IN_J_PER_KG = _EV_J / _ATOMIC_MASS_KG
"""J/kg in one eV/u, the internal unit of a heat of transport and of a gauge shift."""


def to_internal_time(fs: float) -> float:
    """Convert femtoseconds to the internal time unit."""
    return fs / FS_PER_TIME_UNIT
