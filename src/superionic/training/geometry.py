"""Position-dependent quantities of a batch, computed once before training.

The moments S of `nep.descriptor` do not depend on trainable parameters. Each training step needs only two
linear maps with constant coefficients: from ∂U/∂S to the edge gradients ∂U_i/∂r_ij (forces, virials), and its
transpose, from edge displacements to the change of S. N atoms sorted by species, T species, J neighbours of
one species (the largest count, padded with weight zero), K radial functions, M = l_max (l_max + 2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..neighbors import Edges
from ..nep.basis import radial_basis, real_harmonics
from ..nep.descriptor import moments
from ..nep.shape import NEPShape


@dataclass(frozen=True)
class RadialShell:
    """The neighbours of one species within the radial cutoff.

    neighbor : (N, J) atom; the atom itself for padding
    vectors  : (N, J, 3) Å, r = r_j - r_i
    slopes   : (N, J, K) f_k'(r)/r, so that ∂f_k/∂r = slopes · r
    """

    neighbor: Tensor
    vectors: Tensor
    slopes: Tensor

    def edge_gradients(self, moment_gradients: Tensor) -> Tensor:
        """∂U_i/∂r_ij (N, J, 3) from ∂U/∂S (N, K)."""
        projection = torch.bmm(self.slopes, moment_gradients[:, :, None])
        return projection * self.vectors

    def moment_rates(self, displacements: Tensor) -> Tensor:
        """Change of S (N, K) under edge displacements (N, J, 3)."""
        stretch = (self.vectors * displacements).sum(-1)
        return torch.bmm(stretch[:, None, :], self.slopes)[:, 0]


@dataclass(frozen=True)
class AngularShell:
    """The neighbours of one species within the angular cutoff.

    neighbor, vectors : as in RadialShell
    radial            : (N, 2J, K) first f_k(r), then f_k'(r)/r
    harmonics         : (N, J, M) Y_lm
    slopes            : (N, J, 3, M) ∂Y_lm/∂r
    """

    neighbor: Tensor
    vectors: Tensor
    radial: Tensor
    harmonics: Tensor
    slopes: Tensor

    def edge_gradients(self, moment_gradients: Tensor) -> Tensor:
        """∂U_i/∂r_ij (N, J, 3) from ∂U/∂S (N, M, K)."""
        n_neighbors = self.neighbor.shape[1]
        contracted = torch.bmm(self.radial, moment_gradients.transpose(1, 2))
        values, derivatives = contracted[:, :n_neighbors], contracted[:, n_neighbors:]
        radial = (derivatives * self.harmonics).sum(-1, keepdim=True) * self.vectors
        return radial + (values[:, :, None, :] * self.slopes).sum(-1)

    def moment_rates(self, displacements: Tensor) -> Tensor:
        """Change of S (N, M, K) under edge displacements (N, J, 3)."""
        stretch = (self.vectors * displacements).sum(-1, keepdim=True)
        tangential = (displacements[..., None] * self.slopes).sum(-2)
        rates = torch.cat([tangential, stretch * self.harmonics], dim=1)
        return torch.bmm(rates.transpose(1, 2), self.radial)


@dataclass(frozen=True)
class Geometry:
    """A batch of structures, atoms of all of them sorted by species.

    species_bounds   : T + 1 positions where the atoms of each species begin and end
    structure        : (N,) index of the structure an atom belongs to
    n_structures     : B
    radial, angular  : moments (N, T·K_r) and (N, M, T·K_a)
    shells           : for each species of neighbour (RadialShell, AngularShell)
    max_neighbors    : largest counts within the radial and the angular cutoff
    """

    species_bounds: tuple[int, ...]
    structure: Tensor
    n_structures: int
    radial: Tensor
    angular: Tensor
    shells: tuple[tuple[RadialShell, AngularShell], ...]
    max_neighbors: tuple[int, int]

    def forces_and_virial(self, radial_gradients: Tensor, angular_gradients: Tensor) -> tuple[Tensor, Tensor]:
        """Forces (N, 3) eV/Å and virials (B, 3, 3) eV from ∂U/∂S, shaped as the moments.

        F_i = Σ_j (∂U_i/∂r_ij - ∂U_j/∂r_ji),  W = -Σ_ij r_ij ⊗ ∂U_i/∂r_ij
        """
        n_atoms, n_types = radial_gradients.shape[0], len(self.shells)
        radial_gradients = radial_gradients.unflatten(-1, (n_types, -1))
        angular_gradients = angular_gradients.unflatten(-1, (n_types, -1))
        forces = radial_gradients.new_zeros(n_atoms, 3)
        atomic = radial_gradients.new_zeros(n_atoms, 3, 3)
        for s, (radial, angular) in enumerate(self.shells):
            for shell, gradients in (
                (radial, radial.edge_gradients(radial_gradients[:, s])),
                (angular, angular.edge_gradients(angular_gradients[:, :, s])),
            ):
                forces += gradients.sum(1)
                forces.index_add_(0, shell.neighbor.flatten(), gradients.flatten(0, 1), alpha=-1.0)
                atomic -= torch.bmm(shell.vectors.transpose(1, 2), gradients)
        virials = atomic.new_zeros(self.n_structures, 3, 3).index_add_(0, self.structure, atomic)
        return forces, virials

    def moment_rates(self, force_weights: Tensor, virial_weights: Tensor) -> tuple[Tensor, Tensor]:
        """The change of S whose energy is Σ force_weights · F + Σ virial_weights : W.

        force_weights (N, 3), virial_weights (B, 3, 3). Both sums are linear in the edge gradients g_ij, so
        they are the directional derivative of the energy along the edge displacements
        δ_ij = f_i - f_j - r_ij · w, with the weights f of the atoms and w of their structure.
        """
        strain = virial_weights[self.structure]
        radial_rates: list[Tensor] = []
        angular_rates: list[Tensor] = []
        for radial, angular in self.shells:
            for shell, rates in ((radial, radial_rates), (angular, angular_rates)):
                moved = force_weights[:, None, :] - force_weights[shell.neighbor]
                rates.append(shell.moment_rates(moved - torch.bmm(shell.vectors, strain)))
        return torch.cat(radial_rates, dim=-1), torch.cat(angular_rates, dim=-1)


def build_geometry(
    edges: Edges,
    species: Tensor,
    structure: Tensor,
    n_structures: int,
    shape: NEPShape,
    dtype: torch.dtype,
) -> Geometry:
    """Geometry of atoms sorted by species; only the cutoffs and basis sizes of `shape` matter.

    Computed in the precision of `edges`, then converted to `dtype`.
    """
    n_types = shape.n_types
    cutoffs = shape.cutoffs
    summed = moments(edges, species, n_types, cutoffs, shape.basis_size, shape.l_max[0])
    distances = edges.vectors.norm(dim=-1)
    shells, counts = [], [0, 0]
    for s in range(n_types):
        of_species = species[edges.neighbor] == s
        far = _Padding(edges, of_species & (distances < cutoffs[0]), species.shape[0])
        near = _Padding(edges, of_species & (distances < cutoffs[1]), species.shape[0])
        shells.append((_radial_shell(far, shape, dtype), _angular_shell(near, shape, dtype)))
    for index, cutoff in enumerate(cutoffs):
        inside = torch.bincount(edges.center[distances < cutoff], minlength=1)
        counts[index] = int(inside.max())
    bounds = torch.cumsum(torch.bincount(species, minlength=n_types), 0).tolist()
    return Geometry(
        species_bounds=(0, *bounds),
        structure=structure,
        n_structures=n_structures,
        radial=summed.radial.flatten(1).to(dtype),
        angular=summed.angular.permute(0, 3, 1, 2).flatten(2).to(dtype),
        shells=tuple(shells),
        max_neighbors=(counts[0], counts[1]),
    )


class _Padding:
    """Scatter the values of selected edges into a table (atoms, largest number of neighbours)."""

    def __init__(self, edges: Edges, selected: Tensor, n_atoms: int) -> None:
        center = edges.center[selected]
        order = torch.argsort(center, stable=True)
        self.center = center[order]
        self.neighbor = edges.neighbor[selected][order]
        self.vectors = edges.vectors[selected][order]
        counts = torch.bincount(center, minlength=n_atoms)
        first = torch.cumsum(counts, 0) - counts
        self.place = torch.arange(len(order), device=center.device) - first[self.center]
        # at least one slot, also for a species that is nobody's neighbour
        self.shape = (n_atoms, max(1, int(counts.max())))

    def table(self, values: Tensor, dtype: torch.dtype) -> Tensor:
        spread = torch.zeros(*self.shape, *values.shape[1:], dtype=dtype, device=values.device)
        spread[self.center, self.place] = values.to(dtype)
        return spread

    def neighbors(self) -> Tensor:
        own = torch.arange(self.shape[0], device=self.center.device)
        spread = own[:, None].repeat(1, self.shape[1])
        spread[self.center, self.place] = self.neighbor
        return spread


def _rate(function: Callable[[Tensor], Tensor], at: Tensor, direction: Tensor) -> Tensor:
    """Directional derivative of `function` at `at` (E, ...) along `direction`, row by row.

    The gradient of y -> ∂(y · function)/∂at · direction, which is linear in y: reverse mode twice needs no
    compilation, unlike PyTorch's forward mode.
    """
    at = at.detach().requires_grad_(True)
    with torch.enable_grad():
        values = function(at)
        cotangent = torch.zeros_like(values, requires_grad=True)
        (pulled,) = torch.autograd.grad(values, at, cotangent, create_graph=True)
        (rate,) = torch.autograd.grad(pulled, cotangent, direction)
    return rate


def _radial_slopes(vectors: Tensor, cutoff: float, highest: int) -> Tensor:
    """f_k'(r)/r, (E, K)."""
    distances = vectors.norm(dim=-1)
    slopes = _rate(lambda r: radial_basis(r, cutoff, highest), distances, torch.ones_like(distances))
    return slopes / distances[:, None]


def _radial_shell(padding: _Padding, shape: NEPShape, dtype: torch.dtype) -> RadialShell:
    slopes = _radial_slopes(padding.vectors, shape.cutoff_radial, shape.basis_size[0])
    return RadialShell(
        padding.neighbors(), padding.table(padding.vectors, dtype), padding.table(slopes, dtype)
    )


def _angular_shell(padding: _Padding, shape: NEPShape, dtype: torch.dtype) -> AngularShell:
    vectors, cutoff, highest = padding.vectors, shape.cutoff_angular, shape.basis_size[1]
    values = radial_basis(vectors.norm(dim=-1), cutoff, highest)
    slopes = _radial_slopes(vectors, cutoff, highest)

    def harmonics(r: Tensor) -> Tensor:
        return real_harmonics(r / r.norm(dim=-1, keepdim=True), shape.l_max[0])

    axes = torch.eye(3, dtype=vectors.dtype, device=vectors.device)
    gradients = torch.stack([_rate(harmonics, vectors, axis.expand_as(vectors)) for axis in axes], dim=1)
    return AngularShell(
        neighbor=padding.neighbors(),
        vectors=padding.table(vectors, dtype),
        radial=torch.cat([padding.table(values, dtype), padding.table(slopes, dtype)], dim=1),
        harmonics=padding.table(harmonics(vectors), dtype),
        slopes=padding.table(gradients, dtype),
    )
