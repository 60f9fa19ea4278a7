"""`python -m replication.crystal MATERIAL`: the Pulay correction, for `pulay_eV_per_atom` in dft.toml.

It makes the stress of the labels the slope of their energies.
"""

from __future__ import annotations

import argparse

import ase.io

from superionic.cli import status
from superionic.validation.equation_of_state import Crystal, crystal_from_labels, pulay_eV_per_atom

from .paths import ROOT


def read_crystal(material: str) -> Crystal:
    """From data/dft/<material>/crystal.extxyz. Raises OSError."""
    path = ROOT / "data" / "dft" / material / "crystal.extxyz"
    return crystal_from_labels(list(ase.io.iread(path, index=":")))


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.crystal", description=__doc__.splitlines()[0])
    parser.add_argument("material")
    crystal = read_crystal(parser.parse_args().material)
    found = pulay_eV_per_atom(crystal)
    for volume, value in zip(crystal.volumes, found, strict=True):
        print(f"{volume:9.2f} Å³  {value:.4f} eV per atom")
    print(f"pulay_eV_per_atom = {found.mean():.3f}   # ± {found.std(ddof=1):.3f} over the volumes")
    return 0


if __name__ == "__main__":
    raise SystemExit(status("replication.crystal", main))
