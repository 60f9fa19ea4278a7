"""Results of calorine 3.0 for files with typewise cutoffs, which later versions of it do not read.

GPUMD's `nep` wrote such files in 2024 and 2025, and so did `gnep`. To make `typewise_cutoffs.json` anew,
install calorine 3.0 where this repository can be imported: `python -m tests.nep.bake_typewise_cutoffs`.
"""

from __future__ import annotations

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

from ase import Atoms

from superionic.nep.format import write_nep
from tests.models import calorine_results, random_parameters, random_structure

GOLDEN = Path(__file__).with_name("typewise_cutoffs.json")

FACTORS = {
    "cutoffs": (1.5, 1.25, -1.0),
    "cutoffs and ZBL": (1.6, 1.3, 0.65),
    "ZBL": (-1.0, -1.0, 0.7),
}
"""Radial, angular and ZBL factor of the cutoff line; -1 for none."""


def write_older_file(path: Path, factors: tuple[float, float, float]) -> None:
    """A model of random parameters whose cutoff line ends with the three factors."""
    parameters = random_parameters(zbl=(1.2, 2.4), l_max=(4, 2, 0), n_max=(3, 2), neurons=4, seed=6)
    write_nep(path, parameters)
    lines = path.read_text().splitlines()
    lines[2] = " ".join([lines[2], *(f"{factor:g}" for factor in factors)])
    path.write_text("\n".join(lines) + "\n")


def structure() -> Atoms:
    """Atoms as close as the repulsion reaches."""
    return random_structure(("Li", "P", "S"), 12, 6.0, seed=3)


def main() -> None:
    """Write the results of every file."""
    if (found := version("calorine")) != "3.0":
        raise SystemExit(f"calorine {found} does not read typewise cutoffs: install calorine 3.0")
    results = {}
    with tempfile.TemporaryDirectory() as directory:
        for name, factors in FACTORS.items():
            path = Path(directory) / "nep.txt"
            write_older_file(path, factors)
            energies, forces, virials = calorine_results(path, structure())
            results[name] = {
                "site_energies": energies.tolist(),
                "forces": forces.tolist(),
                "atomic_virials": virials.tolist(),
            }
    GOLDEN.write_text(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
