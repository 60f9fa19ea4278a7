"""`superionic bench POTENTIAL --structure FILE`: speed of every engine here, so how long a run will take."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..frames import read_structure
from ..potentials import load_potential
from . import ENGINES
from .timing import atom_steps_per_second, step_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("potential", type=Path, help="potential file (nep.txt)")
    parser.add_argument("--structure", type=Path, required=True, help="any file ASE reads")
    parser.add_argument(
        "--repeat", type=repetition, default=(1, 1, 1), metavar="AxBxC", help="repeat the structure"
    )
    parser.add_argument("--replicas", type=int, default=1, help="replicas that run together")
    parser.add_argument("--threads", type=int, default=None, help="threads of the native engine")
    parser.add_argument("--rounds", type=int, default=3, help="repeats, of which the median counts")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one repeat")


def run(arguments: argparse.Namespace) -> int:
    """Time one engine after the other and print a line each; those that cannot run say why."""
    if arguments.rounds < 1 or arguments.replicas < 1 or not 0 < arguments.seconds <= 3600:
        raise ValueError("--rounds and --replicas must be at least 1, and --seconds between 0 and 3600")
    potential = load_potential(arguments.potential)
    unit = read_structure(arguments.structure)
    if unit.cell.rank < 3 and arguments.repeat != (1, 1, 1):
        raise ValueError(f"{arguments.structure}: its cell is open, so it cannot be repeated")
    atoms = unit.repeat(arguments.repeat)
    print(f"{arguments.replicas} x {len(atoms)} atoms")
    for entry in ENGINES.values():
        try:
            engine = entry.load(potential, threads=arguments.threads)
        except (ValueError, RuntimeError) as reason:  # cannot run here, or does not cover the potential
            print(f"{entry.name:16s} {reason}")
            continue
        speed = atom_steps_per_second(engine, atoms, arguments.replicas, arguments.rounds, arguments.seconds)
        hours = 1e6 * len(atoms) * arguments.replicas / speed / 3600
        print(
            f"{engine.name + ' ' + engine.precision:16s} {speed:10.4g} atom-steps/s"
            f" ({step_of(engine)}), {hours:.3g} h for 1 ns at 1 fs, {engine.device}",
            flush=True,
        )
    return 0


def repetition(text: str) -> tuple[int, int, int]:
    """Three whole numbers of "4x3x4"; raises ArgumentTypeError."""
    try:
        a, b, c = (int(part) for part in text.split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} should look like 4x3x4") from None
    if min(a, b, c) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: repeat at least once each way")
    return a, b, c
