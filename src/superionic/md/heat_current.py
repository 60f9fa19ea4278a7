"""Energy and species currents of a configuration, as sums over atoms. R replicas, N atoms."""

from __future__ import annotations

import numpy as np

from ..conventions import Array
from ..engines.base import Evaluation
from ..system import System


def kinetic_energies(masses: Array, velocities: Array) -> Array:
    """m_i v_i² / 2 of every atom: masses (N,), velocities (R, N, 3) -> (R, N) eV."""
    return 0.5 * masses * (velocities**2).sum(axis=-1)


def energy_current_kinetic(masses: Array, velocities: Array, site_energies: Array) -> Array:
    """J_k = Σ_i (m_i v_i²/2 + U_i) v_i, the energy carried by the atoms. (R, 3)."""
    carried = kinetic_energies(masses, velocities) + site_energies
    return np.einsum("ri,ria->ra", carried, velocities)


def energy_current_potential(atomic_virials: Array, velocities: Array) -> Array:
    """J_p = Σ_i W_i · v_i with W_i,ab v_b, all nine components (conventions.VIRIAL_COMPONENTS). (R, 3)."""
    return np.einsum("riab,rib->ra", atomic_virials, velocities)


def mass_currents(system: System, velocities: Array) -> Array:
    """J_s = Σ_{i in s} m_i v_i for every species in the order of `system.elements`. (R, S, 3)."""
    momenta = system.masses[:, None] * velocities
    belongs = system.species[None, :] == np.arange(len(system.elements))[:, None]
    return np.einsum("si,ria->rsa", belongs.astype(float), momenta)


def all_currents(system: System, velocities: Array, evaluation: Evaluation) -> Array:
    """Kinetic and potential energy current, then the mass currents: (R, 2 + S, 3).

    Raises ValueError if `evaluation` lacks the atomic virials.
    """
    if evaluation.atomic_virials is None:
        raise ValueError("energy currents need the atomic virials: compute(..., atomic_virials=True)")
    kinetic = energy_current_kinetic(system.masses, velocities, evaluation.site_energies)
    potential = energy_current_potential(evaluation.atomic_virials, velocities)
    return np.concatenate([kinetic[:, None], potential[:, None], mass_currents(system, velocities)], axis=1)
