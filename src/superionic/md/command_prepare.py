"""`superionic prepare RUN.toml --program gpumd --out FOLDER`: a run as input of another program."""

from __future__ import annotations

import argparse
from pathlib import Path

from .arguments import add_run_arguments, inputs_from
from .foreign_run import PROGRAMS, write_inputs
from .inputs import describe, locate_potential


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--program", choices=tuple(PROGRAMS), required=True, help="what will run it")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, with one per replica in it")


def run(arguments: argparse.Namespace) -> int:
    inputs = inputs_from(arguments)
    potential = locate_potential(arguments.path, inputs.config.potential)
    folders = write_inputs(inputs, potential, arguments.program, arguments.out)
    print(f"{arguments.out}: {len(folders)} replicas of {describe(inputs.start)} for {arguments.program}")
    print(f"run it in {folders[0]} and so on, then: superionic reduce ... --segments {arguments.out}")
    return 0
