"""`superionic md RUN.toml --out FOLDER`: start or resume molecular dynamics."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..config import ConfigError
from ..engines import engine_names
from .arguments import add_run_arguments, inputs_from
from .inputs import describe
from .log import SegmentLog
from .simulate import simulate
from .sweep import load_sweep


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--out", type=Path, help="folder for the segments")
    parser.add_argument("--list", action="store_true", help="print the points of a sweep file, nothing else")
    names = ", ".join(engine_names())
    parser.add_argument("--engine", default="auto", help=f"{names} (default: the fastest that works)")
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, or cuda (default: a GPU where there is one)"
    )
    parser.add_argument(
        "--mix-engines", action="store_true", help="resume from segments that another engine has made"
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=None,
        help="threads of the native engine (default: the cores that it is bound to, or SLURM has given it)",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.list:
        print("\n".join(load_sweep(arguments.path)))
        return 0
    if arguments.out is None:
        raise ConfigError(f"{arguments.path}: say with --out which folder the segments go to")
    inputs = inputs_from(arguments)
    prepared = inputs.bind(
        arguments.out, arguments.engine, arguments.threads, arguments.device, arguments.mix_engines
    )
    engine = prepared.engine
    where = f"{arguments.path} {arguments.point}" if arguments.point else str(arguments.path)
    print(
        f"{where}: {prepared.start.n_replicas} replicas of {describe(prepared.start)}, "
        f"engine {engine.name} ({engine.precision}, {engine.device})",
        flush=True,
    )
    with SegmentLog(arguments.point or arguments.path.stem, inputs.config) as log:
        simulate(prepared, log)
    return 0
