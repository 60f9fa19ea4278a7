"""Bins, periodic images and list intervals of a batch, chosen on the host from where a block starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...conventions import Array
from ...system import System
from ...units import BOLTZMANN_EV_PER_K

ATOM_BITS, IMAGE_BITS = 22, 10
"""Of a candidate in the list (world.h)."""


@dataclass(frozen=True)
class Bins:
    """Bins along the three axes; bins to either side to look at; cells to either side these lie in."""

    number: tuple[int, int, int]
    reach: tuple[int, int, int]
    images: tuple[int, int, int]

    @property
    def n_bins(self) -> int:
        return int(np.prod(self.number))

    @property
    def n_images(self) -> int:
        return int(np.prod([2 * n + 1 for n in self.images]))


def frames(system: System) -> Array:
    """(R, 3, 3) cells with unit vectors at right angles in place of what is not periodic.

    Raises ValueError for periodic cell vectors that span no volume.
    """
    cells = np.array(system.cell, float)
    for cell in cells:
        for axis in np.flatnonzero(~np.array(system.pbc)):
            cell[axis] = 0.0
        for axis in np.flatnonzero(~np.array(system.pbc)):
            cell[axis] = _perpendicular(cell[(axis + 1) % 3], cell[(axis + 2) % 3])
    if (np.abs(np.linalg.det(cells)) < 1e-6).any():
        raise ValueError("the periodic cell vectors span no volume: check the cell and pbc")
    return cells


def _perpendicular(a: Array, b: Array) -> Array:
    """A unit vector at right angles to two vectors, either of which may be zero."""
    normal = np.cross(a, b)
    if normal @ normal < 1e-12:
        longer = a if a @ a > b @ b else b
        axis = np.eye(3)[np.abs(longer).argmin()]
        normal = np.cross(longer, axis) if longer @ longer > 0 else axis
    return normal / np.linalg.norm(normal)


def choose_bins(
    cells: Array, pbc: tuple[bool, bool, bool], n_atoms: int, reach: float, shrink: float
) -> Bins:
    """Bins at least as wide as `reach`, also if all cells (R, 3, 3) shrink to `shrink` of their height.

    Raises ValueError where atoms or images are more than a candidate's bits can number.
    """
    heights = shrink / np.linalg.norm(np.linalg.inv(cells), axis=1).max(axis=0)
    number = np.maximum(1, np.floor(heights / reach)).astype(int)
    while number.prod() > max(27, n_atoms):  # a cluster in a wide box: no more bins than atoms
        number[number.argmax()] = max(1, number.max() // 2)
    span = np.where(pbc, np.ceil(reach * number / heights), np.minimum(1, number - 1)).astype(int)
    images = np.where(pbc, -(-span // number), 0).astype(int)
    bins = Bins(_triple(number), _triple(span), _triple(images))
    if bins.n_images >= 2**IMAGE_BITS:
        raise ValueError(
            f"the cell is so small (heights {np.round(heights, 2).tolist()} Å) that {bins.n_images} images "
            f"are within reach, more than {2**IMAGE_BITS - 1}: repeat it"
        )
    if n_atoms > 2**ATOM_BITS:
        raise ValueError(f"a replica of the CUDA engine has at most {2**ATOM_BITS} atoms, got {n_atoms}")
    return bins


def _triple(values: Array) -> tuple[int, int, int]:
    a, b, c = (int(value) for value in values)
    return a, b, c


def list_interval(
    system: System, velocities: Array, temperature_K: float, timestep: float, skin: float, cell_every: int
) -> int:
    """Steps between neighbour lists: so many that the fastest atom of the block goes less than half the skin.

    Its speed is guessed from the start of the block alone, so that a run cut into blocks goes the same way:
    a quarter more than the fastest now, and at least six standard deviations of the lightest at the higher of
    the kinetic and the thermostat's temperature. With a moving cell, lists fall on its rescalings.
    """
    if not np.abs(velocities).max() < 1e100:
        return 1
    squares = (velocities**2).sum(axis=2)
    kinetic = 0.5 * (squares @ system.masses).max() / (1.5 * system.n_atoms)  # kT of the hottest replica
    thermal = np.sqrt(max(kinetic, BOLTZMANN_EV_PER_K * temperature_K) / system.masses.min())
    speed = max(1.25 * np.sqrt(squares.max()), 6.0 * thermal)
    steps = int(np.clip(0.5 * skin / max(speed * timestep, 1e-30), 1, 32))
    return max(n for n in range(1, steps + 1) if cell_every % n == 0) if cell_every else steps


def expected_neighbours(system: System, cells: Array, radius: float) -> int:
    """A first guess of the most neighbours within `radius`, for the memory; too little is noticed."""
    if not all(system.pbc):  # no volume to speak of
        return 64
    density = system.n_atoms / np.abs(np.linalg.det(cells)).min()
    return int(min(1.25 * 4 / 3 * np.pi * radius**3 * density, 500.0)) + 8
