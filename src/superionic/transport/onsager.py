"""From the Onsager matrix to the thermal conductivity: the Schur complement over the mobile species."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..flux.series import Array


def schur_complement(matrix: NDArray[np.number]) -> Array:
    """κ = 1/[(L⁻¹)_00] = L_00 - L_0s (L_ss)⁻¹ L_s0: heat carried at zero flow of every mobile species.

    matrix : (..., M, M) symmetric or Hermitian, energy first; M = 1 returns L_00 itself.
    Works on the matrix scaled to unit diagonal, since energy and mass entries differ by 1e15 in SI.
    Exactly the same for J_E + Σ c_s J_s: a gauge transform is a congruence that leaves it invariant.
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
    """r = 1 - κ/L_00, for one species L_01²/(L_00 L_11): the fraction of the naive conductivity carried by
    coupled ion flow. 0: the naive value is right; near 1: it is mostly gauge."""
    return 1.0 - schur_complement(matrix) / np.real(matrix[..., 0, 0])


def gauge_transform(matrix: NDArray[np.number], shift: Array) -> NDArray[np.number]:
    """The matrix after J_E → J_E + Σ_s c_s J_s; shift : (M-1,) c_s in energy per mass."""
    mixing = np.eye(matrix.shape[-1])
    mixing[0, 1:] = shift
    return mixing @ matrix @ mixing.T
