"""Stochastic cell rescaling: constant pressure with the right volume fluctuations.

The pressure tensor is P = (Σ_i m_i v_i ⊗ v_i + W) / V. Isotropic form, ε = ln V (Bernetti & Bussi, J. Chem.
Phys. 153, 114107 (2020))::

    dε = -(β/τ) (P₀ - P) dt + sqrt(2 k_B T β / (V τ)) dW

Full cell, h' = h exp(A), dW a 3 x 3 matrix (Del Tatto, Raiteri, Bernetti & Bussi, Appl. Sci. 12, 1139
(2022))::

    A = -(β/3τ) (P₀ - P) dt + sqrt(2 k_B T β / (3 V τ)) dW

The k_B T/V of the published Itô forms is what the exponential of the noise contributes. Positions deform with
the cell, velocities with the inverse transpose; then all are rotated back to a lower-triangular cell.

==========  ======================================  =================
symbol      variable                                unit
==========  ======================================  =================
P           ``pressure_tensor(...)``                eV/Å³
P₀          ``CellRescaling.pressure``              eV/Å³
T           ``CellRescaling.temperature_K``         K
τ           ``CellRescaling.period``                internal time
β           ``CellRescaling.compressibility``       Å³/eV
dt          ``elapsed``                             internal time
dW/√dt      ``normals``                             standard normals
β dt/τ      ``rate``                                Å³/eV
k_B T/V     ``thermal``                             eV/Å³
A, ε/3      ``exponent``                            1
exp(A)      ``deformation``                         1
==========  ======================================  =================
"""

from __future__ import annotations

import numpy as np

from ..conventions import Array
from ..engines.base import CellRescaling, Evaluation
from ..system import System
from ..units import BOLTZMANN_EV_PER_K


def pressure_tensor(system: System, velocities: Array, evaluation: Evaluation) -> Array:
    """P = (Σ_i m_i v_i ⊗ v_i + W) / V, symmetric (R, 3, 3) in eV/Å³."""
    momentum_flux = np.einsum("i,ria,rib->rab", system.masses, velocities, velocities)
    tensor = (momentum_flux + evaluation.virial) / system.volume[:, None, None]
    return 0.5 * (tensor + tensor.transpose(0, 2, 1))


def rescale_cell(
    rescaling: CellRescaling,
    system: System,
    velocities: Array,
    evaluation: Evaluation,
    elapsed: float,
    normals: Array,
) -> tuple[System, Array]:
    """Deform cell, positions and velocities by one stochastic step of duration `elapsed` (equations above).

    normals : (R, 3, 3) standard normals; the isotropic form uses element [0, 0] alone.

    Raises ValueError where an edge would change by more than 10 % at once.
    """
    rate = rescaling.compressibility * elapsed / rescaling.period
    thermal = BOLTZMANN_EV_PER_K * rescaling.temperature_K / system.volume
    tensor = pressure_tensor(system, velocities, evaluation)
    identity = np.eye(3)
    if rescaling.isotropic:
        pressure = np.trace(tensor, axis1=1, axis2=2) / 3
        dilation = rate * (pressure - rescaling.pressure) + np.sqrt(2 * thermal * rate) * normals[:, 0, 0]
        exponent = (dilation / 3)[:, None, None] * identity
    else:
        noise = np.sqrt(2 * thermal * rate / 3)[:, None, None] * normals
        exponent = rate / 3 * (tensor - rescaling.pressure * identity) + noise
    deformation = _exponential(exponent)
    rotation = _to_lower_triangular(system.cell @ deformation)
    rotated_deformation = deformation @ rotation
    inverse_transpose = np.linalg.inv(rotated_deformation).transpose(0, 2, 1)
    cell = np.tril(system.cell @ rotated_deformation)
    return system.moved(system.positions @ rotated_deformation, cell), velocities @ inverse_transpose


def _exponential(matrices: Array) -> Array:
    """Matrix exponential of small (R, 3, 3) matrices; raises ValueError where the step is not small."""
    if not np.isfinite(matrices).all() or np.abs(matrices).max() > 0.1:
        raise ValueError(
            "the barostat would deform the cell by more than 10 % in one step: "
            "lengthen the barostat period, or start from a better structure"
        )
    result = np.eye(3) + matrices
    term = matrices
    for order in range(2, 9):
        term = term @ matrices / order
        result = result + term
    return result


def _to_lower_triangular(cell: Array) -> Array:
    """Rotations Q (R, 3, 3) such that cell @ Q is lower triangular with a positive diagonal."""
    q, r = np.linalg.qr(cell.transpose(0, 2, 1))
    signs = np.sign(np.diagonal(r, axis1=1, axis2=2))
    return q * signs[:, None, :]
