"""`python -m replication.gpu`: check the CUDA engine on this machine's GPU, time it, then produce flux.

What comes out lies under build/gpu and is whole at any moment: a killed run loses at most one segment. The
same command resumes from the last segment; `python -m replication.gpu.merge` brings the products into data/.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from superionic.cli import status

from ..flux import is_current
from ..paths import MATERIALS, ROOT
from . import bench, check, limits, produce

FOLDER = ROOT / "build" / "gpu"


def waiting() -> list[str]:
    """Runs that want a GPU and have no flux in full length, the largest cells last."""
    runs = [f"{path.parents[2].name}/{path.stem}" for path in MATERIALS.glob("*/runs/large/*.toml")]
    return sorted((run for run in runs if not is_current(run)), key=lambda run: (_atoms(run), run))


def _atoms(run: str) -> int:
    return int(run.rpartition("-")[2])


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.gpu", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="stop production after so long in all")
    parser.add_argument("--only", nargs="+", choices=("check", "bench", "produce"), help="leave out the rest")
    parser.add_argument(
        "--runs",
        nargs="+",
        help="what to produce, in this order (default: all in a folder `large` without flux)",
    )
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    started = time.monotonic()
    wanted = arguments.only or ("check", "bench", "produce")
    arguments.out.mkdir(parents=True, exist_ok=True)
    passed = True
    if "check" in wanted:
        passed = check.run(arguments.out)
    if "bench" in wanted:
        bench.run(arguments.out)
        limits.run(arguments.out)
    if "produce" in wanted and passed:
        produce.run(arguments.out, arguments.runs or waiting(), started + arguments.seconds)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(status("replication.gpu", main))
