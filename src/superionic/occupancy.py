"""Ordered supercells of a crystal with partial occupancies, drawn with a seed."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from .config import ConfigError

APART_A = (2.2, 2.0, 1.8, 1.6, 1.4, 1.2, 1.0)
"""Minimum distances between drawn atoms, tried in turn, so that split sites are occupied once."""

TRIES = 50
"""Number of random orders of the sites tried at each distance."""

WHOLE = 1e-6


def is_disordered(atoms: Atoms) -> bool:
    """Whether any site is partially occupied (as ASE reads it from a CIF)."""
    occupied = atoms.info.get("occupancy") or {}
    return any(len(site) > 1 or abs(sum(site.values()) - 1) > WHOLE for site in occupied.values())


def draw(atoms: Atoms, occupancy: dict[str, dict[str, float]], rng: np.random.Generator) -> Atoms:
    """An ordered copy of `atoms`: each kind of site gets its number of atoms of each element by occupancy, at
    random sites as far apart as these allow.

    atoms     : supercell with the array `spacegroup_kinds`
    occupancy : kind -> element -> fraction, as ASE gives it for a CIF

    Raises ConfigError if occupancies of a site exceed one, or no order keeps atoms apart.
    """
    kinds = atoms.arrays["spacegroup_kinds"]
    fixed: list[tuple[int, str]] = []
    requested: list[tuple[NDArray[np.int64], list[str]]] = []
    for kind in np.unique(kinds):
        sites, parts = np.flatnonzero(kinds == kind), occupancy[str(kind)]
        if sum(parts.values()) > 1 + 1e-3:
            raise ConfigError(f"site {kind}: occupancies {parts} exceed one")
        symbols = [symbol for symbol, part in parts.items() for _ in range(round(part * len(sites)))]
        if len(symbols) == len(sites) and len(set(symbols)) == 1:
            fixed += [(int(site), symbols[0]) for site in sites]
        else:
            requested.append((sites, symbols))
    placed = _place(atoms, requested, rng)
    order = sorted([*fixed, *placed])
    ordered = atoms[[site for site, _ in order]]
    ordered.set_chemical_symbols([symbol for _, symbol in order])
    del ordered.arrays["spacegroup_kinds"]
    return ordered


def _place(
    atoms: Atoms, requested: list[tuple[NDArray[np.int64], list[str]]], rng: np.random.Generator
) -> list[tuple[int, str]]:
    """Random sites for the symbols of each kind, at the largest minimum distance that an order allows."""
    if not requested:
        return []
    partial = np.concatenate([sites for sites, _ in requested])
    distances = atoms[partial].get_all_distances(mic=True)
    place_of = {int(site): place for place, site in enumerate(partial)}
    for minimum in APART_A:
        for _ in range(TRIES):
            placed = _fill(requested, place_of, distances, minimum, rng)
            if placed is not None:
                return placed
    raise ConfigError(
        f"no order of the partly occupied sites keeps atoms {APART_A[-1]:g} Å apart: check the occupancies"
    )


def _fill(
    requested: list[tuple[NDArray[np.int64], list[str]]],
    place_of: dict[int, int],
    distances: NDArray[np.float64],
    minimum: float,
    rng: np.random.Generator,
) -> list[tuple[int, str]] | None:
    """Sites in a random order, skipping those too close to an earlier one; None when too few remain."""
    blocked = np.zeros(len(distances), dtype=bool)
    placed: list[tuple[int, str]] = []
    for sites, symbols in requested:
        left = list(rng.permutation(symbols))
        for site in rng.permutation(sites):
            if not left:
                break
            if not blocked[place_of[int(site)]]:
                placed.append((int(site), str(left.pop())))
                blocked |= distances[place_of[int(site)]] < minimum
        if left:
            return None
    return placed
