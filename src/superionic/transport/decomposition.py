"""Kinetic, potential and cross parts of the naive conductivity under a gauge transformation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Array
from ..units import EV_PER_U_IN_J_PER_KG
from .onsager import combine, gauge_transform, schur_complement

PARTS = ("kk", "pp", "kp")
"""Kinetic, potential and cross part of L_00 (both orders of the cross term)."""


def parts(basis: Array) -> Array:
    """(..., 3) PARTS of L_00 = kk + pp + kp.

    basis : (..., C, C) Onsager matrix of (energy_kinetic, energy_potential, mass...)
    """
    kk, pp, kp = basis[..., 0, 0], basis[..., 1, 1], basis[..., 0, 1] + basis[..., 1, 0]
    return np.stack([kk, pp, kp], axis=-1)


@dataclass(frozen=True)
class GaugeFamily:
    """The parts for a family of gauges c: J_k → J_k + c J_s (site energies of species s shifted by c m_s).

    shift : (G,) c in internal units, eV/u
    kk, pp, kp, naive : (G,) W/m/K, at most quadratic in c; pp is constant
    kappa : (G,) W/m/K, independent of c
    """

    shift: Array
    kk: Array
    pp: Array
    kp: Array
    naive: Array
    kappa: Array


def gauge_family(basis: Array, shift: Array, species: int = 0) -> GaugeFamily:
    """The decomposition for every c, from a single Onsager matrix.

    kk(c) = kk + 2c L_ks + c² L_ss,  kp(c) = kp + 2c L_ps,  pp(c) = pp

    basis   : (C, C) matrix in SI of (energy_kinetic, energy_potential, mass...)
    shift   : (G,) c in eV/u
    species : index of the mobile species whose energies are shifted
    """
    of_kinetic = np.zeros((len(shift), len(basis) - 1))  # potential, mass...
    of_kinetic[:, 1 + species] = np.asarray(shift) * EV_PER_U_IN_J_PER_KG
    shifted = gauge_transform(basis, of_kinetic)
    kk, pp, kp = np.moveaxis(parts(shifted), -1, 0)
    return GaugeFamily(np.asarray(shift, float), kk, pp, kp, kk + pp + kp, schur_complement(combine(shifted)))
