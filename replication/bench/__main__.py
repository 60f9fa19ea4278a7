"""`python -m replication.bench`: time the engines side by side on this machine, for docs/benchmarks.md.

Takes minutes. Leave the machine idle meanwhile: ratios are taken within the run, absolute speeds drift.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ase import Atoms

from superionic.cli import status

from . import table
from .cases import cases, native_case, thread_cases
from .systems import SYSTEMS, Repetition
from .timing import Timing, measure, repeats_up_to

ROUNDS, SECONDS = 9, 1.0
SCALING_ATOMS = 60_000


def time_all(
    potential: Path, unit: Atoms, sizes: Sequence[Repetition], rounds: int, seconds: float, largest: int
) -> tuple[list[Timing], list[Timing]]:
    """Timings of engines and threads at several sizes, and of the native engine up to `largest` atoms."""
    scaling: list[Timing] = []  # first, while the peak memory of the process is small
    for repeat in repeats_up_to(len(unit), largest):
        case = native_case(potential, unit.repeat(repeat))
        scaling += measure([case], 1, seconds, _progress, min_steps=20)
    timings: list[Timing] = []
    for repeat in sizes:
        timings += measure(cases(potential, unit.repeat(repeat)), rounds, seconds, _progress)
    for repeat, n_replicas in ((sizes[0], 2), (sizes[-1], 1)):
        compared = thread_cases(potential, unit.repeat(repeat), n_replicas)
        timings += measure(compared, rounds, seconds, _progress)
    return timings, scaling


def _progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.bench", description=__doc__)
    parser.add_argument("--no-scaling", action="store_true", help="skip the sizes up to 60 000 atoms")
    arguments = parser.parse_args()
    for system in SYSTEMS:
        print(f"\n{system.title}", flush=True)
        largest = 0 if arguments.no_scaling or system is not SYSTEMS[0] else SCALING_ATOMS
        timings, scaling = time_all(
            system.potential(), system.crystal(), system.sizes, ROUNDS, SECONDS, largest
        )
        print("\n".join(table.printed(timings, scaling)))
        table.write(system.csv, [*timings, *scaling])
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.bench", main))
