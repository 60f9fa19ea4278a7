"""The potentials and crystals that the GPU is checked and timed with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from superionic.crystals import unit_cell
from superionic.engines.timing import hot_system
from superionic.potentials import load_potential
from superionic.system import Array, System

from ..material_folder import MaterialFolder
from ..potential_files import potential_file


@dataclass(frozen=True)
class BenchmarkSystem:
    """A material and one of its potentials."""

    material: str
    model: str

    @property
    def name(self) -> str:
        """Material/model, as in the tables."""
        return f"{self.material}/{self.model}"

    def potential(self) -> Path:
        """The nep.txt, downloaded if need be."""
        return potential_file(self.material, self.model)

    def crystal(self, repeat: tuple[int, int, int]) -> Atoms:
        """A supercell of the perfect crystal."""
        return unit_cell(MaterialFolder(self.material).material).repeat(repeat)

    def hot(self, repeat: tuple[int, int, int], replicas: int) -> tuple[System, Array]:
        """Rattled replicas with velocities of 650 K."""
        return hot_system(self.crystal(repeat), load_potential(self.potential()).elements, replicas)


NEPA = BenchmarkSystem("li3ps4", "nepA")
OWN = (BenchmarkSystem("li3ps4", "A"), BenchmarkSystem("cu2se", "A"))
ALL = (NEPA, BenchmarkSystem("li3ps4", "nepC"), *OWN, BenchmarkSystem("cu2se", "C"))

CASES: tuple[tuple[BenchmarkSystem, tuple[int, int, int], int], ...] = (
    *((NEPA, repeat, 1) for repeat in ((2, 3, 2), (4, 3, 4), (8, 6, 8), (16, 12, 16), (32, 24, 32))),
    *((NEPA, (4, 3, 4), replicas) for replicas in (8, 64, 128, 512)),
    (NEPA, (2, 3, 2), 64),
    (NEPA, (8, 6, 8), 4),
    *((own, (8, 6, 8) if own.material == "li3ps4" else (8, 8, 8), 1) for own in OWN),
    *((own, (4, 3, 4) if own.material == "li3ps4" else (4, 4, 4), 128) for own in OWN),
    (OWN[0], (16, 12, 16), 1),
)
"""What is timed: system, repetitions of its unit cell, replicas."""


def strained(system: System, seed: int = 4) -> System:
    """Each replica strained at random by up to two per cent, so that all cells differ."""
    rng = np.random.default_rng(seed)
    strain = np.eye(3) + np.tril(rng.uniform(-0.02, 0.02, (system.n_replicas, 3, 3)))
    return system.moved(system.positions @ strain, system.cell @ strain)
