"""`python -m replication.bench`: time the engines side by side on this machine, for the README's table.

Minutes. Leave the machine alone meanwhile; ratios are taken within the run, absolute speeds drift.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from ase.io import write

from superionic.cli import main as superionic
from superionic.cli import status
from superionic.crystals import unit_cell
from superionic.materials import load_material
from superionic.registry import fetch

from .paths import MATERIALS, POTENTIALS, REDUCED, REGISTRY, ROOT, registered_potential


@dataclass(frozen=True)
class Subject:
    """A potential and the repetitions of its crystal that make 192, 768 and 6144 atoms."""

    title: str
    csv: Path
    material: str
    model: str
    sizes: tuple[str, ...]

    def potential(self) -> Path:
        """Our own, or the registered one."""
        registered = registered_potential(self.material, self.model)
        if registered is not None:
            return fetch(REGISTRY, registered)
        return POTENTIALS / self.material / f"{self.model}.txt"


ROUNDS = ("--rounds", "9")
LI3PS4 = ("2x3x2", "4x3x4", "8x6x8")
SUBJECTS = (
    Subject("paper's nepA, Li₃PS₄", REDUCED / "bench.csv", "li3ps4", "nepA", LI3PS4),
    Subject("our A, Li₃PS₄", REDUCED / "bench-li3ps4-A.csv", "li3ps4", "A", LI3PS4),
    Subject("our A, Cu₂₋ₓSe", REDUCED / "bench-cu2se-A.csv", "cu2se", "A", ("2x2x4", "4x4x4", "8x8x8")),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.bench", description=__doc__)
    parser.add_argument("--no-scaling", action="store_true", help="leave out the sizes up to 60 000 atoms")
    arguments = parser.parse_args()
    for subject in SUBJECTS:
        structure = ROOT / "build" / "bench" / f"{subject.material}.xyz"
        structure.parent.mkdir(parents=True, exist_ok=True)
        write(structure, unit_cell(load_material(MATERIALS / subject.material / "material.toml")))
        sizes = ["--repeat", *subject.sizes, *ROUNDS]
        options = ["--structure", str(structure), *sizes, "--csv", str(subject.csv)]
        scaling = [] if arguments.no_scaling or subject is not SUBJECTS[0] else ["--scaling"]
        print(f"\n{subject.title}", flush=True)
        if code := superionic(["bench", str(subject.potential()), *options, *scaling]):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.bench", main))
