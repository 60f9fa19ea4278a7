"""NEP4 as it is trained: well conditioned, and fast on atoms sorted by species.

Equal to `nep.model.NEP` with the parameters that `TrainableNEP.parameters_of_nep` returns. Differences: the
mean over the training set is subtracted from the descriptors, and every species has its own additive
constant, initially its reference energy. NEP4 has a single constant b1, so the file represents them by one
more neuron with w0 = 0 and a saturated bias, whose tanh is exactly one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from ..nep.basis import quadrupole_tensors
from ..nep.descriptor import CUBIC_PREFACTOR, QUARTIC_PREFACTOR
from ..nep.format import NEPParameters

SATURATED_BIAS = -40.0
"""b0 of the constant neuron: tanh(40) equals 1 in float64."""


class TrainableNEP(nn.Module):
    """U_i = Σ_ν w1_ν tanh(Σ_d w0_νd (s_d q_d - μ_d) + b_ν) + u, with μ_d and u per species of atom i.

    Trained: c_radial (T, T·K_r, n_r), c_angular (T, T·K_a, n_a), w0 (T, D, H), b (T, H), w1 (T, H), u (T,).
    Fixed: q_scaler (D,), means (T, D).
    """

    def __init__(
        self, start: NEPParameters, means: np.ndarray, site_energies: np.ndarray, dtype: torch.dtype
    ) -> None:
        """start: a model without constant neuron; means (T, D); site_energies (T,) eV, the first u."""
        super().__init__()
        self.shape = start.shape
        self.means: Tensor
        self.q_scaler: Tensor
        self.quadrupoles: Tensor

        def trained(values: np.ndarray) -> nn.Parameter:
            return nn.Parameter(torch.tensor(values, dtype=dtype))

        self.c_radial = trained(_grouped(start.c_radial))
        self.c_angular = trained(_grouped(start.c_angular))
        self.w0 = trained(start.w0.transpose(0, 2, 1))
        self.b = trained(np.einsum("thd,td->th", start.w0, means) - start.b0)
        self.w1 = trained(start.w1)
        self.u = trained(site_energies - start.b1)
        self.register_buffer("q_scaler", torch.tensor(start.q_scaler, dtype=dtype))
        self.register_buffer("means", torch.tensor(means, dtype=dtype))
        tensors = quadrupole_tensors(dtype, torch.device("cpu"))
        self.register_buffer("quadrupoles", tensors[:, [0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]].T.contiguous())

    def parameters_of_nep(self, max_neighbors: tuple[int, int]) -> NEPParameters:
        """The trained model in the form of nep.txt, with one more neuron for the constants of the species."""
        values = {name: tensor.detach().double().cpu().numpy() for name, tensor in self.state_dict().items()}
        n_types, n_descriptors, _ = values["w0"].shape
        w0 = values["w0"].transpose(0, 2, 1)
        b0 = np.einsum("thd,td->th", w0, values["means"]) - values["b"]
        return NEPParameters(
            shape=replace(self.shape, n_neurons=self.shape.n_neurons + 1),
            max_neighbors=max_neighbors,
            w0=np.concatenate([w0, np.zeros((n_types, 1, n_descriptors))], axis=1),
            b0=np.concatenate([b0, np.full((n_types, 1), SATURATED_BIAS)], axis=1),
            w1=np.concatenate([values["w1"], values["u"][:, None]], axis=1),
            b1=0.0,
            c_radial=_ungrouped(values["c_radial"]),
            c_angular=_ungrouped(values["c_angular"]),
            q_scaler=values["q_scaler"],
        )

    def expand(self, species: int, radial: Tensor, angular: Tensor) -> tuple[Tensor, Tensor]:
        """Moments (N, T·K_r), (N, M, T·K_a) of one species contracted with c: (N, n_r), (N, M, n_a)."""
        return radial @ self.c_radial[species], angular @ self.c_angular[species]

    def expand_back(self, species: int, radial: Tensor, angular: Tensor) -> tuple[Tensor, Tensor]:
        """The transpose of `expand`: ∂U/∂S from the derivatives of U by the contracted moments."""
        return radial @ self.c_radial[species].T, angular @ self.c_angular[species].T

    def descriptors(self, radial: Tensor, angular: Tensor) -> Tensor:
        """(N, D) scaled descriptors from contracted moments; the rows of `nep.descriptor.invariants`."""
        l_max, l_cubic, l_quartic = self.shape.l_max
        squared = angular.square()
        bounds = [(degree * degree - 1, (degree + 1) ** 2 - 1) for degree in range(1, l_max + 1)]
        norms = [squared[:, start:stop].sum(1) for start, stop in bounds]
        rows = [radial, *norms]
        if l_cubic == 2:
            xx, yy, zz, yz, xz, xy = torch.matmul(self.quadrupoles, angular[:, 3:8]).unbind(1)
            determinant = xx * (yy * zz - yz * yz) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
            rows.append(CUBIC_PREFACTOR * determinant)
        if l_quartic == 1:
            rows.append(QUARTIC_PREFACTOR * norms[0].square())
        return torch.cat(rows, dim=1) * self.q_scaler

    def site_energies(self, species: int, radial: Tensor, angular: Tensor) -> Tensor:
        """(N,) eV from the contracted moments of atoms of one species."""
        inputs = self.descriptors(radial, angular) - self.means[species]
        hidden = torch.tanh(inputs @ self.w0[species] + self.b[species])
        return hidden @ self.w1[species] + self.u[species]


def _grouped(coefficients: np.ndarray) -> np.ndarray:
    """c[n, k, t_i, t_j] as (t_i, t_j·k, n)."""
    n, k, types, _ = coefficients.shape
    return coefficients.transpose(2, 3, 1, 0).reshape(types, types * k, n)


def _ungrouped(coefficients: np.ndarray) -> np.ndarray:
    """The inverse of `_grouped`."""
    types, rows, n = coefficients.shape
    return coefficients.reshape(types, types, rows // types, n).transpose(3, 2, 0, 1)


def by_species(bounds: Sequence[int]) -> list[tuple[int, slice]]:
    """(species, its slice of atoms), species without atoms left out."""
    return [
        (species, slice(start, stop))
        for species, (start, stop) in enumerate(pairwise(bounds))
        if stop > start
    ]
