"""Ziegler-Biersack-Littmark repulsion between close nuclei."""

from __future__ import annotations

from math import pi

import numpy as np
import torch
from ase.data import atomic_numbers
from torch import Tensor

from ..neighbors import Edges
from ..units import COULOMB_EV_A
from .screening import SCREENING, SCREENING_LENGTH_A


def site_repulsion(
    edges: Edges, species: Tensor, elements: tuple[str, ...], range_A: tuple[float, float]
) -> Tensor:
    """(N,) eV: half of every pair's universal ZBL energy, switched off smoothly between the two distances."""
    row = edges.vectors.new_tensor([*range_A, *np.ravel(SCREENING)])
    return pair_repulsion(edges, species, elements, row.expand(len(elements), len(elements), 10))


def pair_repulsion(edges: Edges, species: Tensor, elements: tuple[str, ...], pairs: Tensor) -> Tensor:
    """(N,) eV: half of every pair's screened Coulomb energy.

    φ(r) = k Z_i Z_j / r · Σ_n w_n exp(-x_n r/a) · f(r);  f = 1 below the inner distance,
    (1 + cos π(r - inner)/(outer - inner))/2 up to the outer, 0 beyond.
    pairs (T, T, 10): inner, outer, w_1, x_1, ... w_4, x_4, as `screening.screened_pairs` gives them.
    """
    distances = edges.vectors.norm(dim=-1)
    near = distances < pairs[..., 1][species[edges.center], species[edges.neighbor]]
    r = distances[near]
    center, neighbor = edges.center[near], edges.neighbor[near]
    charges = torch.tensor([atomic_numbers[e] for e in elements], dtype=r.dtype, device=r.device)
    z_center, z_neighbor = charges[species[center]], charges[species[neighbor]]
    inner, outer, *terms = pairs[species[center], species[neighbor]].unbind(-1)
    reduced = r * (z_center**0.23 + z_neighbor**0.23) / SCREENING_LENGTH_A
    screening = sum(
        weight * torch.exp(-exponent * reduced)
        for weight, exponent in zip(terms[::2], terms[1::2], strict=True)
    )
    switch = torch.where(
        r < inner, torch.ones_like(r), 0.5 * (1 + torch.cos(pi * (r - inner) / (outer - inner)))
    )
    pair_energy = COULOMB_EV_A * z_center * z_neighbor / r * screening * switch
    return pair_energy.new_zeros(species.shape[0]).index_add(0, center, 0.5 * pair_energy)
