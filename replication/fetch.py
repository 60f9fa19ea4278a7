"""`python -m replication.fetch [RUN ...]`: download the public files that runs need, before starting them.

Afterwards the runs need no network, which compute nodes of a cluster often lack.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from superionic.cli import status
from superionic.config import relative_to
from superionic.registry import fetch

from .runs import described_runs, find_run


def public_files(runs: list[str]) -> dict[str, Path]:
    """The public files that these runs read, name -> registry. Raises ValueError for an unknown run."""
    files = {}
    for run in runs:
        point = find_run(run)
        source = point.config.potential
        if source.name is not None and source.registry is not None:
            files[source.name] = relative_to(point.file, source.registry)
    return files


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.fetch", description=__doc__)
    parser.add_argument("runs", nargs="*", metavar="RUN", help="<material>/<point> (default: all)")
    parser.add_argument("--into", type=Path, help="also copy them to this folder, for SUPERIONIC_MIRROR")
    arguments = parser.parse_args()
    files = public_files(arguments.runs or list(described_runs()))
    for name, registry in files.items():
        path = fetch(registry, name)
        if arguments.into is not None:
            copy = arguments.into / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            path = Path(shutil.copyfile(path, copy))
        print(f"{name:20} {path}")
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.fetch", main))
