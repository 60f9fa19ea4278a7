"""How the error falls with the labels: one model trained again on parts of its frames, random or by round."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..engines import load_engine
from ..nep.format import write_nep
from ..provenance import header, write_text_atomically
from .dataset import Frame
from .evaluate import compare, errors
from .settings import ModelSettings
from .trainer import Trainer

FRACTIONS = (0.125, 0.25, 0.5)
"""Parts of the training frames; all of them are the model itself."""


@dataclass(frozen=True)
class PartsTask:
    """What is trained and where to: task is the hash of the model's settings and labels."""

    name: str
    settings: ModelSettings
    elements: tuple[str, ...]
    splits: dict[str, list[Frame]]
    task: str
    potentials: Path
    work: Path


def write_sizes(of: PartsTask) -> None:
    """Train on each fraction and write NAME_sizes.json: frames, atoms, epochs and errors of each training.

    Smaller sets are parts of larger ones, in an order drawn by the model's seed. Validation and test frames
    are the same for all, and so is the number of steps: with fewer frames more epochs.
    """
    frames = of.splits["train"]
    order = np.random.default_rng([of.settings.seed, 3]).permutation(len(frames))
    counts = sorted({max(2, round(fraction * len(frames))) for fraction in FRACTIONS})
    _write(of, "sizes", {str(count): [frames[index] for index in order[:count]] for count in counts})


def write_rounds(of: PartsTask) -> None:
    """Train on the labels there were after each round but the last, and write NAME_rounds.json likewise.

    `part` is the last round of each training.
    """
    _write(of, "rounds", rounds_so_far(of.splits["train"]))


def rounds_so_far(frames: list[Frame]) -> dict[str, list[Frame]]:
    """The frames there were after each round but the last.

    Rounds are label files named round..., in the order of their names; other files, such as perfect crystals,
    belong to every part.
    """
    rounds = sorted({frame.round for frame in frames if frame.round.startswith("round")})
    return {
        last: [frame for frame in frames if frame.round <= last or frame.round not in rounds]
        for last in rounds[:-1]
    }


def _write(of: PartsTask, kind: str, parts: dict[str, list[Frame]]) -> None:
    product = of.potentials / f"{of.name}_{kind}.json"
    if product.exists() and json.loads(product.read_text(encoding="utf-8"))["task"] == of.task:
        print(f"{of.name}: {kind} up to date")
        return
    trainings = [{"part": part, **_trained_on(frames, of)} for part, frames in parts.items()]
    content = header(task=of.task, trainings=trainings)
    write_text_atomically(product, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _trained_on(frames: list[Frame], of: PartsTask) -> dict[str, Any]:
    epochs = round(of.settings.epochs * len(of.splits["train"]) / len(frames))
    settings = of.settings.model_copy(update={"epochs": epochs})
    stem = f"{of.name}-{len(frames)}-{of.task[:12]}"
    trainer = Trainer(settings, of.elements, {**of.splits, "train": frames})
    trainer.run(of.work / f"{stem}.pt", f"{of.task} {len(frames)}")
    potential = of.work / f"{stem}.txt"
    write_nep(potential, trainer.best_parameters())
    engine = load_engine(potential, threads=1)
    splits = {**of.splits, "train": frames}
    found = {split: errors(compare(engine, chosen)) for split, chosen in splits.items()}
    force = found["validation"]["force_meV_per_A"] if found["validation"] else float("nan")
    print(f"{of.name}: {len(frames)} frames, {force:.1f} meV/Å on the validation frames", flush=True)
    return {
        "frames": len(frames),
        "atoms": sum(frame.system.n_atoms for frame in frames),
        "epochs": epochs,
        "best_epoch": trainer.progress.best_epoch,
        "errors": found,
    }
