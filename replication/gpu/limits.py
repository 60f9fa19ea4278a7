"""How near the chip's limits are the kernels? Counters of Nsight Compute, where `ncu` is installed."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

from superionic.cli import status
from superionic.engines.cuda_engine import CudaEngine

from . import table
from .subjects import NEPA

KERNELS = ("site", "gather", "neighbours", "mirror")
METRICS = {
    "gpu__time_duration.sum": "microseconds",
    "smsp__issue_active.avg.pct_of_peak_sustained_active": "issue_slots_percent",
    "sm__pipe_fma_cycles_active.avg.pct_of_peak_sustained_active": "fma_pipe_percent",
    "l1tex__throughput.avg.pct_of_peak_sustained_elapsed": "l1_percent",
    "lts__throughput.avg.pct_of_peak_sustained_elapsed": "l2_percent",
    "dram__throughput.avg.pct_of_peak_sustained_elapsed": "dram_percent",
    "sm__warps_active.avg.per_cycle_active": "warps",
    "smsp__inst_executed.sum": "warp_instructions",
}
"""Counter -> column: fractions of what the chip can issue, multiply and add, and move."""

CASES = (((4, 3, 4), 128), ((8, 6, 8), 1))


def run(folder: Path) -> None:
    """One evaluation of each case under the profiler; the table holds a row a kernel."""
    if shutil.which("ncu") is None:
        print("ncu is not installed: no counters", flush=True)
        return
    rows: list[dict[str, object]] = []
    for number, (repeat, replicas) in enumerate(CASES):
        command = ["ncu", "--csv", "--print-units", "base", "--metrics", ",".join(METRICS)]
        command += ["-k", "regex:^(" + "|".join(KERNELS) + ")$", "-c", str(len(KERNELS))]
        command += [sys.executable, "-m", "replication.gpu.limits", str(number)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"ncu failed, no counters: {done.stdout[-500:]} {done.stderr[-500:]}", flush=True)
            return
        n_atoms = len(NEPA.crystal(repeat))
        rows += [
            {**table.stamp(), "n_atoms": n_atoms, "n_replicas": replicas, **row} for row in parse(done.stdout)
        ]
        table.write(folder / "gpu_limits.csv", rows)


def parse(output: str) -> list[dict[str, object]]:
    """A row a kernel from the long table that `ncu --csv` prints."""
    lines = [line for line in output.splitlines() if line.startswith('"')]
    kernels: dict[str, dict[str, object]] = {}
    for line in csv.DictReader(lines):
        column = METRICS.get(line["Metric Name"])
        if column is None:
            continue
        value = float(line["Metric Value"].replace(",", ""))
        value /= 1000 if column == "microseconds" else 1  # ns
        name = line["Kernel Name"].split("(")[0]
        kernels.setdefault(line["ID"], {"kernel": name})[column] = round(value, 3)
    return list(kernels.values())


def main() -> int:
    """One evaluation, to be profiled."""
    repeat, replicas = CASES[int(sys.argv[1])]
    system, _ = NEPA.hot(repeat, replicas)
    CudaEngine(NEPA.potential()).compute(system)
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.gpu.limits", main))
