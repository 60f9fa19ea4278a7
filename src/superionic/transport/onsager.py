"""The Onsager matrix L, the thermal conductivity that follows from it, and the estimate of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions import Array
from ..units import EV_PER_U_IN_J_PER_KG
from .uncertainty import Estimate

ELEMENT_UNITS = ("W/m/K", "kg/m/s/K", "kg s/m^3/K")
"""SI unit of L_ab by the number of mass currents among a and b."""


def element_names(size: int) -> dict[str, tuple[int, int]]:
    """Names of the upper triangle of an Onsager matrix, "L00", "L01"..., with their indices."""
    return {f"L{a}{b}": (a, b) for a in range(size) for b in range(a, size)}


def element_unit(a: int, b: int) -> str:
    """SI unit of L_ab; index 0 is the energy current."""
    return ELEMENT_UNITS[(a > 0) + (b > 0)]


def combine(basis: NDArray[Any]) -> NDArray[Any]:
    """Sum kinetic and potential row and column: (..., C, C) → (..., M, M)."""
    rows = np.concatenate([basis[..., :1, :] + basis[..., 1:2, :], basis[..., 2:, :]], axis=-2)
    return np.concatenate([rows[..., :1] + rows[..., 1:2], rows[..., 2:]], axis=-1)


def schur_complement(matrix: NDArray[np.number]) -> Array:
    """κ = 1/[(L⁻¹)_00] = L_00 - L_0s (L_ss)⁻¹ L_s0: the conductivity at zero current of every mobile species.

    matrix : (..., M, M) symmetric or Hermitian, energy first; M = 1 returns L_00 itself

    Computed from the matrix scaled to unit diagonal, since energy and mass entries differ by 1e15 in SI.
    Exactly invariant under J_E → J_E + Σ c_s J_s, a congruence transformation of the matrix.
    """
    heat = np.real(matrix[..., 0, 0])
    if matrix.shape[-1] == 1:
        return heat
    size = np.sqrt(np.abs(np.real(np.diagonal(matrix, axis1=-2, axis2=-1))))
    size = np.where(size > 0, size, 1.0)
    scaled = matrix / (size[..., :, None] * size[..., None, :])
    flow, coupling = scaled[..., 1:, 1:], scaled[..., 1:, :1]
    carried = np.conj(np.swapaxes(coupling, -1, -2)) @ np.linalg.solve(flow, coupling)
    return heat * (1.0 - np.real(carried[..., 0, 0]))


def coupled_fraction(matrix: Array) -> Array:
    """r = 1 - κ/L_00: the fraction of the naive conductivity that is due to coupled ion flow.

    For one species L_01²/(L_00 L_11), the squared coherence of energy and mass current at ω = 0. r ≈ 0: the
    naive value is correct; r ≈ 1: it is mostly gauge.
    """
    return 1.0 - schur_complement(matrix) / np.real(matrix[..., 0, 0])


def heat_of_transport(matrix: Array) -> Array:
    """(M-1,) q_s = Σ_t (L_ss)⁻¹_st L_t0: the heat of transport, per unit mass of species s."""
    size = np.sqrt(np.abs(np.diagonal(matrix)))
    scaled = matrix / np.outer(size, size)
    return np.asarray(np.linalg.solve(scaled[1:, 1:], scaled[1:, 0]) * size[0] / size[1:])


def gauge_transform(matrix: Array, shift: Array) -> Array:
    """(..., M, M) the matrix after J_E → J_E + Σ_s c_s J_s; shift : (..., M-1) c_s in energy per mass."""
    size = matrix.shape[-1]
    mixing = np.broadcast_to(np.eye(size), (*np.shape(shift)[:-1], size, size)).copy()
    mixing[..., 0, 1:] = shift
    return mixing @ matrix @ np.swapaxes(mixing, -1, -2)


@dataclass(frozen=True, repr=False)
class OnsagerEstimate:
    """Result of every estimator: the Onsager matrix and what follows from it; SI.

    kappa       : κ = 1/[(L⁻¹)_00], W/m/K
    naive_kappa : L_00, W/m/K
    coupled     : squared coherence at ω = 0, r = 1 - κ/L_00 (coupled_fraction)
    matrix      : (M, M) L_ab; 0 is energy, 1... the mobile species
    errors      : (M, M) standard errors
    heat        : (M-1,) q_s in J/kg (heat_of_transport)
    heat_errors : (M-1,) standard errors
    dof         : degrees of freedom of the errors, for the intervals of single elements
    """

    kappa: Estimate
    naive_kappa: Estimate
    coupled: Estimate
    matrix: Array
    errors: Array
    heat: Array
    heat_errors: Array
    dof: float = np.inf

    @property
    def elements(self) -> dict[str, Estimate]:
        """ "L00", "L01", "L11"... → L_ab."""
        return {
            name: Estimate.symmetric(float(self.matrix[place]), float(self.errors[place]), self.dof)
            for name, place in element_names(len(self.matrix)).items()
        }

    @property
    def heat_of_transport(self) -> Estimate | None:
        """L_01/L_11 in J/kg; None unless exactly one species is mobile."""
        if len(self.matrix) != 2:
            return None
        return Estimate.symmetric(float(self.heat[0]), float(self.heat_errors[0]), self.dof)

    def heat_per_ion(self, mass_u: float) -> Estimate | None:
        """`heat_of_transport` in eV per ion of this mass."""
        heat = self.heat_of_transport
        return None if heat is None else heat.scaled(mass_u / EV_PER_U_IN_J_PER_KG)

    def at_least(self, other: OnsagerEstimate) -> OnsagerEstimate:
        """The same values, each with the larger of its own standard error and that of `other`."""
        return OnsagerEstimate(
            kappa=self.kappa.widened(other.kappa.standard_error),
            naive_kappa=self.naive_kappa.widened(other.naive_kappa.standard_error),
            coupled=self.coupled.widened(other.coupled.standard_error),
            matrix=self.matrix,
            errors=np.maximum(self.errors, other.errors),
            heat=self.heat,
            heat_errors=np.maximum(self.heat_errors, other.heat_errors),
            dof=self.dof,
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-able; a key carries the unit where it applies to all of its numbers."""
        heat = self.heat_of_transport
        return {
            "onsager": {name: element.as_dict() for name, element in self.elements.items()},
            "naive_kappa_W_per_mK": self.naive_kappa.as_dict(),
            "kappa_W_per_mK": self.kappa.as_dict(),
            "coupled_fraction": self.coupled.as_dict(),
            **({} if heat is None else {"heat_of_transport_J_per_kg": heat.as_dict()}),
        }

    def __repr__(self) -> str:
        elements = ", ".join(
            f"{name} {element} {element_unit(*place)}"
            for (name, element), place in zip(
                self.elements.items(), element_names(len(self.matrix)).values(), strict=True
            )
        )
        return (
            f"<OnsagerEstimate κ {self.kappa} W/m/K, naive {self.naive_kappa}, coupled {self.coupled}; "
            f"{elements}>"
        )
