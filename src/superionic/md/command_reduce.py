"""`superionic reduce RUN.toml --segments FOLDER --out flux.npz`: pack a run into its compact flux file."""

from __future__ import annotations

import argparse
from pathlib import Path

from .arguments import add_run_arguments, inputs_from
from .pipeline import describe_packed, pack_into

HELP = "folder the run wrote its segments to, or one of `superionic prepare` in which the program has run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--segments", type=Path, required=True, help=HELP)
    parser.add_argument("--out", type=Path, required=True, help="flux file to write (.npz)")


def run(arguments: argparse.Namespace) -> int:
    series = pack_into(inputs_from(arguments), arguments.segments, arguments.out)
    print(f"{arguments.out}: up to date" if series is None else describe_packed(arguments.out, series))
    return 0
