"""Neighbour pairs of a periodic structure, computed by vesin, as tensors for the PyTorch engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import vesin
from ase.geometry import complete_cell
from torch import Tensor

from .conventions import Array


@dataclass(frozen=True)
class Edges:
    """Directed edges center -> neighbor of N atoms, each pair in both directions, images included.

    center, neighbor : (E,) atom indices
    vectors          : (E, 3) Å, r_ij = r_j - r_i (+ lattice translation)
    """

    center: Tensor
    neighbor: Tensor
    vectors: Tensor


def find_edges(
    positions: Array,
    cell: Array,
    pbc: tuple[bool, bool, bool],
    cutoff: float,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str = "cpu",
) -> Edges:
    """All pairs closer than `cutoff` (Å), whatever the size of the cell.

    positions (N, 3), cell (3, 3). Vectors are computed in float64, then converted. Raises ValueError
    for positions that are not finite, for a periodic cell without volume, for coinciding atoms.
    """
    if not np.isfinite(positions).all():
        raise ValueError("positions hold NaN or infinity: the structure or the run that made it is broken")
    if not np.any(~cell.any(axis=1) & np.array(pbc)):  # an open direction may have a zero vector
        cell = np.asarray(complete_cell(cell), float)
    heights = _heights(cell, pbc)
    if heights.min() < 1e-3:
        raise ValueError(f"cell is flat along a periodic direction (heights {heights.round(4).tolist()} Å)")
    search = vesin.NeighborList(cutoff=cutoff, full_list=True)
    center, neighbor, vectors, distances = search.compute(
        points=positions, box=cell, periodic=list(pbc), quantities="ijDd"
    )
    if distances.size and distances.min() < 1e-6:
        first = int(np.argmin(distances))
        raise ValueError(f"atoms {center[first]} and {neighbor[first]} coincide")
    return Edges(
        center=torch.as_tensor(center.astype(np.int64), device=device),
        neighbor=torch.as_tensor(neighbor.astype(np.int64), device=device),
        vectors=torch.as_tensor(vectors, dtype=dtype, device=device),
    )


def _heights(cell: Array, pbc: tuple[bool, bool, bool]) -> Array:
    """Distances in Å between opposite faces of the cell along the periodic directions."""
    volume = abs(np.linalg.det(cell))
    faces = np.array([np.linalg.norm(np.cross(cell[(a + 1) % 3], cell[(a + 2) % 3])) for a in range(3)])
    heights = volume / np.maximum(faces, 1e-300)
    return heights[list(pbc)] if any(pbc) else np.array([np.inf])
