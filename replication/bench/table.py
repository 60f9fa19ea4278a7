"""Timings as text, ratios first, and as CSV."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from superionic.engines.native.build import cpu_model
from superionic.tables import write_records

from .timing import Timing, memory_per_atom_KiB

COLUMNS = (
    "engine",
    "n_atoms",
    "n_replicas",
    "threads",
    "step",
    "steps",
    "repeats",
    "atom_steps_per_second",
    "peak_memory_MiB",
    "machine",
    "cpu",
)


def printed(timings: list[Timing], scaling: list[Timing]) -> list[str]:
    """Ratios, memory, then every timing."""
    return [*ratios(timings), *_memory(scaling), "", *_table([*timings, *scaling])]


def _row(timing: Timing) -> dict[str, Any]:
    measured = {"repeats": len(timing.seconds), "machine": platform.machine(), "cpu": cpu_model()}
    return {name: measured[name] if name in measured else getattr(timing, name) for name in COLUMNS}


def ratios(timings: list[Timing]) -> list[str]:
    """Speed relative to calorine's at every size; gain of two threads for two replicas and for one."""
    lines = [f"{platform.machine()}, {cpu_model()}"]
    for reference in (t for t in timings if t.engine.startswith("calorine")):
        for timing in timings:
            if timing.n_atoms == reference.n_atoms and not timing.by_the_clock and timing is not reference:
                ratio = timing.atom_steps_per_second / reference.atom_steps_per_second
                lines.append(
                    f"{timing.n_atoms:6d} atoms: {timing.engine} is {ratio:.3g} x {reference.engine}"
                )
    compared = [t for t in timings if t.by_the_clock]
    for one, two in zip(compared[::2], compared[1::2], strict=True):
        gain = two.atom_steps_per_second / one.atom_steps_per_second
        what = (
            "two replicas on two threads gain" if one.n_replicas == 2 else "one replica on two threads gains"
        )
        lines.append(f"{one.n_atoms:6d} atoms: {what} {gain:.3g} x")
    return lines


def _memory(scaling: list[Timing]) -> list[str]:
    """Memory of the native engine per atom, and its speed on the largest structure relative to its best."""
    per_atom = memory_per_atom_KiB(scaling)
    if per_atom is None:
        return []
    last, best = scaling[-1], max(t.atom_steps_per_second for t in scaling)
    return [
        f"{last.n_atoms:6d} atoms: native mixed runs at {last.atom_steps_per_second / best:.3g} of its best "
        f"speed and needs {per_atom:.3g} KiB an atom"
    ]


def _table(timings: list[Timing]) -> list[str]:
    lines = [f"{'engine':32s} {'atoms':>6s} {'k atom-steps/s':>14s} {'peak MiB':>9s}  step"]
    for row in map(_row, timings):
        speed, memory = row["atom_steps_per_second"] / 1000, row["peak_memory_MiB"]
        lines.append(f"{row['engine']:32s} {row['n_atoms']:6d} {speed:14.4g} {memory:9.0f}  {row['step']}")
    return lines


def write(path: Path, timings: Sequence[Timing]) -> None:
    """All timings as CSV."""
    write_records(path, [_row(timing) for timing in timings])
