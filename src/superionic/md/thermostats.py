"""Velocities: Maxwell distribution, temperature, and the noise of stochastic velocity rescaling.

After each step all velocities of a replica are multiplied by α (Bussi, Donadio & Parrinello, J. Chem. Phys.
126, 014101 (2007), eq. A7; `engines.base.rescaling_factor`)::

    α² = c + (1-c) K̄/(N_f K) (R₁² + Σ_{i=2}^{N_f} R_i²) + 2 R₁ sqrt(c (1-c) K̄/(N_f K)),   c = exp(-Δt/τ)

==================  =======================================  ================
symbol              variable                                 unit
==================  =======================================  ================
N_f = 3N - 3        ``degrees_of_freedom(n_atoms)``          1
K                   ``kinetic``                              eV
K̄ = N_f k_B T/2     ``target``                               eV
T                   ``BlockPlan.temperature_K``              K
τ                   ``BlockPlan.thermostat_period``          internal time
Δt                  ``BlockPlan.timestep``                   internal time
c                   ``decay``                                1
R₁                  ``rescaling_noise(...)[..., 0]``         standard normal
Σ_{i≥2} R_i²        ``rescaling_noise(...)[..., 1]``         χ² of N_f - 1
==================  =======================================  ================
"""

from __future__ import annotations

import numpy as np

from ..conventions import Array
from ..system import System, degrees_of_freedom
from ..units import BOLTZMANN_EV_PER_K
from .heat_current import kinetic_energies


def temperature(system: System, velocities: Array) -> Array:
    """Kinetic temperature (R,) in K, T = 2K / ((3N - 3) k_B)."""
    kinetic = kinetic_energies(system.masses, velocities).sum(axis=1)
    return 2 * kinetic / (degrees_of_freedom(system.n_atoms) * BOLTZMANN_EV_PER_K)


def without_drift(system: System, velocities: Array) -> Array:
    """Velocities with the total momentum of every replica removed."""
    momentum = np.einsum("i,ria->ra", system.masses, velocities)
    return velocities - (momentum / system.masses.sum())[:, None, :]


def maxwell_velocities(system: System, temperature_K: float, rng: np.random.Generator) -> Array:
    """Velocities (R, N, 3) from the Maxwell distribution at `temperature_K`, zero total momentum."""
    spread = np.sqrt(BOLTZMANN_EV_PER_K * temperature_K / system.masses)
    return without_drift(system, rng.normal(size=system.positions.shape) * spread[:, None])


def rescaling_noise(steps: int, n_replicas: int, n_atoms: int, rng: np.random.Generator) -> Array:
    """Noise of Bussi-Donadio-Parrinello rescaling for a block: (steps, R, 2).

    A standard normal R₁ and the sum of N_f - 1 further squared normals, N_f = 3N - 3.
    """
    shape = (steps, n_replicas)
    normal = rng.normal(size=shape)
    return np.stack([normal, rng.chisquare(degrees_of_freedom(n_atoms) - 1, size=shape)], axis=-1)
