"""Atoms so close that only a hole of the potential explains it."""

from __future__ import annotations

from itertools import product

import numpy as np
from ase.data import atomic_numbers, covalent_radii
from ase.geometry import complete_cell
from scipy.spatial import KDTree

from ..conventions import Array
from ..system import System


def close_pair(system: System, part: float) -> str | None:
    """The closest two atoms, in words, if nearer than `part` of the sum of their covalent radii."""
    if part == 0:
        return None
    radii = np.array([covalent_radii[atomic_numbers[e]] for e in system.elements])[system.species]
    worst, where = part, None
    for replica in range(system.n_replicas):
        first, second, distance = pairs_within(
            system.positions[replica], system.cell[replica], system.pbc, 2 * part * float(radii.max())
        )
        ratios = distance / (radii[first] + radii[second])
        if len(ratios) and ratios.min() < worst:
            k = int(ratios.argmin())
            i, j = sorted((int(first[k]), int(second[k])))
            names = [system.elements[system.species[atom]] for atom in (i, j)]
            worst = float(ratios[k])
            where = f"{names[0]} {i} and {names[1]} {j} of replica {replica} are {distance[k]:.2f} Å apart"
    return where


def pairs_within(
    positions: Array, cell: Array, pbc: tuple[bool, bool, bool], cutoff: float
) -> tuple[np.ndarray, np.ndarray, Array]:
    """Pairs of atoms, or of an atom and an image, nearer than `cutoff`: indices (P,) twice, distances (P,) Å.

    positions (N, 3) Å, cell (3, 3). Every pair at least once; pairs near a face of the cell may come twice.
    By a k-d tree of the atoms and of their images within the cutoff of the cell: 10⁶ atoms take seconds.
    """
    periodic = np.array(pbc)
    cell = np.asarray(complete_cell(np.where(periodic[:, None], cell, 0.0)), float)
    fractions = positions @ np.linalg.inv(cell)
    fractions = np.where(periodic, fractions % 1.0, fractions)
    margin = cutoff * np.linalg.norm(np.linalg.inv(cell), axis=0)  # the cutoff in units of the heights
    atoms, places = [np.arange(len(positions))], [fractions]
    reach = np.where(periodic, np.ceil(margin), 0).astype(int)
    for shift in product(*(range(-n, n + 1) for n in reach)):
        image = fractions + shift
        near = (~periodic | ((image > -margin) & (image < 1 + margin))).all(axis=1)
        if any(shift):
            atoms.append(np.flatnonzero(near))
            places.append(image[near])
    index, points = np.concatenate(atoms), np.concatenate(places) @ cell
    pairs = KDTree(points).query_pairs(cutoff, output_type="ndarray")
    distances = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    return index[pairs[:, 0]], index[pairs[:, 1]], distances
