"""`superionic label DFT.toml ...`: work through the label queue, or check its labels."""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from ase import Atoms

from .check import came_back, check_labels
from .label import LabelError, answer_file, calculate, labelled
from .label_queue import Task, claim_next, correct_labels, read_labels, record_failure, store_label, tasks
from .settings import DftSettings, load_settings
from .status import status_lines, write_into


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "settings", nargs="+", help="dft.toml files, labelled alternately; repeat a file to weight it"
    )
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="interpreter that has ASE and the calculator (default: this one)",
    )
    parser.add_argument("--limit", type=int, help="stop after this many labels")
    parser.add_argument("--only", metavar="ID", help="make only this label, again if it exists")
    parser.add_argument(
        "--correct",
        action="store_true",
        help="apply the Pulay pressure of the file to the stress of all labels",
    )
    parser.add_argument("--status", action="store_true", help="count the labels, start nothing")
    parser.add_argument(
        "--status-into",
        type=Path,
        metavar="PAGE",
        help="write the counts between the markers of a Markdown page",
    )
    parser.add_argument("--check", type=int, metavar="N", help="re-label N random frames and compare")
    parser.add_argument(
        "--tight", metavar="NAME", help="check against the tighter settings under [tight.NAME]"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed for the choice of frames to check")


def run(arguments: argparse.Namespace) -> int:
    """Label until the queue is empty; returns 0, or 1 when calculations failed."""
    for option in ("limit", "check"):
        value = getattr(arguments, option)
        if value is not None and value < 1:
            raise ValueError(f"--{option} {value}: at least 1")
    if arguments.seed < 0:
        raise ValueError(f"--seed {arguments.seed}: at least 0")
    if arguments.tight is not None and arguments.check is None:
        raise ValueError("--tight compares with tighter settings: give --check N as well")
    queues = [load_settings(path) for path in arguments.settings]
    signal.signal(signal.SIGTERM, _stop)
    if arguments.status:
        for settings in queues:
            print("\n".join(status_lines(settings)))
        return 0
    if arguments.status_into:
        write_into(arguments.status_into, {settings.labels.name: settings for settings in queues})
        return 0
    if arguments.correct:
        for path, settings in zip(arguments.settings, queues, strict=True):
            print(f"{correct_labels(settings)} labels in {settings.labels} have the Pulay pressure of {path}")
        return 0
    if arguments.check is not None:
        return _check(queues, arguments)
    if arguments.only is not None:
        return _label_one(queues, arguments.only, arguments.python)
    return _work(arguments.settings, arguments.python, arguments.limit)


def _check(queues: list[DftSettings], arguments: argparse.Namespace) -> int:
    status = 0
    for settings in queues:
        rows = check_labels(
            settings, arguments.python, arguments.check, tight=arguments.tight, seed=arguments.seed
        )
        if arguments.tight is None:
            passed = came_back(rows)
            print(f"{settings.labels}: {len(rows)} labels {'came back' if passed else 'are NOT the same'}")
            status |= not passed
    return int(status)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _work(paths: list[str], python: str, limit: int | None) -> int:
    """Label from each queue alternately until every queue is empty or `limit` labels are made.

    Settings are read again before each label and before storing it: a Pulay pressure set meanwhile applies.
    """
    made = failed = idle = 0
    for path in itertools.cycle(paths):
        if idle == len(paths) or (limit is not None and made + failed >= limit):
            break
        settings = load_settings(path)
        with claim_next(settings) as claim:
            if claim is None:
                idle += 1
                continue
            idle = 0
            task, lock = claim
            try:
                answer = calculate(settings, task.atoms, task.id, python, lock=lock)
            except LabelError as error:
                record_failure(settings, task, str(error))
                failed += 1
                _say(f"{task.id} FAILED: {error}")
                continue
            label = labelled(settings, task.atoms, answer)
            _store(load_settings(path), task, label)
            made += 1
    _say(f"{made} labels made, {failed} failed")
    return 1 if failed else 0


def _label_one(queues: list[DftSettings], name: str, python: str) -> int:
    for settings in queues:
        for task in tasks(settings):
            if task.id == name:
                answer_file(settings, name).unlink(missing_ok=True)
                answer = calculate(settings, task.atoms, name, python)
                _store(settings, task, labelled(settings, task.atoms, answer))
                return 0
    raise ValueError(f"no structure has the id {name!r}")


def _store(settings: DftSettings, task: Task, label: Atoms) -> None:
    store_label(settings, task.round, label)
    for suffix in ("request.json", "answer.json", "log"):
        (settings.work / f"{task.id}.{suffix}").unlink(missing_ok=True)
    done = len(read_labels(settings, task.round))
    _say(f"{task.id} {len(label)} atoms {label.info['wall_seconds']:.0f} s; {done} done in {task.round}")


def _say(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} [{os.getpid()}] {text}", flush=True)
