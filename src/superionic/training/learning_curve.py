"""Learning curves: one model trained again on subsets of its frames, random or by round."""

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
"""Fractions of the training frames; the full set is the model itself."""


@dataclass(frozen=True)
class LearningCurveTask:
    """The model to train and the folder of its products."""

    name: str
    settings: ModelSettings
    elements: tuple[str, ...]
    splits: dict[str, list[Frame]]
    identity: str
    """Hash of the model's settings and labels."""
    potentials: Path
    work: Path


def write_sizes(task: LearningCurveTask) -> None:
    """Train on each fraction and write NAME_sizes.json: frames, atoms, epochs and errors of each training.

    Smaller sets are subsets of larger ones, in an order drawn by the model's seed. Validation and test frames
    are the same for all, and so is the number of steps: fewer frames get more epochs.
    """
    frames = task.splits["train"]
    order = np.random.default_rng([task.settings.seed, 3]).permutation(len(frames))
    counts = sorted({max(2, round(fraction * len(frames))) for fraction in FRACTIONS})
    _write(task, "sizes", {str(count): [frames[index] for index in order[:count]] for count in counts})


def write_rounds(task: LearningCurveTask) -> None:
    """Train on the labels available after each round except the last, and write NAME_rounds.json likewise.

    `part` is the last round of each training.
    """
    _write(task, "rounds", rounds_so_far(task.splits["train"]))


def rounds_so_far(frames: list[Frame]) -> dict[str, list[Frame]]:
    """The frames available after each round except the last.

    Rounds are label files named round..., in the order of their names; other files, such as perfect crystals,
    belong to every part.
    """
    rounds = sorted({frame.round for frame in frames if frame.round.startswith("round")})
    return {
        last: [frame for frame in frames if frame.round <= last or frame.round not in rounds]
        for last in rounds[:-1]
    }


def _write(task: LearningCurveTask, what: str, parts: dict[str, list[Frame]]) -> None:
    product = task.potentials / f"{task.name}_{what}.json"
    if product.exists() and json.loads(product.read_text(encoding="utf-8"))["task"] == task.identity:
        print(f"{task.name}: {what} up to date")
        return
    trainings = [{"part": part, **_trained_on(frames, task)} for part, frames in parts.items()]
    content = header(task=task.identity, trainings=trainings)
    write_text_atomically(product, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _trained_on(frames: list[Frame], task: LearningCurveTask) -> dict[str, Any]:
    epochs = round(task.settings.epochs * len(task.splits["train"]) / len(frames))
    settings = task.settings.model_copy(update={"epochs": epochs})
    stem = f"{task.name}-{len(frames)}-{task.identity[:12]}"
    trainer = Trainer(settings, task.elements, {**task.splits, "train": frames})
    trainer.run(task.work / f"{stem}.pt", f"{task.identity} {len(frames)}")
    potential = task.work / f"{stem}.txt"
    write_nep(potential, trainer.best_parameters())
    engine = load_engine(potential, threads=1)
    splits = {**task.splits, "train": frames}
    errors_of_splits = {split: errors(compare(engine, selected)) for split, selected in splits.items()}
    force = (
        errors_of_splits["validation"]["force_meV_per_A"] if errors_of_splits["validation"] else float("nan")
    )
    print(f"{task.name}: {len(frames)} frames, {force:.1f} meV/Å on the validation frames", flush=True)
    return {
        "frames": len(frames),
        "atoms": sum(frame.system.n_atoms for frame in frames),
        "epochs": epochs,
        "best_epoch": trainer.progress.best_epoch,
        "errors": errors_of_splits,
    }
