"""`superionic sample SAMPLING.toml --round NAME`: generate the structures of one round."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ase import Atoms

from ..config import ConfigError
from ..frames import read_structures
from ..materials import load_material
from ..tables import write_table
from .dynamics import sampled_round
from .sampling import (
    Selection,
    disordered_round,
    interleaved,
    load_sampling,
    scaled_crystals,
    write_structures,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("sampling", type=Path, help="a sampling.toml; material.toml is read beside it")
    parser.add_argument("--round", required=True, help="the round to generate")
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="interpreter that has the sampling potential (default: this one)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the structures of one round; refuses to overwrite an existing round."""
    sampling = load_sampling(arguments.sampling)
    material = load_material(arguments.sampling.parent / "material.toml")
    if arguments.round not in sampling.rounds:
        raise ConfigError(f"no round {arguments.round!r}; in the file: {', '.join(sampling.rounds)}")
    path = sampling.structures / f"{arguments.round}.extxyz"
    if path.exists():
        raise ConfigError(f"{path} exists and labels may belong to it: delete it first to generate it again")
    structures = scaled_crystals(sampling, material, arguments.round)
    structures += disordered_round(sampling, material, arguments.round)
    candidates = sampled_round(sampling, material, arguments.round, arguments.python)
    selection = sampling.rounds[arguments.round].selection
    structures += candidates if selection is None else _selected(candidates, selection, path)
    if not structures:
        raise ConfigError(
            f"{arguments.round} makes no structure: widen selection.disagreement, or run longer"
        )
    write_structures(path, structures)
    print(f"{len(structures)} structures in {path}")
    return 0


def _selected(candidates: list[Atoms], selection: Selection, path: Path) -> list[Atoms]:
    """Candidates selected for training, best first, and all test frames; scores go to a CSV beside `path`."""
    from .selection import select  # needs PyTorch, other sampling does not

    known = [
        atoms
        for earlier in sorted(path.parent.glob("*.extxyz"))
        for atoms in read_structures(earlier, "extxyz")
    ]
    training = [atoms for atoms in candidates if atoms.info["split"] == "train"]
    test = [atoms for atoms in candidates if atoms.info["split"] == "test"]
    scores = select(training, known, selection)
    columns = zip(training, scores.novelty, scores.disagreement, scores.order, strict=True)
    rows = [
        (atoms.info["id"], f"{novelty:.4f}", f"{disagreement:.4f}", order)
        for atoms, novelty, disagreement, order in columns
    ]
    write_table(path.with_suffix(".csv"), ["id", "novelty", "disagreement_eV_per_A", "order"], rows)
    ranked = sorted(range(len(training)), key=lambda index: scores.order[index])
    kept = [training[index] for index in ranked if scores.order[index] >= 0]
    return interleaved([kept, test] if test else [kept])
