"""Counts of a material's labels, by round, cell and split; the README of the data set is made from them."""

from __future__ import annotations

from collections import Counter

from .label_queue import failure_file, read_labels, tasks
from .settings import DftSettings


def status_lines(settings: DftSettings) -> list[str]:
    """A Markdown table: labels made, structures waiting and failures for every round and cell shape."""
    waiting: Counter[tuple[str, str, str]] = Counter()
    done: Counter[tuple[str, str, str]] = Counter()
    failed: Counter[tuple[str, str, str]] = Counter()
    seconds: Counter[tuple[str, str, str]] = Counter()
    everything = tasks(settings)
    labels = {name: read_labels(settings, name) for name in {task.round for task in everything}}
    for task in everything:
        row = (task.round, str(task.atoms.info["shape"]), str(task.atoms.info["split"]))
        label = labels[task.round].get(task.id)
        if label is not None:
            done[row] += 1
            seconds[row] += label.info["seconds"]
        elif failure_file(settings, task.id).exists():
            failed[row] += 1
        else:
            waiting[row] += 1
    lines = [
        "| round | cell | split | labels | waiting | failed | mean core time (s) |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in sorted(done | failed | waiting):
        mean = f"{seconds[row] / done[row]:.0f}" if done[row] else "–"
        lines.append(f"| {' | '.join(row)} | {done[row]} | {waiting[row]} | {failed[row]} | {mean} |")
    total = f"{sum(done.values())} | {sum(waiting.values())} | {sum(failed.values())}"
    return [*lines, f"| all | | | {total} | |"]
