"""Forces, virials and the potential energy current from the edge gradients ∂U_i/∂r_ij.

Every edge belongs to its center, so one backward pass of Σ_i U_i yields all ∂U_i/∂r_ij at once; what
follows are sums over edges. E edges, N atoms; r_ij = r_j - r_i.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..neighbors import Edges
from .model import NEP


def edge_gradients(model: NEP, edges: Edges, species: Tensor) -> tuple[Tensor, Tensor]:
    """Site energies (N,) in eV and ∂U_i/∂r_ij (E, 3) in eV/Å, both detached."""
    vectors = edges.vectors.detach().requires_grad_(True)
    with torch.enable_grad():
        energies = model(replace(edges, vectors=vectors), species)
        (gradients,) = torch.autograd.grad(energies.sum(), vectors)
    return energies.detach(), gradients


def forces(edges: Edges, gradients: Tensor, n_atoms: int) -> Tensor:
    """F_i = Σ_j (∂U_i/∂r_ij - ∂U_j/∂r_ji), (N, 3) in eV/Å."""
    total = gradients.new_zeros(n_atoms, 3)
    return total.index_add(0, edges.center, gradients).index_add(0, edges.neighbor, -gradients)


def atomic_virials(edges: Edges, gradients: Tensor, n_atoms: int) -> Tensor:
    """W_i = Σ_j r_ij ⊗ ∂U_j/∂r_ji, (N, 3, 3) in eV; all nine components, not symmetric.

    Atom i collects it from the edges j -> i of its neighbours, whose vector is r_ji = -r_ij.
    """
    outer = -edges.vectors[:, :, None] * gradients[:, None, :]
    return outer.new_zeros(n_atoms, 3, 3).index_add(0, edges.neighbor, outer)


def virial(edges: Edges, gradients: Tensor) -> Tensor:
    """W = Σ_i W_i = -∂U/∂strain, (3, 3) in eV."""
    return -edges.vectors.T @ gradients


def energy_current_potential(edges: Edges, gradients: Tensor, velocities: Tensor) -> Tensor:
    """J_p = -Σ_ij r_ij (∂U_i/∂r_ij · v_j), (3,); the edge form of Σ_i W_i · v_i.

    velocities (N, 3). Fan et al., Phys. Rev. B 92, 094301 (2015).
    """
    work = (gradients * velocities[edges.neighbor]).sum(-1)
    return -(edges.vectors * work[:, None]).sum(0)
