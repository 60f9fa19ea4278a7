"""`python -m replication.bench`: time the engines side by side on this machine, for the README's table.

Minutes. Leave the machine alone meanwhile; ratios are taken within the run, absolute speeds drift.
"""

from __future__ import annotations

import argparse
import sys

from ase.io import write

from superionic.cli import main as superionic
from superionic.materials import load_material, unit_cell
from superionic.registry import fetch

from .paths import BENCH, MATERIALS, REGISTRY, ROOT

SIZES = ("2x3x2", "4x3x4", "8x6x8")
"""192, 768 and 6144 atoms of Li3PS4, as in the paper's cell."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.bench", description=__doc__)
    parser.add_argument("--no-scaling", action="store_true", help="leave out the sizes up to 60 000 atoms")
    arguments = parser.parse_args()
    structure = ROOT / "build" / "bench" / "li3ps4.xyz"
    structure.parent.mkdir(parents=True, exist_ok=True)
    write(structure, unit_cell(load_material(MATERIALS / "li3ps4" / "material.toml")))
    potential = fetch(REGISTRY, "li3ps4/nepA.txt")
    options = ["--structure", str(structure), "--repeat", *SIZES, "--csv", str(BENCH)]
    return superionic(["bench", str(potential), *options, *([] if arguments.no_scaling else ["--scaling"])])


if __name__ == "__main__":
    sys.exit(main())
