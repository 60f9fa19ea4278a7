"""Energy of the antifluorite crystal of Cu2Se (3 atoms) at five lattice constants, by settings.

    OMP_NUM_THREADS=1 .venv-dft/bin/python data/dft/cu2se/paw_sets/compute.py

An hour of one core; each energy is appended to energies.csv when it is done, and what stands there is not
done again. PAW sets other than GPAW's own are generated into build/paw_sets first. The table is read by
`python -m replication.paw_sets`.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

from ase import Atoms
from gpaw import GPAW, PW, FermiDirac, setup_paths

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
TABLE = HERE / "energies.csv"
SETS = ROOT / "build" / "paw_sets"

LATTICE_CONSTANTS_A = (5.85, 5.95, 5.75, 6.05, 5.65)
GENERATED = {
    "Cu.new11": ("Cu", "4s,s,4p,p,3d,d", "2.1"),
    "Cu.sc19": ("Cu", "3s,4s,3p,4p,3d,d,F", "1.9"),
    "Se.sc16": ("Se", "4s,s,4p,p,3d,d,F", "2.0"),
}
"""Tag of a set -> element, projectors, radius in Bohr (`gpaw dataset`)."""

AS_LABELLED = {"cutoff_eV": 400, "width_eV": 0.1, "mesh": 6}
SETTINGS: dict[str, dict] = {
    "as labelled": {},
    "cutoff 500 eV": {"cutoff_eV": 500},
    "cutoff 700 eV": {"cutoff_eV": 700},
    "cutoff 1000 eV": {"cutoff_eV": 1000},
    "10x10x10 k-points": {"mesh": 10},
    "width 0.02 eV, 10x10x10 k-points": {"width_eV": 0.02, "mesh": 10},
    "grid of 0.10 Å": {"options": {"h": 0.10}},
    "Cu with 11 electrons, new set": {"cutoff_eV": 900, "options": {"setups": {"Cu": "new11"}}},
    "Cu with 19 electrons": {"cutoff_eV": 1100, "options": {"setups": {"Cu": "sc19"}}},
    "Se with 16 electrons": {"cutoff_eV": 900, "options": {"setups": {"Se": "sc16"}}},
    "Cu with 19, Se with 16 electrons": {
        "cutoff_eV": 1100,
        "options": {"setups": {"Cu": "sc19", "Se": "sc16"}},
    },
}
"""What differs from the labels: plane waves, Fermi width, mesh of k-points, PAW sets."""


def generate() -> None:
    """PAW sets that GPAW does not bring along."""
    SETS.mkdir(parents=True, exist_ok=True)
    setup_paths.insert(0, str(SETS))
    for name, (element, projectors, radius) in GENERATED.items():
        if not (SETS / f"{name}.PBE").exists():
            options = ["-f", "PBE", "-P", projectors, "-r", radius, "-w", "-t", name.split(".")[1], element]
            subprocess.run([sys.executable, "-m", "gpaw", "dataset", *options], check=True, cwd=SETS)


def energy_eV(lattice_constant_A: float, settings: dict) -> float:
    """Free energy of the electrons of Cu2Se, whose slope the forces are."""
    half = lattice_constant_A / 2
    crystal = Atoms(
        "SeCu2",
        scaled_positions=[(0, 0, 0), (0.25, 0.25, 0.25), (0.75, 0.75, 0.75)],
        cell=[(0, half, half), (half, 0, half), (half, half, 0)],
        pbc=True,
    )
    s = {**AS_LABELLED, **settings}
    crystal.calc = GPAW(
        mode=PW(s["cutoff_eV"]),
        xc="PBE",
        kpts={"size": (s["mesh"],) * 3},
        occupations=FermiDirac(s["width_eV"]),
        convergence={"density": 1e-5, "energy": 1e-5},
        txt=None,
        **s.get("options", {}),
    )
    return float(crystal.get_potential_energy(force_consistent=True))


def main() -> None:
    generate()
    done = set()
    if TABLE.exists():
        with TABLE.open(encoding="utf-8", newline="") as handle:
            done = {(row["settings"], float(row["lattice_constant_A"])) for row in csv.DictReader(handle)}
    else:
        TABLE.write_text("settings,lattice_constant_A,free_energy_eV,seconds\n", encoding="utf-8")
    for name, settings in SETTINGS.items():
        for a in LATTICE_CONSTANTS_A:
            if (name, a) in done:
                continue
            started = time.perf_counter()
            energy = energy_eV(a, settings)
            with TABLE.open("a", encoding="utf-8", newline="") as handle:
                csv.writer(handle, lineterminator="\n").writerow(
                    [name, a, repr(energy), f"{time.perf_counter() - started:.1f}"]
                )
                handle.flush()
                os.fsync(handle.fileno())
            print(name, a, energy, flush=True)


if __name__ == "__main__":
    main()
