"""`python -m replication.gpu.merge [FOLDER]`: bring what a GPU run left under build/gpu into data/.

Rows replace older ones of the same chip and engine and the others stay. A flux goes to data/flux when its
run is as long as the run file says; a shorter one stays, with a line that says how to end it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from superionic.cli import status
from superionic.flux.files import read_header

from ..data import write_registry
from ..paths import REDUCED, flux_file
from ..runs import find_run
from . import table
from .__main__ import FOLDER

TABLES = ("gpu_check.csv", "gpu_bench.csv", "gpu_kernels.csv", "gpu_limits.csv")


def merge_tables(folder: Path, into: Path) -> list[str]:
    """Names of the tables that were there."""
    merged = []
    for name in TABLES:
        rows = table.read(folder / name)
        if not rows:
            continue
        renewed = {(row["chip"], row.get("engine")) for row in rows}
        kept = [row for row in table.read(into / name) if (row["chip"], row.get("engine")) not in renewed]
        table.write(into / name, [*kept, *rows])
        merged.append(name)
    return merged


def merge_flux(packed: Path, run: str) -> str:
    """Put one packed flux in its place, or say what it lacks."""
    config = find_run(run).config
    wanted = round(config.stages[-1].duration_ps / config.segment_ps)
    made = read_header(packed)["provenance"]["segments"]
    if made != wanted:
        length = made * config.segment_ps
        remedy = f"run `make gpu` again, or set sample_ps = {length:g} for this point in sweep.toml"
        return f"{run}: {made} of {wanted} segments; {remedy}"
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
        print(merge_flux(packed, f"{packed.parent.parent.name}/{packed.parent.name}"))
    write_registry()
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.gpu.merge", main))
