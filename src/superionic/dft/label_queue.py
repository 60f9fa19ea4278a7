"""The label queue: structure files in, label files out, any number of workers that may be killed any time.

A structure is done when the label file of its round contains its id. The worker that labels it holds a lock
on <work>/<id>.lock, which the kernel releases when the process dies, so no lock goes stale. The calculation
inherits the lock: if only the worker is killed, the calculation finishes, and the next worker uses its
answer.
"""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import ase.io
import numpy as np
from ase import Atoms

from ..config import ConfigError
from ..frames import read_structures
from ..provenance import write_atomically, write_text_atomically
from .label import answer_file, with_pulay
from .settings import DftSettings


@dataclass(frozen=True)
class Task:
    """One structure of one round; `atoms.info` has id, shape, split and origin."""

    round: str
    atoms: Atoms

    @property
    def id(self) -> str:
        return str(self.atoms.info["id"])


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[IO[str] | None]:
    """Hold an exclusive lock on `path`; yields None at once when another process has it and not `wait`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        yield handle


def tasks(settings: DftSettings) -> list[Task]:
    """All structures of all rounds, in the order of labelling.

    Raises ConfigError: no structures, a structure without id or shape, an id used twice.
    """
    queue = [
        Task(path.stem, atoms)
        for path in sorted(settings.structures.glob("*.extxyz"))
        for atoms in read_structures(path, "extxyz")
    ]
    if not queue:
        raise ConfigError(f"no structures in {settings.structures}: make some with `superionic sample`")
    for task in queue:
        missing = {"id", "shape", "split", "origin"} - set(task.atoms.info)
        if missing:
            raise ConfigError(
                f"a structure of {task.round} has no {', '.join(sorted(missing))}: {task.atoms.info}"
            )
        _refuse_nonsense(task)
    ids = [task.id for task in queue]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    if repeated:
        raise ConfigError(f"ids used twice in {settings.structures}: {', '.join(repeated)}")
    return queue


def _refuse_nonsense(task: Task) -> None:
    """Raise ConfigError for a structure that cannot be computed, or whose id is no file name."""
    if not re.fullmatch(r"[\w.+-]+", task.id):
        raise ConfigError(
            f"id {task.id!r} of {task.round}: files are named after it, use letters, digits and -"
        )
    if task.atoms.info["split"] not in ("train", "test"):
        raise ConfigError(f"{task.id}: split is {task.atoms.info['split']!r}, must be train or test")
    if len(task.atoms) == 0 or not np.isfinite(task.atoms.positions).all() or task.atoms.cell.rank < 3:
        raise ConfigError(f"{task.id}: a structure wants atoms at finite places in a cell of three vectors")


def label_file(settings: DftSettings, round_name: str) -> Path:
    """The file that collects the labels of a round."""
    return settings.labels / f"{round_name}.extxyz"


def read_labels(settings: DftSettings, round_name: str) -> dict[str, Atoms]:
    """Labels of a round by id; empty before the first one is done."""
    path = label_file(settings, round_name)
    frames = read_structures(path, "extxyz") if path.exists() else []
    for number, frame in enumerate(frames):
        missing = sorted({"id", "shape", "settings", "pulay_GPa"} - frame.info.keys())
        if missing or frame.calc is None:
            what = ", ".join(missing) or "energy"
            raise ConfigError(
                f"{path}: frame {number} has no {what}: it is no label of this queue, take it out"
            )
    return {str(frame.info["id"]): frame for frame in frames}


def store_label(settings: DftSettings, round_name: str, label: Atoms) -> None:
    """Insert one label into the file of its round, in the order of the structures, replacing an older one."""
    with locked(settings.work / "store.lock", wait=True):
        labels = {**read_labels(settings, round_name), str(label.info["id"]): label}
        _write_labels(settings, round_name, labels)
    failure_file(settings, str(label.info["id"])).unlink(missing_ok=True)


def correct_labels(settings: DftSettings) -> int:
    """Give every label the Pulay pressure of the settings; returns how many there are."""
    with locked(settings.work / "store.lock", wait=True):
        rounds = {name: read_labels(settings, name) for name in {task.round for task in tasks(settings)}}
        for name, labels in rounds.items():
            if labels:
                _write_labels(settings, name, labels)
    return sum(map(len, rounds.values()))


def _write_labels(settings: DftSettings, round_name: str, labels: dict[str, Atoms]) -> None:
    order = [task.id for task in tasks(settings) if task.round == round_name]
    stored = [labels[name] for name in order if name in labels]
    stored += [
        label for name, label in labels.items() if name not in order
    ]  # its structure was removed, the label stays
    frames = [with_pulay(label, settings.pulay_pressure_GPa(label)) for label in stored]
    write_atomically(
        label_file(settings, round_name), lambda path: ase.io.write(path, frames, format="extxyz")
    )


def failure_file(settings: DftSettings, task_id: str) -> Path:
    """Where the failure of one structure is recorded, beside the labels and kept with them."""
    return settings.labels / "failed" / f"{task_id}.json"


def record_failure(settings: DftSettings, task: Task, error: str) -> None:
    """Record that a structure could not be labelled, and why; workers skip it from now on."""
    record = {
        "id": task.id,
        "round": task.round,
        "error": error,
        "settings": settings.fingerprint(shape(task)),
    }
    write_text_atomically(failure_file(settings, task.id), json.dumps(record, indent=1) + "\n")


def shape(task: Task) -> str:
    """The cell shape of a structure, which selects its k-points."""
    return str(task.atoms.info["shape"])


@contextmanager
def claim_next(settings: DftSettings) -> Iterator[tuple[Task, IO[str]] | None]:
    """The first structure neither done, failed nor locked, locked inside the context; None when none is left.

    The round with the fewest labels comes first, so that a new round catches up and then all alternate.
    """
    for task in _waiting(settings):
        lock = settings.work / f"{task.id}.lock"
        with locked(lock, wait=False) as handle:
            # another worker may have finished it a moment ago
            if handle is None or _settled(settings, task):
                continue
            yield task, handle
            lock.unlink(missing_ok=True)
            return
    yield None


def _waiting(settings: DftSettings) -> list[Task]:
    rounds: dict[str, list[Task]] = {}
    for task in tasks(settings):
        rounds.setdefault(task.round, []).append(task)
    labels = {name: read_labels(settings, name) for name in rounds}
    _refuse_mixed_settings(settings, [label for by_id in labels.values() for label in by_id.values()])
    waiting = [
        task
        for name in sorted(rounds, key=lambda name: len(labels[name]))
        for task in rounds[name]
        if task.id not in labels[name] and not failure_file(settings, task.id).exists()
    ]
    # reuse an answer left by a killed worker
    return sorted(waiting, key=lambda task: not answer_file(settings, task.id).exists())


def _refuse_mixed_settings(settings: DftSettings, labels: list[Atoms]) -> None:
    """Raise ConfigError when labels were made with other parameters than the settings have now."""
    other = [
        str(label.info["id"])
        for label in labels
        if label.info["settings"] != settings.fingerprint(str(label.info["shape"]))
    ]
    if other:
        raise ConfigError(
            f"{len(other)} labels in {settings.labels} ({', '.join(other[:3])} ...) were made with other "
            "parameters: put the parameters back, or give the new ones a `labels` folder of their own"
        )


def _settled(settings: DftSettings, task: Task) -> bool:
    return failure_file(settings, task.id).exists() or task.id in read_labels(settings, task.round)
