"""`superionic export RUN.toml --segments FOLDER --out FILE.extxyz`: positions, for OVITO and friends."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import write

from ..flux.series import FluxError
from ..provenance import write_atomically
from .arguments import add_run_arguments, inputs_from
from .from_segments import read_segments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--segments", type=Path, required=True, help="folder the run wrote its segments to")
    parser.add_argument("--out", type=Path, required=True, help="trajectory to write (.extxyz)")
    parser.add_argument("--replica", type=int, default=0, help="which one (default 0)")
    parser.add_argument("--every", type=int, default=1, help="of the stored positions, every so many")
    parser.add_argument("--wrap", action="store_true", help="fold atoms back into the cell")


def run(arguments: argparse.Namespace) -> int:
    inputs = inputs_from(arguments)
    config, start = inputs.config, inputs.start
    if not 0 <= arguments.replica < start.n_replicas:
        raise FluxError(f"--replica {arguments.replica}: the run has 0 to {start.n_replicas - 1}")
    if arguments.every < 1:
        raise FluxError(f"--every {arguments.every}: at least 1")
    frames: list[Atoms] = []
    time = 0.0
    for segment in read_segments(arguments.segments, config, inputs.identity):
        for positions in segment.snapshots[arguments.replica]:
            time += config.snapshot_ps
            system = start.moved(np.repeat(positions[None], start.n_replicas, axis=0), segment.cell)
            atoms = system.to_atoms(arguments.replica)
            atoms.info["time_ps"] = round(time, 6)
            if arguments.wrap:
                atoms.wrap()
            frames.append(atoms)
    selected = frames[arguments.every - 1 :: arguments.every]
    if not selected:
        raise FluxError(f"--every {arguments.every}: the run has stored {len(frames)} positions only")
    write_atomically(arguments.out, lambda path: write(path, selected, format="extxyz"))
    print(f"{arguments.out}: {len(selected)} frames of replica {arguments.replica}, to {time:g} ps")
    return 0
