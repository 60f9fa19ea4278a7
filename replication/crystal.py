"""`python -m replication.crystal MATERIAL`: the Pulay correction, for `pulay_eV_per_atom` in dft.toml.

With it the stress of the labels equals the slope of their energies, dE/dV.
"""

from __future__ import annotations

import argparse

import ase.io

from superionic.cli import status
from superionic.validation.equation_of_state import Crystal, crystal_from_labels, pulay_eV_per_atom

from .paths import LABELS


def read_crystal(material: str) -> Crystal:
    """The perfect crystal of data/dft/<material>/crystal.extxyz. Raises OSError."""
    path = LABELS / material / "crystal.extxyz"
    return crystal_from_labels(list(ase.io.iread(path, index=":")))


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.crystal", description=__doc__.splitlines()[0])
    parser.add_argument("material")
    crystal = read_crystal(parser.parse_args().material)
    corrections = pulay_eV_per_atom(crystal)
    for volume, value in zip(crystal.volumes, corrections, strict=True):
        print(f"{volume:9.2f} Å³  {value:.4f} eV per atom")
    print(
        f"pulay_eV_per_atom = {corrections.mean():.3f}   # ± {corrections.std(ddof=1):.3f} over the volumes"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(status("replication.crystal", main))
