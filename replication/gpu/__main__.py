"""`python -m replication.gpu`: check the CUDA engine on this machine's GPU, time it, then produce flux.

What comes out lies under build/gpu and is whole at any moment: a killed run loses at most one segment. The
same command goes on where it was; `python -m replication.gpu.merge` brings the products into data/.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from superionic.cli import status

from ..paths import ROOT
from . import bench, check, limits, produce

FOLDER = ROOT / "build" / "gpu"
RUNS = ("li3ps4/nepA-650K-6144", "li3ps4/nepC-650K-6144")


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.gpu", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="stop production after so long in all")
    parser.add_argument("--only", nargs="+", choices=("check", "bench", "produce"), help="leave out the rest")
    parser.add_argument("--runs", nargs="+", default=list(RUNS), help="what to produce, in this order")
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
        produce.run(arguments.out, arguments.runs, started + arguments.seconds)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(status("replication.gpu", main))
