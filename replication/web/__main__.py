"""`python -m replication.web [MATERIAL ...]`: pages in build/report, each a single file for offline use.

Without a name: the paper's page and one for every material. The pages show the content of data/ and figures/;
nothing is computed.
"""

from __future__ import annotations

import argparse
import sys

from superionic.cli import status
from superionic.provenance import write_text_atomically

from ..material_folder import all_materials
from ..paths import ROOT
from .page import material_page, paper_page

FOLDER = ROOT / "build" / "report"


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.web", description=__doc__)
    parser.add_argument("materials", nargs="*", metavar="MATERIAL")
    names = parser.parse_args().materials
    known = {material.name: material for material in all_materials()}
    if unknown := sorted(set(names) - known.keys()):
        raise ValueError(f"no material {', '.join(unknown)}; there are {', '.join(known)}")
    if not names:
        _write("index", paper_page())
    for name in names or known:
        _write(name, material_page(known[name]))
    return 0


def _write(name: str, page: str) -> None:
    path = FOLDER / f"{name}.html"
    write_text_atomically(path, page)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


if __name__ == "__main__":
    sys.exit(status("replication.web", main))
