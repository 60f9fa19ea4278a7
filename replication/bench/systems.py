"""The potentials and crystals that are timed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ase import Atoms

from superionic.crystals import unit_cell

from ..material_folder import MaterialFolder
from ..paths import REDUCED
from ..potential_files import potential_file

Repetition = tuple[int, int, int]


@dataclass(frozen=True)
class BenchmarkSystem:
    """A potential and the repetitions of its unit cell that make 192, 768 and 6144 atoms."""

    title: str
    csv: Path
    material: str
    model: str
    sizes: tuple[Repetition, ...]

    def potential(self) -> Path:
        """The nep.txt, downloaded if need be."""
        return potential_file(self.material, self.model)

    def crystal(self) -> Atoms:
        """The unit cell."""
        return unit_cell(MaterialFolder(self.material).material)


LI3PS4: tuple[Repetition, ...] = ((2, 3, 2), (4, 3, 4), (8, 6, 8))
CU2SE: tuple[Repetition, ...] = ((2, 2, 4), (4, 4, 4), (8, 8, 8))
SYSTEMS = (
    BenchmarkSystem("paper's nepA, Li₃PS₄", REDUCED / "bench.csv", "li3ps4", "nepA", LI3PS4),
    BenchmarkSystem("our A, Li₃PS₄", REDUCED / "bench-li3ps4-A.csv", "li3ps4", "A", LI3PS4),
    BenchmarkSystem("our A, Cu₂₋ₓSe", REDUCED / "bench-cu2se-A.csv", "cu2se", "A", CU2SE),
)
