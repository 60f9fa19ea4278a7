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
    """Write material.toml and runs/first.toml of a material; returns their paths.

    Raises ValueError for a name that is no plain lower-case word, FileExistsError if it exists.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", name):
        raise ValueError(f"MATERIAL={name!r}: use lower-case letters and digits, as in li3ps4")
    if (folder / name).exists():
        raise FileExistsError(f"{folder / name} exists already; choose another name or edit its files")
    targets = {
        TEMPLATE / "material.toml": folder / name / "material.toml",
        TEMPLATE / "run.toml": folder / name / "runs" / "first.toml",
    }
    for source, target in targets.items():
        write_text_atomically(target, source.read_text(encoding="utf-8").replace(PLACEHOLDER, name))
    return list(targets.values())


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.new", description=__doc__)
    parser.add_argument("name", nargs="?", default="")
    for path in create(parser.parse_args().name):
        print(path.relative_to(ROOT))
    print("next: edit them, put your nep.txt where the run file says, `make flux`; see docs/new-material.md")
    return 0


if __name__ == "__main__":
    sys.exit(status("make new", main))
