"""Disordered structures without a potential: rigid molecules that shift and rotate, mobile ions that hop.

Uncorrelated noise wastes labels: it breaks the stiff bonds before anything else has moved. Here the bonded
groups (PS4 tetrahedra) move as nearly rigid bodies, mobile ions are displaced more or moved into voids, and
contacts shorter than a minimum distance are pushed apart.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from ase.neighborlist import neighbor_list
from pydantic import Field, model_validator
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.transform import Rotation

from ..config import StrictModel
from ..conventions import Array

VolumeStrain = Annotated[float, Field(ge=-0.6, le=2)]


class Disorder(StrictModel):
    """Amplitudes of one set of disordered structures (standard deviations unless said otherwise)."""

    group_shift: float = Field(ge=0, le=5)
    """Å, rigid displacement of a bonded group or single framework atom, per component."""
    group_turn: float = Field(ge=0, le=360)
    """Degrees, rotation of a bonded group about a random axis."""
    distortion: float = Field(ge=0, le=5)
    """Å, displacement of each framework atom within its group, per component."""
    mobile_shift: float = Field(ge=0, le=5)
    """Å, displacement of each mobile ion, per component."""
    hop_fraction: float = Field(ge=0, le=1)
    """Fraction of the mobile ions moved to a random point of the cell."""
    strain: float = Field(ge=0, le=0.3)
    """Symmetric random strain of the cell, per component, in addition to the volume change."""
    volume_strain: tuple[VolumeStrain, VolumeStrain]
    """Lowest and highest relative change of volume; uniform between them."""


Distance = Annotated[float, Field(gt=0, le=10)]


class Contacts(StrictModel):
    """Bond lengths and minimum distances; pairs are written "A-B"."""

    bonds: dict[str, Distance]
    """Å, atoms of these pairs closer than this belong to one group."""
    minimum: dict[str, Distance]
    """Å, pairs closer than this are pushed apart (except inside a group)."""

    @model_validator(mode="after")
    def _pairs(self) -> Contacts:
        for what, pairs in (("bonds", self.bonds), ("minimum", self.minimum)):
            seen: set[tuple[str, ...]] = set()
            for pair in pairs:
                symbols = tuple(sorted(pair.split("-")))
                if len(symbols) != 2 or any(symbol not in atomic_numbers for symbol in symbols):
                    raise ValueError(f'{what}: {pair!r} is no pair of elements, as "P-S" is one')
                if symbols in seen:
                    raise ValueError(f"{what} names {pair!r} twice, in both orders")
                seen.add(symbols)
        return self


def disordered(
    atoms: Atoms,
    mobile: tuple[str, ...],
    contacts: Contacts,
    disorder: Disorder,
    rng: np.random.Generator,
    draws: int = 20,
) -> Atoms:
    """A disordered and strained copy of a crystal, drawn again while short contacts remain.

    Raises ValueError after `draws` attempts: cell too small or minimum distances too large.
    """
    for _ in range(draws):
        drawn = _draw(atoms, mobile, contacts, disorder, rng)
        if drawn is not None:
            return drawn
    raise ValueError(
        f"contacts stay shorter than {contacts.minimum} Å in {draws} draws: lower the minimum distances"
    )


def _draw(
    atoms: Atoms, mobile: tuple[str, ...], contacts: Contacts, disorder: Disorder, rng: np.random.Generator
) -> Atoms | None:
    atoms = atoms.copy()
    group = bonded_groups(atoms, contacts.bonds)
    ions = np.isin(atoms.get_chemical_symbols(), mobile)
    deformation = random_deformation(disorder.strain, disorder.volume_strain, rng)
    positions = _moved_groups(atoms, group, deformation, disorder, rng)
    cell = atoms.cell.array @ deformation
    positions[~ions] += rng.normal(0.0, disorder.distortion, (int((~ions).sum()), 3))
    positions[ions] += rng.normal(0.0, disorder.mobile_shift, (int(ions.sum()), 3))
    hopping = ions & (rng.random(len(atoms)) < disorder.hop_fraction)
    positions[hopping] = rng.random((int(hopping.sum()), 3)) @ cell
    atoms.set_cell(cell)
    atoms.positions = positions
    opened = _open_contacts(atoms, group, ions, contacts.minimum)
    atoms.wrap()
    return atoms if opened else None


def bonded_groups(atoms: Atoms, bonds: dict[str, float]) -> np.ndarray:
    """(N,) label of the molecule each atom belongs to; an atom without a bond is a group by itself."""
    n = len(atoms)
    if not bonds:
        return np.arange(n)
    first, second = neighbor_list(
        "ij", atoms, {tuple(pair.split("-")): length for pair, length in bonds.items()}
    )
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def _moved_groups(
    atoms: Atoms, group: np.ndarray, deformation: Array, disorder: Disorder, rng: np.random.Generator
) -> Array:
    """Positions after a rigid shift and rotation of every group; the centroids follow the deformation."""
    positions = np.empty_like(atoms.positions)
    for label in np.unique(group):
        members = np.flatnonzero(group == label)
        arms = atoms.get_distances(members[0], members, mic=True, vector=True)
        centre = arms.mean(axis=0)
        rotation = Rotation.from_rotvec(rng.normal(0.0, np.radians(disorder.group_turn) / np.sqrt(3), 3))
        shift = rng.normal(0.0, disorder.group_shift, 3)
        centroid = (atoms.positions[members[0]] + centre) @ deformation
        positions[members] = centroid + shift + rotation.apply(arms - centre)
    return positions


def random_deformation(strain: float, volume_strain: tuple[float, float], rng: np.random.Generator) -> Array:
    """(3, 3) deformation: a random symmetric strain scaled to a volume drawn uniformly from the range."""
    noise = rng.normal(0.0, strain, (3, 3))
    deformation = np.eye(3) + (noise + noise.T) / 2
    volume = 1.0 + rng.uniform(*volume_strain)
    return np.asarray(deformation * np.cbrt(volume / np.linalg.det(deformation)))


def _open_contacts(
    atoms: Atoms, group: np.ndarray, ions: np.ndarray, minimum: dict[str, float], sweeps: int = 150
) -> bool:
    """Push apart, in place, all pairs closer than their minimum distance; groups move as rigid bodies.

    Returns whether no pair is too close. In a contact with a framework group a mobile ion moves by nine
    tenths of the distance.
    """
    reach = {tuple(pair.split("-")): length for pair, length in minimum.items()}
    limit = {frozenset(pair): length for pair, length in reach.items()}
    symbols = atoms.get_chemical_symbols()
    weight = np.where(ions, 0.9, 0.1)
    for _ in range(sweeps):
        first, second, distance, vector = neighbor_list("ijdD", atoms, reach)
        separate = group[first] != group[second]
        first, second, distance, vector = (
            first[separate],
            second[separate],
            distance[separate],
            vector[separate],
        )
        if not len(first):
            return True
        target = np.array(
            [limit[frozenset((symbols[i], symbols[j]))] for i, j in zip(first, second, strict=True)]
        )
        share = weight[first] / (weight[first] + weight[second])
        # every pair is listed in both directions, so each atom moves its own part; slightly beyond the
        # minimum, so that the iteration ends
        step = -((target + 0.02 - distance) * share / np.maximum(distance, 0.1))[:, None] * vector
        of_group = np.zeros((group.max() + 1, 3))
        np.add.at(of_group, group[first], 0.5 * step)
        atoms.positions += of_group[group]
    return False
