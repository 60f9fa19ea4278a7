"""`superionic train TRAINING.toml --model A`: start or resume the training of a potential."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from ..config import ConfigError, load_toml
from ..engines import load_engine
from ..materials import load_material
from ..nep.format import write_nep
from ..provenance import header, sha256_file, sha256_json, write_text_atomically
from ..tables import write_records
from .dataset import Frame, read_frames, split_frames
from .evaluate import compare, errors, mean_site_energies, write_parity
from .learning_curve import LearningCurveTask, write_rounds, write_sizes
from .settings import ModelSettings, TrainingSettings
from .trainer import Row, Trainer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("path", type=Path, help="a training.toml; material.toml is read beside it")
    parser.add_argument(
        "--model", action="append", help="a model of the file (default: all, one after the other)"
    )
    parser.add_argument(
        "--sizes", action="store_true", help="also train on subsets of the frames: error against their number"
    )
    parser.add_argument(
        "--rounds", action="store_true", help="also train on the labels available after each round"
    )
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"), help="default: cpu")
    parser.add_argument("--threads", type=int, default=None, help="threads of PyTorch on the CPU")


def run(arguments: argparse.Namespace) -> int:
    """Train the requested models; models that are up to date are skipped."""
    if arguments.threads is not None and not 1 <= arguments.threads <= 1024:
        raise ValueError(f"--threads {arguments.threads}: between 1 and 1024")
    settings = load_toml(arguments.path, TrainingSettings)
    elements = load_material(arguments.path.parent / "material.toml").elements
    unknown = sorted(set(arguments.model or ()) - set(settings.models))
    if unknown:
        raise ConfigError(f"no model {', '.join(unknown)} in the file; there: {', '.join(settings.models)}")
    if arguments.device.startswith("cuda") and not torch.cuda.is_available():
        raise RuntimeError("--device cuda asked for, but PyTorch sees no CUDA device: use --device cpu")
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    files = settings.label_files()
    data = {
        name: sha256_file(file) for name, file in zip(label_names(files, arguments.path), files, strict=True)
    }
    frames = read_frames(files, elements)
    for name in arguments.model or settings.models:
        train_model(name, settings, elements, frames, data, arguments.device)
        for requested, write in ((arguments.sizes, write_sizes), (arguments.rounds, write_rounds)):
            if requested:
                model = settings.models[name]
                splits = split_frames(frames, model.validation_fraction, model.seed)
                task = task_of(model, elements, data)
                write(
                    LearningCurveTask(name, model, elements, splits, task, settings.potentials, settings.work)
                )
    return 0


def label_names(files: Sequence[Path], settings_file: Path) -> list[str]:
    """Names of label files in products: paths relative to the training.toml, without leading "..".

    They are the same on every machine and from every working directory.
    """
    folder = settings_file.resolve().parent
    relative = [Path(os.path.relpath(file, folder)) for file in files]
    names = ["/".join(part for part in path.parts if part != "..") for path in relative]
    return names if len(set(names)) == len(names) else [path.as_posix() for path in relative]


def _task_of_product(path: Path) -> str | None:
    """The task hash of a finished model; None without one. Raises ValueError for another file."""
    if not path.exists():
        return None
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["task"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} is not the description of a trained model: move it away") from None


def task_of(model: ModelSettings, elements: tuple[str, ...], data: dict[str, str]) -> str:
    """Hash of everything that determines a model: its settings, the order of elements, the labels."""
    return sha256_json([model.model_dump(), elements, data])


def train_model(
    name: str,
    settings: TrainingSettings,
    elements: tuple[str, ...],
    frames: list[Frame],
    data: dict[str, str],
    device: str,
) -> None:
    """Train one model and write NAME.txt, NAME.json, NAME_learning.csv and NAME_parity.csv.

    data : sha256 of every label file

    NAME.json is written last and marks the training as complete.
    """
    model = settings.models[name]
    task = task_of(model, elements, data)
    product = settings.potentials / f"{name}.json"
    if _task_of_product(product) == task and product.with_suffix(".txt").exists():
        print(f"{name}: up to date")
        return
    splits = split_frames(frames, model.validation_fraction, model.seed)
    counts = ", ".join(f"{len(members)} {split}" for split, members in splits.items())
    print(f"{name}: {counts} frames, {device}", flush=True)
    trainer = Trainer(model, elements, splits, device)
    with tqdm(total=model.epochs, unit="epoch", disable=not sys.stderr.isatty()) as bar:
        trainer.run(settings.work / f"{name}-{task[:12]}.pt", task, _Reporter(bar, name, model.epochs))
    _write_products(name, settings, trainer, splits, {"task": task, "data": data, "device": device})


class _Reporter:
    """Progress bar with every epoch; in a log, one line every ten seconds."""

    def __init__(self, bar: tqdm, name: str, epochs: int) -> None:
        self.bar, self.name, self.epochs, self.printed = bar, name, epochs, -math.inf

    def __call__(self, row: Row) -> None:
        self.bar.update(int(row["epoch"]) - self.bar.n)
        if time.monotonic() - self.printed < 10.0 and row["epoch"] < self.epochs:
            return
        self.printed = time.monotonic()
        self.bar.write(
            f"{self.name} {row['epoch']:5.0f}  loss {row['train_loss']:9.3f}"
            f"  validation {row['validation_loss']:9.3f}: {row['energy_meV_per_atom']:7.2f} meV/atom"
            f"  {row['force_meV_per_A']:7.1f} meV/Å  virial {row['virial_meV_per_atom']:6.1f} meV/atom",
            file=sys.stdout,
        )
        sys.stdout.flush()


def _write_products(
    name: str,
    settings: TrainingSettings,
    trainer: Trainer,
    splits: dict[str, list[Frame]],
    origin: dict[str, Any],
) -> None:
    folder, progress = settings.potentials, trainer.progress
    potential = folder / f"{name}.txt"
    write_nep(potential, trainer.best_parameters())
    _write_history(folder / f"{name}_learning.csv", progress.history)
    engine = load_engine(potential, threads=1)
    compared = {split: compare(engine, frames) for split, frames in splits.items()}
    write_parity(folder / f"{name}_parity.csv", compared)
    model: ModelSettings = settings.models[name]
    report = header(
        **origin,
        potential_sha256=sha256_file(potential),
        settings=model.model_dump(),
        epochs=progress.epoch,
        best_epoch=progress.best_epoch,
        wall_seconds=round(progress.seconds, 1),
        errors={split: errors(comparisons) for split, comparisons in compared.items()},
        mean_site_energy_eV=mean_site_energies(compared["train"]),
        validation_frames=[frame.name for frame in splits["validation"]],
        evaluated_by=f"{engine.name} {engine.precision}",
    )
    write_text_atomically(folder / f"{name}.json", json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    held_out = report["errors"]["test"] or report["errors"]["validation"]
    print(
        f"{potential}: {held_out['energy_meV_per_atom']:.2f} meV/atom and "
        f"{held_out['force_meV_per_A']:.1f} meV/Å on {held_out['frames']} held-out frames"
    )


def _write_history(path: Path, history: list[Row]) -> None:
    write_records(path, [{key: f"{value:.6g}" for key, value in row.items()} for row in history])
