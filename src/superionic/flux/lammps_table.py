"""Columns of a LAMMPS log, of a fix ave/time file, or of any other table with a line of names.

A log holds one table per run command, in one of the styles `one`, `multi` and `yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from ..conventions import Array
from .series import FluxError

BLOCK = re.compile(r"-+ Step +(-?\d+) -+ .*-$")
"""First line of a step in the style `multi`."""

PAIR = re.compile(r"(\S+) *= +(\S+)")
"""What follows there."""

CONTINUES = 1e-3
"""A run continues another when the row that both have agrees within this part of each column's rms."""

Event = tuple[Literal["names", "row", "end", "other"], list[str], int]
"""What a line is, its words, and its number."""


def read_columns(
    path: Path,
    steps: Sequence[str],
    names: Sequence[str],
    header: Sequence[str] | None = None,
    first_step: int | None = None,
    runs: Literal["all", "last"] = "all",
) -> tuple[Array | None, dict[str, Array]]:
    """Steps, and the named columns of every table that has them, joined in time.

    steps : possible names of the step column; none for a table without one, of which no steps come back
    header: names of the columns of a table that does not begin with them

    Tables without these columns, as of an equilibration in another thermo_style, are passed over. Warnings
    and other programs' lines inside a table are as well, where there are steps: a row lost among them shows
    as an uneven step. Without steps every line must be a row.

    Raises FluxError: no such table, a column that is missing, runs that do not continue each other.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    tables = _tables(path, lines, steps, names, header)
    if runs == "last":
        tables = tables[-1:]
    if not steps:
        if len(tables) > 1:
            raise FluxError(f"{path}: {len(tables)} tables without a step column: give one stretch")
        return None, dict(zip(names, tables[0].T, strict=True))
    joined = _joined(path, [_on_grid(table) for table in tables])
    if first_step is not None:
        joined = joined[joined[:, 0] >= first_step]
        if not len(joined):
            raise FluxError(f"{path}: no row from step {first_step} on")
    return joined[:, 0], dict(zip(names, joined[:, 1:].T, strict=True))


def names_in(line: str) -> list[str]:
    """Words of a plain line, or of a line of the yaml style: `keywords: ['Step', ...]`, `  - [0, 1.5, ]`."""
    text = line.strip()
    if text.startswith(("keywords:", "- [")):
        inside = text.partition("[")[2].rpartition("]")[0]
        return [word.strip().strip("'\"") for word in inside.split(",") if word.strip()]
    return text.lstrip("# ").split()


def _tables(
    path: Path, lines: Iterable[str], steps: Sequence[str], names: Sequence[str], header: Sequence[str] | None
) -> list[Array]:
    """Every table with the columns: (rows, step and names), without the step where there is none."""
    tables: list[list[list[float]]] = []
    last: list[str] = []
    places: list[int] | None = None
    ended = True
    if header is not None:
        last = list(header)
        places = _places(header, steps, names)
    for event, words, number in _events(lines, steps or names[:1]):
        if event == "names":
            if words != last or ended:
                places, last = _places(words, steps, names), words
                ended = True
        elif event == "end":
            ended, places = True, None
        elif places is not None:
            row = _numbers(words) if event == "row" and len(words) == len(last) else None
            if row is None and not steps and ended:
                places = None  # a line that only mentioned the columns, as the echo of a command
            elif row is None and not steps:
                raise FluxError(f"{path}: line {number} is no row of {len(last)} numbers: cut or mend it")
            elif row is not None:
                if ended:
                    tables.append([])
                    ended = False
                tables[-1].append([row[place] for place in places])
    if not last:
        what = " or ".join(repr(name) for name in steps) or repr(names[0])
        raise FluxError(
            f"{path}: no table with a column {what}; name the columns in the map as the file does"
        )
    if not tables:
        missing = [name for name in names if name not in last]
        what = f"no column {', '.join(missing)}" if missing else "no row"
        raise FluxError(f"{path}: {what}; the last table has {', '.join(last)}")
    return [np.asarray(table) for table in tables]


def _places(words: Sequence[str], steps: Sequence[str], names: Sequence[str]) -> list[int] | None:
    """Where in a row step and names stand; None for a table that lacks one."""
    step = [next((words.index(name) for name in steps if name in words), None)] if steps else []
    places = [*step, *(words.index(name) if name in words else None for name in names)]
    return None if None in places else [place for place in places if place is not None]


def _events(lines: Iterable[str], anchors: Sequence[str]) -> Iterator[Event]:
    """The lines as names of columns, rows, ends of tables and others; comments and empty lines left out.

    anchors : a line with one of these words holds the names of columns
    """
    block: dict[str, str] | None = None
    for number, line in enumerate(lines, 1):
        start = BLOCK.match(line)
        if block is not None:
            if start is None and not line.startswith("Loop time"):
                if not line.startswith("WARNING"):
                    block.update(PAIR.findall(line))
                continue
            yield from _step_of(block, number)
            block = None
        words = names_in(line)
        if start is not None:
            block = {"Step": start.group(1)}
        elif any(anchor in words for anchor in anchors):
            yield "names", words, number
        elif words[:2] == ["Loop", "time"] or line.strip() == "...":
            yield "end", words, number
        elif words and not line.startswith("#"):
            yield "row" if _numbers(words) else "other", words, number
    if block is not None:
        yield from _step_of(block, number)


def _step_of(block: dict[str, str], number: int) -> Iterator[Event]:
    yield "names", list(block), number
    yield "row", list(block.values()), number


def _numbers(words: Sequence[str]) -> list[float] | None:
    try:
        return [float(word) for word in words]
    except ValueError:
        return None


def _on_grid(table: Array) -> Array:
    """Without the first and the last row where a run began or ended between two of its regular steps."""
    spacing = np.diff(table[:, 0])
    if len(spacing) < 3:
        return table
    usual = np.median(spacing)
    return table[int(0 < spacing[0] < usual) : len(table) - int(0 < spacing[-1] < usual)]


def _joined(path: Path, tables: Sequence[Array]) -> Array:
    """Runs that continue each other; where they overlap, as after a restart, the later one counts."""
    whole = tables[0]
    for table in tables[1:]:
        begin = table[0, 0]
        if begin <= whole[-1, 0]:
            same = np.flatnonzero(whole[:, 0] == begin)
            if begin <= whole[0, 0] or not len(same):
                raise FluxError(
                    f'{path}: a run begins anew at step {begin:g}; say runs = "last" in the map to take the '
                    "last run alone, or give one stretch"
                )
            size = np.sqrt(np.mean(whole**2, axis=0))
            if (np.abs(whole[same[-1]] - table[0]) > CONTINUES * size).any():
                raise FluxError(
                    f"{path}: two runs differ at step {begin:g} that both have: the later one does not "
                    'continue the other; say runs = "last" in the map, or first_step'
                )
            whole = whole[: same[-1]]
        whole = np.concatenate([whole, table])
    return whole
