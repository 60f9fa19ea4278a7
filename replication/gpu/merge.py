"""`python -m replication.gpu.merge [FOLDER]`: copy the products of a GPU run from build/gpu into data/.

Rows replace older rows of the same chip and engine. A flux file is copied to data/flux once its run is as
long as sweep.toml specifies; for a shorter one a message explains how to finish it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from superionic.cli import status
from superionic.flux.files import read_header
from superionic.tables import read_table, write_records

from ..data import register
from ..paths import REDUCED, flux_file
from ..runs import find_run
from .__main__ import FOLDER

TABLES = ("gpu_check.csv", "gpu_bench.csv", "gpu_kernels.csv", "gpu_limits.csv")


def merge_tables(folder: Path, into: Path) -> list[str]:
    """Merge the tables of `folder` into those of `into`; returns the names of the tables found."""
    merged = []
    for name in TABLES:
        rows = read_table(folder / name, missing_ok=True)
        if not rows:
            continue
        replaced = {(row["chip"], row.get("engine")) for row in rows}
        older = read_table(into / name, missing_ok=True)
        kept = [row for row in older if (row["chip"], row.get("engine")) not in replaced]
        write_records(into / name, [*kept, *rows])
        merged.append(name)
    return merged


def merge_flux(packed: Path, run: str) -> str:
    """Copy one complete flux file to data/flux; returns where to, or how many segments are missing."""
    config = find_run(run).config
    expected = round(config.stages[-1].duration_ps / config.segment_ps)
    made = read_header(packed)["provenance"]["segments"]
    if made != expected:
        length = made * config.segment_ps
        remedy = f"run `make gpu` again, or set sample_ps = {length:g} for this point in sweep.toml"
        return f"{run}: {made} of {expected} segments; {remedy}"
    target = flux_file(run)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(packed, target)
    return f"{run}: {target}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.gpu.merge", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    for name in merge_tables(folder, REDUCED):
        print(REDUCED / name)
    for packed in sorted((folder / "runs").glob("*/*/flux.npz")):
        run = f"{packed.parent.parent.name}/{packed.parent.name}"
        print(merge_flux(packed, run))
        if flux_file(run).exists():
            register(f"{run}/flux.npz")
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.gpu.merge", main))
