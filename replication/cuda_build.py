"""`python -m replication.cuda_build`: resource use of the compiled CUDA kernels; needs no GPU.

Registers, spilled bytes, shared memory and resident warps per multiprocessor (occupancy), for the shapes of
the paper's potentials and of ours, on two GPU generations. `--check` compiles again and fails if a kernel
spills more than the table states.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from superionic.cli import status
from superionic.engines.cuda.batch import ATOM_THREADS, BLOCK_THREADS, GATHER_ATOMS, LIST_THREADS
from superionic.engines.cuda.build import Resources, compile_cubin
from superionic.engines.cuda.layout import LANES, KernelShape, kernel_shape
from superionic.potentials import load_potential
from superionic.tables import read_table, write_records

from .paths import POTENTIALS, REDUCED

TABLE = REDUCED / "cuda_build.csv"
SPILL_SLACK_BYTES = 8
"""Minor versions of the compiler differ by a register or two."""


@dataclass(frozen=True)
class Chip:
    """Limits of a multiprocessor: 32-bit registers, bytes of shared memory, resident warps and blocks."""

    registers: int
    shared_bytes: int
    warps: int = 64
    blocks: int = 32


CHIPS = {"sm_80": Chip(65536, 164 * 1024), "sm_90": Chip(65536, 228 * 1024)}
RESERVED_BYTES = 1024
"""Shared memory reserved by the system for every block."""

PAPER_SHAPE = KernelShape(
    n_types=3,
    n_radial=11,
    n_angular=11,
    k_radial=11,
    k_angular=11,
    l_max=4,
    four_body=True,
    five_body=False,
    n_neurons=30,
    zbl=False,
    max_radial=64,
    max_angular=40,
)
"""Of the paper's potentials of Li₃PS₄, which are not part of the repository."""


def shapes() -> dict[str, KernelShape]:
    """The compiled shapes, by the name of a potential."""
    neighbour_limits = {"li3ps4/A": (96, 40), "cu2se/A": (112, 48)}
    ours = {
        name: kernel_shape(load_potential(POTENTIALS / f"{name}.txt").shape, *limits)
        for name, limits in neighbour_limits.items()
    }
    return {"li3ps4/nepA": PAPER_SHAPE, **ours}


def threads_and_shared(kernel: str, shape: KernelShape) -> tuple[int, int]:
    """Threads of a block and its dynamic shared memory (batch.py), the list with room for 128 candidates."""
    if kernel == "site":
        return shape.site_threads, shape.site_threads // LANES * shape.surroundings_bytes
    if kernel == "gather":
        return GATHER_ATOMS * LANES, 8 * GATHER_ATOMS * (shape.n_sums + 1)
    if kernel in ("close_step", "scan"):
        rows = BLOCK_THREADS // LANES * shape.n_sums
        return BLOCK_THREADS, 8 * (BLOCK_THREADS + rows) if kernel == "close_step" else 4 * BLOCK_THREADS
    if kernel in ("order", "neighbours", "mirror"):
        return LIST_THREADS, 4 * LIST_THREADS // LANES * 128 if kernel == "neighbours" else 0
    return ATOM_THREADS, 8 * ATOM_THREADS if kernel in ("kick", "move_cell") else 0


def resident_warps(chip: Chip, registers: int, threads: int, shared: int) -> int:
    """Resident warps of one kernel per multiprocessor. Registers are allocated to warps in units of 256."""
    warps = threads // LANES
    by_registers = chip.registers // (-(-registers * LANES // 256) * 256) // warps
    by_shared = chip.shared_bytes // (shared + RESERVED_BYTES)
    return warps * min(by_registers, by_shared, chip.blocks, chip.warps // warps)


def rows() -> list[dict[str, object]]:
    """Compile every shape for every chip: half a minute."""
    records: list[dict[str, object]] = []
    for name, shape in shapes().items():
        for architecture, chip in CHIPS.items():
            for kernel in compile_cubin(shape, architecture)[1]:
                records.append({"potential": name, "chip": architecture, **_row(kernel, shape, chip)})
    return records


def _row(kernel: Resources, shape: KernelShape, chip: Chip) -> dict[str, object]:
    threads, shared = threads_and_shared(kernel.kernel, shape)
    return {
        "kernel": kernel.kernel,
        "threads": threads,
        "registers": kernel.registers,
        "spill_bytes": kernel.spill_bytes,
        "shared_bytes": shared,
        "warps": resident_warps(chip, kernel.registers, threads, shared),
    }


def regressions(now: list[dict[str, object]], before: list[dict[str, str]]) -> list[str]:
    """Kernels that spill more than the table states, or are not in it."""
    known = {(row["potential"], row["chip"], row["kernel"]): int(row["spill_bytes"]) for row in before}
    faults = []
    for row in now:
        key = (str(row["potential"]), str(row["chip"]), str(row["kernel"]))
        spill, allowed = int(str(row["spill_bytes"])), known.get(key)
        if allowed is None:
            faults.append(f"{' '.join(key)}: not in the table, run python -m replication.cuda_build")
        elif spill > allowed + SPILL_SLACK_BYTES:
            faults.append(f"{' '.join(key)}: spills {spill} bytes, {allowed} in the table")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.cuda_build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the table instead of writing it")
    parser.add_argument("--table", type=Path, default=TABLE)
    arguments = parser.parse_args()
    records = rows()
    if arguments.check:
        faults = regressions(records, read_table(arguments.table, missing_ok=True))
        print("\n".join(faults) if faults else "no kernel spills more than the table states")
        return 1 if faults else 0
    write_records(arguments.table, records)
    print(arguments.table)
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.cuda_build", main))
