"""Selection of candidates: farthest-point sampling in descriptor space where a committee disagrees.

The novelty of a structure is the distance of its most unusual atom from all labelled or selected ones,

    novelty(S) = max_{i in S} min_{j in selected, same species} |q_i - q_j| / sqrt(D),

with descriptors q in units of their standard deviation, per species. The candidate with the largest novelty
is selected, all novelties are updated, and so on (Gonzalez, Theor. Comput. Sci. 38, 293 (1985)). The
disagreement of a committee of M potentials is the largest, over atoms, of sqrt(Σ_m |F_m - F|²/M).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from scipy.spatial.distance import cdist

from ..conventions import Array
from ..engines import load_engine
from ..neighbors import find_edges
from ..nep.model import NEP
from ..potentials import load_potential
from ..system import System
from .sampling import Selection


@dataclass(frozen=True)
class Scores:
    """Scores of n candidates.

    novelty      : (n,) at the time of selection, or at the end for candidates not selected
    disagreement : (n,) eV/Å, zero for a committee of one
    order        : (n,) 0, 1, ... in the order of selection; -1 when not selected
    """

    novelty: Array
    disagreement: Array
    order: np.ndarray


def select(candidates: Sequence[Atoms], labelled: Sequence[Atoms], selection: Selection) -> Scores:
    """Score all candidates and select up to `selection.keep` of them."""
    disagreement = committee_disagreement(candidates, selection.committee)
    allowed = np.ones(len(candidates), dtype=bool)
    if len(selection.committee) > 1:
        allowed = (selection.disagreement[0] <= disagreement) & (disagreement <= selection.disagreement[1])
    model = NEP(load_potential(selection.committee[0]))
    new = [environments(model, atoms) for atoms in candidates]
    old = [environments(model, atoms) for atoms in labelled]
    novelty, order = farthest_points(new, old, allowed, selection.keep)
    return Scores(novelty=novelty, disagreement=disagreement, order=order)


def environments(model: NEP, atoms: Atoms) -> list[Array]:
    """Descriptors (atoms of this species, D) for every species of the model."""
    system = System.from_atoms(atoms, model.shape.elements)
    species = torch.as_tensor(system.species)
    edges = find_edges(system.positions[0], system.cell[0], system.pbc, model.cutoff)
    with torch.no_grad():
        descriptors = model.descriptors(model.moments(edges, species), species).numpy()
    return [descriptors[system.species == s] for s in range(len(model.shape.elements))]


def farthest_points(
    new: Sequence[Sequence[Array]], old: Sequence[Sequence[Array]], allowed: np.ndarray, keep: int
) -> tuple[Array, np.ndarray]:
    """Novelty and order of selection of each new structure, given per-species descriptors of all structures.

    Descriptors are scaled by the standard deviation, per species, over all structures. Without known
    structures the first allowed candidate is selected first.
    """
    scale = [
        np.maximum(np.concatenate(rows).std(axis=0), 1e-12) * np.sqrt(rows[0].shape[1])
        for rows in zip(*new, *old, strict=True)
    ]
    new = [[rows / s for rows, s in zip(structure, scale, strict=True)] for structure in new]
    old = [[rows / s for rows, s in zip(structure, scale, strict=True)] for structure in old]
    # nearest[c][k]: distance of each atom of species k of candidate c to the labelled or selected ones
    nearest = [[np.full(len(rows), np.inf) for rows in structure] for structure in new]
    for reference in old:
        _approach(nearest, new, reference)
    order = np.full(len(new), -1)
    novelty = _novelty(nearest)
    for rank in range(min(keep, int(allowed.sum()))):
        open_now = np.where(allowed & (order < 0), novelty, -1.0)
        farthest = int(np.argmax(open_now))
        order[farthest] = rank
        _approach(nearest, new, new[farthest])
        novelty = np.where(order < 0, _novelty(nearest), novelty)
    return novelty, order


def _novelty(nearest: list[list[Array]]) -> Array:
    return np.array([max(float(rows.max(initial=0.0)) for rows in structure) for structure in nearest])


def _approach(nearest: list[list[Array]], new: Sequence[Sequence[Array]], reference: Sequence[Array]) -> None:
    """Update, in place, the distances to the nearest known environment with those to `reference`."""
    for known, structure in zip(nearest, new, strict=True):
        for s, rows in enumerate(reference):
            if len(rows) and len(structure[s]):
                known[s] = np.minimum(known[s], cdist(structure[s], rows).min(axis=1))


def committee_disagreement(candidates: Sequence[Atoms], committee: Sequence[Path]) -> Array:
    """(n,) eV/Å, the largest standard deviation of a force among the potentials; zero for one potential."""
    engines = [load_engine(path, threads=1) for path in committee]
    disagreement = np.zeros(len(candidates))
    for index, atoms in enumerate(candidates):
        forces = np.array(
            [engine.compute(System.from_atoms(atoms, engine.elements)).forces[0] for engine in engines]
        )
        deviation = np.sqrt(((forces - forces.mean(axis=0)) ** 2).sum(axis=2).mean(axis=0))
        disagreement[index] = deviation.max()
    return disagreement
