"""`superionic sample SAMPLING.toml --round NAME`: make the structures of one round."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..config import ConfigError
from ..materials import load_material
from .dynamics import sampled_round
from .sampling import disordered_round, load_sampling, write_structures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("sampling", type=Path, help="a sampling.toml; material.toml is read beside it")
    parser.add_argument("--round", required=True, help="the round to make")
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="interpreter that has the sampling potential (default: this one)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the structures of one round; refuses to replace a round that exists."""
    sampling = load_sampling(arguments.sampling)
    material = load_material(arguments.sampling.parent / "material.toml")
    if arguments.round not in sampling.rounds:
        raise ConfigError(f"no round {arguments.round!r}; in the file: {', '.join(sampling.rounds)}")
    path = sampling.structures / f"{arguments.round}.extxyz"
    if path.exists():
        raise ConfigError(f"{path} exists and labels may belong to it: delete it first to make it anew")
    structures = disordered_round(sampling, material, arguments.round)
    structures += sampled_round(sampling, material, arguments.round, arguments.python)
    write_structures(path, structures)
    print(f"{len(structures)} structures in {path}")
    return 0
