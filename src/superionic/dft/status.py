"""Counts of a material's labels by round, cell and split, for the README of the data set."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..provenance import write_text_atomically
from ..tables import fill_markers
from .label_queue import failure_file, read_labels, tasks
from .settings import DftSettings

MARKER = "counts"


@dataclass
class Count:
    """Progress of the structures of one row."""

    labels: int = 0
    atoms: int = 0
    waiting: int = 0
    failed: int = 0
    cpu_seconds: list[float] = field(default_factory=list)


def count(settings: DftSettings) -> dict[tuple[str, str, str], Count]:
    """Counts by (round, shape, split)."""
    everything = tasks(settings)
    labels = {name: read_labels(settings, name) for name in {task.round for task in everything}}
    counts: defaultdict[tuple[str, str, str], Count] = defaultdict(Count)
    for task in everything:
        row = counts[task.round, str(task.atoms.info["shape"]), str(task.atoms.info["split"])]
        label = labels[task.round].get(task.id)
        if label is not None:
            row.labels += 1
            row.atoms += len(label)
            row.cpu_seconds += [label.info["cpu_seconds"]] if "cpu_seconds" in label.info else []
        elif failure_file(settings, task.id).exists():
            row.failed += 1
        else:
            row.waiting += 1
    return dict(sorted(counts.items()))


def write_into(page: Path, materials: dict[str, DftSettings]) -> None:
    """Replace the text between the two markers of a page by the counts of all materials.

    Raises ValueError when the page has no such markers.
    """
    parts = [f"**{name}**\n\n" + "\n".join(status_lines(settings)) for name, settings in materials.items()]
    text = fill_markers(page.read_text(encoding="utf-8"), MARKER, ["", "\n\n".join(parts), ""], page)
    write_text_atomically(page, text)


def status_lines(settings: DftSettings) -> list[str]:
    """The counts as a Markdown table."""
    counts = count(settings)
    lines = [
        "| round | cell | split | labels | atoms | waiting | failed | core seconds per label |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (round_name, shape, split), row in counts.items():
        mean = f"{np.mean(row.cpu_seconds):.0f}" if row.cpu_seconds else "–"
        numbers = f"{row.labels} | {row.atoms} | {row.waiting} | {row.failed} | {mean}"
        lines.append(f"| {round_name} | {shape} | {split} | {numbers} |")
    rows = counts.values()
    total = " | ".join(
        str(sum(getattr(row, name) for row in rows)) for name in ("labels", "atoms", "waiting", "failed")
    )
    return [*lines, f"| all | | | {total} | |"]
