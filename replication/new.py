"""`python -m replication.new NAME`: the files of a new material, from the template."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from superionic.cli import status
from superionic.provenance import write_text_atomically

from .paths import MATERIALS, ROOT

TEMPLATE = ROOT / "replication" / "template"
PLACEHOLDER = "@NAME@"


def create(name: str, folder: Path = MATERIALS) -> list[Path]:
    """Write every file of the template for a material; returns their paths.

    Raises ValueError for a name that is not a lower-case word, FileExistsError if it exists.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", name):
        raise ValueError(f"MATERIAL={name!r}: use lower-case letters and digits, as in li3ps4")
    if (folder / name).exists():
        raise FileExistsError(f"{folder / name} exists already; choose another name or edit its files")
    written = []
    for source in sorted(TEMPLATE.glob("*.toml")):
        target = folder / name / source.name
        write_text_atomically(target, source.read_text(encoding="utf-8").replace(PLACEHOLDER, name))
        written.append(target)
    return written


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.new", description=__doc__)
    parser.add_argument("name", nargs="?", default="")
    for path in create(parser.parse_args().name):
        print(path.relative_to(ROOT))
    print("next: edit material.toml and sweep.toml, put your nep.txt where the latter says, `make flux`;")
    print("without a potential, start with the labels: docs/new-material.md has both ways")
    return 0


if __name__ == "__main__":
    sys.exit(status("make new", main))
