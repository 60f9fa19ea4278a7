"""The NEP4 model as a torch module: edges and species in, site energies out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..neighbors import Edges
from .descriptor import Moments, invariants, moments
from .format import NEPParameters
from .screening import screened_pairs
from .zbl import pair_repulsion


class NEP(nn.Module):
    """U_i = Σ_ν w1_ν tanh(Σ_d w0_νd s_d q_d - b0_ν) - b1, one network per species of atom i.

    Fan et al., J. Chem. Phys. 157, 114801 (2022); NEP4: Song et al., Nat. Commun. 15, 10208 (2024).
    Network and expansion coefficients are trainable parameters; q_scaler is fixed.
    """

    def __init__(self, parameters: NEPParameters, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.shape = parameters.shape

        def tensor(values: np.ndarray | float) -> Tensor:
            return torch.as_tensor(np.asarray(values, dtype=float)).to(dtype).clone()

        self.w0 = nn.Parameter(tensor(parameters.w0))
        self.b0 = nn.Parameter(tensor(parameters.b0))
        self.w1 = nn.Parameter(tensor(parameters.w1))
        self.b1 = nn.Parameter(tensor(parameters.b1))
        self.c_radial = nn.Parameter(tensor(parameters.c_radial))
        self.c_angular = nn.Parameter(tensor(parameters.c_angular))
        self.register_buffer("q_scaler", tensor(parameters.q_scaler))
        self.q_scaler: Tensor
        self.register_buffer("pair_cutoffs", tensor(self.shape.pair_cutoffs), persistent=False)
        self.pair_cutoffs: Tensor
        if self.shape.zbl is not None:
            pairs = screened_pairs(self.shape, parameters.zbl_pairs)
            self.register_buffer("zbl_pairs", tensor(pairs), persistent=False)
            self.zbl_pairs: Tensor

    @property
    def cutoff(self) -> float:
        """Largest distance in Å at which two atoms interact."""
        return self.shape.cutoff

    def moments(self, edges: Edges, species: Tensor) -> Moments:
        """Geometry of every atom's neighbourhood; independent of all trainable parameters."""
        shape = self.shape
        cutoffs: tuple[float | Tensor, float | Tensor] = shape.cutoffs
        if shape.has_pair_cutoffs:
            cutoffs = self.pair_cutoffs[0], self.pair_cutoffs[1]
        return moments(edges, species, shape.n_types, cutoffs, shape.basis_size, shape.l_max[0])

    def descriptors(self, summed: Moments, species: Tensor) -> Tensor:
        """(N, D) scaled descriptors s_d q_d."""
        q = invariants(summed, species, self.c_radial, self.c_angular, self.shape.l_max)
        return q * self.q_scaler

    def energies_of(self, descriptors: Tensor, species: Tensor) -> Tensor:
        """(N,) eV from scaled descriptors (N, D)."""
        energies = descriptors.new_zeros(descriptors.shape[0])
        for s in range(self.shape.n_types):
            atoms = torch.nonzero(species == s).squeeze(-1)
            hidden = torch.tanh(descriptors[atoms] @ self.w0[s].T - self.b0[s])
            energies = energies.index_add(0, atoms, hidden @ self.w1[s] - self.b1)
        return energies

    def forward(self, edges: Edges, species: Tensor) -> Tensor:
        """Site energies (N,) in eV; differentiable in `edges.vectors` and in the parameters."""
        energies = self.energies_of(self.descriptors(self.moments(edges, species), species), species)
        if self.shape.zbl is not None:
            energies = energies + pair_repulsion(edges, species, self.shape.elements, self.zbl_pairs)
        return energies
