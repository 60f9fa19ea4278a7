"""`superionic bench`: time the engines side by side on this machine and print the ratios first."""

from __future__ import annotations

import argparse
import csv
import io
import json
import platform
import sys
from pathlib import Path
from typing import Any

from ase import Atoms

from ..frames import read_structure
from ..provenance import header, sha256_file, write_text_atomically
from . import bench
from .native.build import cpu_model

DEFAULT_REPEATS = ((2, 3, 2), (4, 3, 4), (8, 6, 8))
COLUMNS = (
    "engine",
    "n_atoms",
    "n_replicas",
    "threads",
    "step",
    "steps",
    "repeats",
    "atom_steps_per_second",
    "peak_memory_MiB",
    "machine",
    "cpu",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("potential", type=Path, help="nep.txt")
    parser.add_argument("--structure", type=Path, required=True, help="any file ASE reads")
    parser.add_argument(
        "--repeat",
        type=_repetition,
        nargs="+",
        default=list(DEFAULT_REPEATS),
        metavar="AxBxC",
        help="repetitions of the structure (default: 2x3x2 4x3x4 8x6x8)",
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved repeats of every case")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one repeat")
    parser.add_argument(
        "--scaling",
        type=int,
        nargs="?",
        const=60_000,
        metavar="ATOMS",
        help="also time and memory of the native engine up to so many atoms (default 50000)",
    )
    parser.add_argument("--json", type=Path, help="write the measurements here")
    parser.add_argument("--csv", type=Path, help="write the measurements here as a table")


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write."""
    if arguments.rounds < 1 or not 0 < arguments.seconds <= 3600:
        raise ValueError("--rounds must be at least 1 and --seconds between 0 and 3600")
    if arguments.scaling is not None and arguments.scaling < 1:
        raise ValueError("--scaling takes a number of atoms")
    unit = read_structure(arguments.structure)
    if unit.cell.rank < 3:
        raise ValueError(f"{arguments.structure}: its cell is open, so it cannot be repeated")
    scaling = _scaling(arguments, unit)  # first, while the process is small
    timings: list[bench.Timing] = []
    for repetition in arguments.repeat:
        atoms = unit.repeat(repetition)
        timings += bench.measure(
            bench.cases(arguments.potential, atoms), arguments.rounds, arguments.seconds, _progress
        )
    for repetition, n_replicas in ((arguments.repeat[0], 2), (arguments.repeat[-1], 1)):
        timings += bench.measure(
            bench.thread_cases(arguments.potential, unit.repeat(repetition), n_replicas),
            arguments.rounds,
            arguments.seconds,
            _progress,
        )
    rows = [_row(timing) for timing in [*timings, *scaling]]
    print("\n".join([*_ratios(timings), *_memory(scaling), "", *_table(rows)]))
    _write(arguments, rows)
    return 0


def _scaling(arguments: argparse.Namespace, unit: Atoms) -> list[bench.Timing]:
    if not arguments.scaling:
        return []
    timings: list[bench.Timing] = []
    for repetition in bench.repeats_up_to(len(unit), arguments.scaling):
        case = bench.native_case(arguments.potential, unit.repeat(repetition))
        timings += bench.measure([case], 1, arguments.seconds, _progress, least_steps=20)
    return timings


def _repetition(text: str) -> tuple[int, int, int]:
    try:
        a, b, c = (int(part) for part in text.split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} should look like 4x3x4") from None
    if min(a, b, c) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: repeat at least once each way")
    return a, b, c


def _progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _row(timing: bench.Timing) -> dict[str, Any]:
    values = {name: getattr(timing, name) for name in COLUMNS if name not in ("repeats", "machine", "cpu")}
    return {**values, "repeats": len(timing.seconds), "machine": platform.machine(), "cpu": cpu_model()}


def _ratios(timings: list[bench.Timing]) -> list[str]:
    """Speed over calorine's at every size, and of two threads over one, for two replicas and for one."""
    lines = [f"{platform.machine()}, {cpu_model()}"]
    for peer in (t for t in timings if t.engine.startswith("calorine")):
        for timing in timings:
            if timing.n_atoms == peer.n_atoms and not timing.by_the_clock and timing is not peer:
                ratio = timing.atom_steps_per_second / peer.atom_steps_per_second
                lines.append(f"{timing.n_atoms:6d} atoms: {timing.engine} is {ratio:.3g} x {peer.engine}")
    compared = [t for t in timings if t.by_the_clock]
    for one, two in zip(compared[::2], compared[1::2], strict=True):
        gain = two.atom_steps_per_second / one.atom_steps_per_second
        what = (
            "two replicas on two threads gain" if one.n_replicas == 2 else "one replica on two threads gains"
        )
        lines.append(f"{one.n_atoms:6d} atoms: {what} {gain:.3g} x")
    return lines


def _memory(scaling: list[bench.Timing]) -> list[str]:
    """Memory of the native engine per atom, and its speed on the largest structure over the best."""
    per_atom = bench.memory_per_atom_KiB(scaling)
    if per_atom is None:
        return []
    last, best = scaling[-1], max(t.atom_steps_per_second for t in scaling)
    return [
        f"{last.n_atoms:6d} atoms: native mixed runs at {last.atom_steps_per_second / best:.3g} of its best "
        f"speed and needs {per_atom:.3g} KiB an atom"
    ]


def _table(rows: list[dict[str, Any]]) -> list[str]:
    lines = [f"{'engine':32s} {'atoms':>6s} {'k atom-steps/s':>14s} {'peak MiB':>9s}  step"]
    for row in rows:
        speed, memory = row["atom_steps_per_second"] / 1000, row["peak_memory_MiB"]
        lines.append(f"{row['engine']:32s} {row['n_atoms']:6d} {speed:14.4g} {memory:9.0f}  {row['step']}")
    return lines


def _write(arguments: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    if arguments.json:
        product = header(
            machine=platform.machine(),
            cpu=cpu_model(),
            potential_sha256=sha256_file(arguments.potential),
            timestep_fs=bench.TIMESTEP_FS,
            sample_every=bench.SAMPLE_EVERY,
            measurements=rows,
        )
        write_text_atomically(arguments.json, json.dumps(product, indent=1) + "\n")
    if arguments.csv:
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        write_text_atomically(arguments.csv, text.getvalue())
