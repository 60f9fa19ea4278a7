"""NEP descriptor: neighbour moments of each atom, then invariants of their contractions with c.

The moments hold all geometry and the coefficients none: S depends on positions alone, q on c·S.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt

import torch
from torch import Tensor

from ..neighbors import Edges
from .basis import coupling_tensor, quadrupole_tensors, radial_basis, real_harmonics
from .shape import COUPLED_ROWS

CUBIC_PREFACTOR = -108.0 * sqrt(2.0 / 35.0) * (5.0 / (16.0 * pi)) ** 1.5
"""4-body row: Σ (2 2 2; m1 m2 m3) A_m1 A_m2 A_m3 with the Wigner 3j symbol equals this times det Q,
Q = Σ_j g (n nᵀ - 1/3). Fixed by a uniaxial Q: (2 2 2; 0 0 0) = -sqrt(2/35), A_20 = sqrt(5/16π) 3 Q_zz,
det Q = Q_zz³/4. Confirmed against calorine."""

QUARTIC_PREFACTOR = 7.0 / 15.0
"""5-body row: four l = 1 moments coupled pairwise to L = 0 and L = 2 and contracted with 3j symbols give
(1/3 + (2/3)/5) (Σ_m A_1m²)². Confirmed against calorine."""


@dataclass(frozen=True)
class Moments:
    """Geometry of N atoms with T species of neighbours.

    radial  : (N, T, K_r)     Σ_{j of type t} f_k(r_ij)
    angular : (N, T, K_a, M)  Σ_{j of type t} f_k(r_ij) Y_lm(n_ij), M = l_max (l_max + 2)
    """

    radial: Tensor
    angular: Tensor


def moments(
    edges: Edges,
    species: Tensor,
    n_types: int,
    cutoffs: tuple[float | Tensor, float | Tensor],
    basis_size: tuple[int, int],
    l_max: int,
) -> Moments:
    """Sum the radial basis and harmonics over neighbours; cutoffs and basis sizes (radial, angular).

    A cutoff is one length in Å, or (T, T) lengths of the pairs of species.
    """
    n_atoms = species.shape[0]
    distances = edges.vectors.norm(dim=-1)
    slots = edges.center * n_types + species[edges.neighbor]
    wide, narrow = (_of_edges(cutoff, edges, species) for cutoff in cutoffs)
    radial = _sum_into(radial_basis(distances, wide, basis_size[0]), slots, n_atoms * n_types)
    near = distances < narrow
    lengths = distances[near]
    shell = radial_basis(lengths, narrow[near] if isinstance(narrow, Tensor) else narrow, basis_size[1])
    harmonics = real_harmonics(edges.vectors[near] / lengths[:, None], l_max)
    products = (shell[:, :, None] * harmonics[:, None, :]).flatten(1)
    angular = _sum_into(products, slots[near], n_atoms * n_types)
    return Moments(
        radial=radial.reshape(n_atoms, n_types, -1),
        angular=angular.reshape(n_atoms, n_types, basis_size[1] + 1, -1),
    )


def invariants(
    summed: Moments, species: Tensor, c_radial: Tensor, c_angular: Tensor, l_max: tuple[int, ...]
) -> Tensor:
    """Descriptor (N, D) before scaling: radial n; then the angular n of every l, and of every further row.

    Those are q_222, q_1111 and `shape.COUPLED_ROWS`, Σ_m (l1 l2 l3; m1 m2 m3) A_l1m1 A_l2m2 A_l3m3; l_max as
    in `NEPShape`.
    """
    radial = torch.einsum("itk,nkit->in", summed.radial, c_radial[:, :, species, :])
    expansion = torch.einsum("itkm,nkit->inm", summed.angular, c_angular[:, :, species, :])
    rows = [radial]
    for degree in range(1, l_max[0] + 1):
        start = degree * degree - 1
        rows.append((expansion[..., start : start + 2 * degree + 1] ** 2).sum(-1))
    if l_max[1] == 2:
        tensors = quadrupole_tensors(expansion.dtype, expansion.device)
        quadrupole = torch.einsum("inm,mab->inab", expansion[..., 3:8], tensors)
        # det of a traceless symmetric 3x3 matrix is a third of the trace of its cube
        cubed = torch.einsum("inab,inbc,inca->in", quadrupole, quadrupole, quadrupole)
        rows.append(CUBIC_PREFACTOR / 3.0 * cubed)
    if l_max[2] == 1:
        rows.append(QUARTIC_PREFACTOR * (expansion[..., :3] ** 2).sum(-1) ** 2)
    for orders, flag in zip(COUPLED_ROWS, l_max[3:], strict=False):
        if flag:
            coupling = coupling_tensor(orders, expansion.dtype, expansion.device)
            first, second, third = (expansion[..., k * k - 1 : (k + 1) ** 2 - 1] for k in orders)
            rows.append(torch.einsum("abc,ina,inb,inc->in", coupling, first, second, third))
    return torch.cat(rows, dim=1)


def _of_edges(cutoff: float | Tensor, edges: Edges, species: Tensor) -> float | Tensor:
    """The same for all edges, or (E,)."""
    if not isinstance(cutoff, Tensor):
        return cutoff
    return cutoff[species[edges.center], species[edges.neighbor]]


def _sum_into(values: Tensor, slots: Tensor, n_slots: int) -> Tensor:
    return values.new_zeros(n_slots, values.shape[1]).index_add(0, slots, values)
