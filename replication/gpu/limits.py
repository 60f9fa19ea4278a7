"""Utilisation of the GPU by each kernel: counters of Nsight Compute, where `ncu` is installed."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

from superionic.cli import status
from superionic.engines.cuda_engine import CudaEngine
from superionic.tables import write_records

from .device import device_columns
from .systems import NEPA

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
"""Counter -> column: fractions of the peak issue, FMA and memory rates."""

CASES = (((4, 3, 4), 128), ((8, 6, 8), 1))


def run(folder: Path) -> None:
    """One evaluation of each case under the profiler; one row per kernel."""
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
            {**device_columns(), "n_atoms": n_atoms, "n_replicas": replicas, **row}
            for row in parse(done.stdout)
        ]
        write_records(folder / "gpu_limits.csv", rows)


def parse(output: str) -> list[dict[str, object]]:
    """One row per kernel from the long table that `ncu --csv` prints."""
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
    """One evaluation, run under the profiler."""
    repeat, replicas = CASES[int(sys.argv[1])]
    system, _ = NEPA.hot(repeat, replicas)
    CudaEngine(NEPA.potential()).compute(system)
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.gpu.limits", main))
