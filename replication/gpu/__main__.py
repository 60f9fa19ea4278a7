"""`python -m replication.gpu`: check the CUDA engine on this machine's GPU, time it, then produce flux.

Products go to build/gpu and are complete at any moment: a killed run loses at most one segment. The same
command resumes from the last segment; `python -m replication.gpu.merge` copies the products into data/.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from superionic.cli import status
from superionic.md.config import RunConfig

from ..flux import is_current
from ..paths import ROOT
from ..runs import described_runs
from . import bench, check, limits, produce

FOLDER = ROOT / "build" / "gpu"


def waiting() -> list[str]:
    """Runs that need a GPU and whose flux is missing or too short, the largest cells last."""
    runs = [name for name, point in described_runs().items() if point.gpu and not is_current(name)]
    return sorted(runs, key=lambda name: (_volume(described_runs()[name].config), name))


def _volume(config: RunConfig) -> float:
    """Volume of the supercell in unit cells, proportional to the number of atoms within a material."""
    rows = np.array(config.supercell, dtype=float)
    return float(abs(np.linalg.det(np.diag(rows) if rows.ndim == 1 else rows)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.gpu", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="stop production after this total time")
    parser.add_argument("--only", nargs="+", choices=("check", "bench", "produce"), help="only these stages")
    parser.add_argument(
        "--runs",
        nargs="+",
        help="runs to produce, in this order (default: all that need a GPU and have no flux)",
    )
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    started = time.monotonic()
    stages = arguments.only or ("check", "bench", "produce")
    arguments.out.mkdir(parents=True, exist_ok=True)
    passed = True
    if "check" in stages:
        passed = check.run(arguments.out)
    if "bench" in stages:
        bench.run(arguments.out)
        limits.run(arguments.out)
    if "produce" in stages and passed:
        produce.run(arguments.out, arguments.runs or waiting(), started + arguments.seconds)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(status("replication.gpu", main))
