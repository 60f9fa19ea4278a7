"""A System: R replicas of the same N atoms, each with its own positions and cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from .conventions import Array

__all__ = ["Array", "System", "degrees_of_freedom"]


@dataclass(frozen=True)
class System:
    """R replicas of N atoms (R = 1 for a single structure).

    positions : (R, N, 3) Å, unwrapped: engines apply the periodic images, positions are never wrapped
    cell      : (R, 3, 3) Å, rows are lattice vectors
    species   : (N,) integers, index into `elements`
    masses    : (N,) u
    elements  : chemical symbols, in the order of the potential
    pbc       : three booleans
    """

    positions: Array
    cell: Array
    species: NDArray[np.int64]
    masses: Array
    elements: tuple[str, ...]
    pbc: tuple[bool, bool, bool] = (True, True, True)

    def __post_init__(self) -> None:
        shape = self.positions.shape
        if len(shape) != 3 or shape[2] != 3 or self.cell.shape != (shape[0], 3, 3):
            raise ValueError(
                f"positions must be (replicas, atoms, 3) and cell (replicas, 3, 3), "
                f"got {shape} and {self.cell.shape}"
            )
        if self.species.shape != (shape[1],) or self.masses.shape != (shape[1],):
            raise ValueError(f"species and masses must be ({shape[1]},), one per atom")
        if not (np.isfinite(self.positions).all() and np.isfinite(self.cell).all()):
            bad = np.flatnonzero(~np.isfinite(self.positions).all(axis=(0, 2)))
            raise ValueError(f"positions or cell hold NaN or infinity (atoms {bad[:5].tolist()})")

    @property
    def n_replicas(self) -> int:
        return int(self.positions.shape[0])

    @property
    def n_atoms(self) -> int:
        return int(self.positions.shape[1])

    @property
    def volume(self) -> Array:
        """Volumes (R,) in Å³."""
        return np.abs(np.linalg.det(self.cell))

    def moved(self, positions: Array, cell: Array | None = None) -> System:
        """The same atoms at other positions (and in another cell)."""
        return replace(self, positions=positions, cell=self.cell if cell is None else cell)

    @classmethod
    def from_atoms(cls, atoms: Atoms, elements: tuple[str, ...], n_replicas: int = 1) -> System:
        """Copy an ASE structure `n_replicas` times; species are numbered as in `elements`.

        Raises ValueError for an element that is not in `elements`.
        """
        symbols = atoms.get_chemical_symbols()
        unknown = sorted(set(symbols) - set(elements))
        if unknown:
            raise ValueError(
                f"the potential knows {', '.join(elements)} but the structure holds {', '.join(unknown)}: "
                "use a potential trained for these elements"
            )
        return cls(
            positions=np.repeat(atoms.positions[None].astype(float), n_replicas, axis=0),
            cell=np.repeat(np.asarray(atoms.cell.array, float)[None], n_replicas, axis=0),
            species=np.array([elements.index(symbol) for symbol in symbols], dtype=np.int64),
            masses=np.asarray(atoms.get_masses(), float),
            elements=tuple(elements),
            pbc=(bool(atoms.pbc[0]), bool(atoms.pbc[1]), bool(atoms.pbc[2])),
        )

    def to_atoms(self, replica: int = 0) -> Atoms:
        """One replica as an ASE structure."""
        return Atoms(
            [self.elements[s] for s in self.species],
            positions=self.positions[replica],
            cell=self.cell[replica],
            pbc=self.pbc,
            masses=self.masses,
        )


def degrees_of_freedom(n_atoms: int) -> int:
    """N_f = 3N - 3: the total momentum is zero and stays so."""
    return 3 * n_atoms - 3
