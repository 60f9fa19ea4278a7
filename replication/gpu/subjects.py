"""Potentials and crystals that checks and timings use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from superionic.crystals import unit_cell
from superionic.engines.timing import hot_system
from superionic.materials import load_material
from superionic.potentials import load_potential
from superionic.registry import fetch
from superionic.system import Array, System

from ..paths import MATERIALS, POTENTIALS, REGISTRY, registered_potential


@dataclass(frozen=True)
class Subject:
    """A material and one of its potentials."""

    material: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.material}/{self.model}"

    def potential(self) -> Path:
        """Our own, or the registered one."""
        registered = registered_potential(self.material, self.model)
        return fetch(REGISTRY, registered) if registered else POTENTIALS / self.material / f"{self.model}.txt"

    def crystal(self, repeat: tuple[int, int, int]) -> Atoms:
        return unit_cell(load_material(MATERIALS / self.material / "material.toml")).repeat(repeat)

    def hot(self, repeat: tuple[int, int, int], replicas: int) -> tuple[System, Array]:
        """Rattled replicas with velocities of 650 K."""
        return hot_system(self.crystal(repeat), load_potential(self.potential()).elements, replicas)


NEPA = Subject("li3ps4", "nepA")
OWN = (Subject("li3ps4", "A"), Subject("cu2se", "A"))
ALL = (NEPA, Subject("li3ps4", "nepC"), *OWN, Subject("cu2se", "C"))


CASES: tuple[tuple[Subject, tuple[int, int, int], int], ...] = (
    *((NEPA, repeat, 1) for repeat in ((2, 3, 2), (4, 3, 4), (8, 6, 8), (16, 12, 16), (32, 24, 32))),
    *((NEPA, (4, 3, 4), replicas) for replicas in (8, 64, 128, 512)),
    (NEPA, (2, 3, 2), 64),
    (NEPA, (8, 6, 8), 4),
    *((own, (8, 6, 8) if own.material == "li3ps4" else (8, 8, 8), 1) for own in OWN),
    *((own, (4, 3, 4) if own.material == "li3ps4" else (4, 4, 4), 128) for own in OWN),
    (OWN[0], (16, 12, 16), 1),
)
"""What is timed: potential, repetitions of its crystal, replicas."""


def stirred(system: System, seed: int = 4) -> System:
    """Replicas in cells of their own: strained at random by up to two per cent."""
    rng = np.random.default_rng(seed)
    strain = np.eye(3) + np.tril(rng.uniform(-0.02, 0.02, (system.n_replicas, 3, 3)))
    return system.moved(system.positions @ strain, system.cell @ strain)
