"""Potentials and crystals that are timed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ase import Atoms

from superionic.crystals import unit_cell
from superionic.materials import load_material
from superionic.registry import fetch

from ..paths import MATERIALS, POTENTIALS, REDUCED, REGISTRY, registered_potential

Repetition = tuple[int, int, int]


@dataclass(frozen=True)
class Subject:
    """A potential and the repetitions of its crystal that make 192, 768 and 6144 atoms."""

    title: str
    csv: Path
    material: str
    model: str
    sizes: tuple[Repetition, ...]

    def potential(self) -> Path:
        """Our own, or the registered one."""
        registered = registered_potential(self.material, self.model)
        if registered is not None:
            return fetch(REGISTRY, registered)
        return POTENTIALS / self.material / f"{self.model}.txt"

    def crystal(self) -> Atoms:
        return unit_cell(load_material(MATERIALS / self.material / "material.toml"))


LI3PS4: tuple[Repetition, ...] = ((2, 3, 2), (4, 3, 4), (8, 6, 8))
CU2SE: tuple[Repetition, ...] = ((2, 2, 4), (4, 4, 4), (8, 8, 8))
SUBJECTS = (
    Subject("paper's nepA, Li₃PS₄", REDUCED / "bench.csv", "li3ps4", "nepA", LI3PS4),
    Subject("our A, Li₃PS₄", REDUCED / "bench-li3ps4-A.csv", "li3ps4", "A", LI3PS4),
    Subject("our A, Cu₂₋ₓSe", REDUCED / "bench-cu2se-A.csv", "cu2se", "A", CU2SE),
)
