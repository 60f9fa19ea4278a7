"""Tables: CSV with comment lines on top, Markdown rows, generated sections of a page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .provenance import write_text_atomically

DIGITS = 7
"""Significant digits of a number in a table, unless the caller says otherwise."""


def csv_text(
    columns: Sequence[str],
    rows: Iterable[Iterable[object]],
    comments: Sequence[str] = (),
    digits: int = DIGITS,
) -> str:
    """Comment lines `# ...`, a line of column names, rows; floats with `digits` significant digits."""
    buffer = io.StringIO()
    buffer.writelines(f"# {comment}\n" for comment in comments)
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([f"{x:.{digits}g}" if isinstance(x, float) else x for x in row] for row in rows)
    return buffer.getvalue()


def write_table(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Iterable[object]],
    comments: Sequence[str] = (),
    digits: int = DIGITS,
) -> None:
    """`csv_text` into a file, under a temporary name first."""
    write_text_atomically(path, csv_text(columns, rows, comments, digits))


def write_records(path: Path, records: Sequence[Mapping[str, object]]) -> None:
    """Rows given as dictionaries; columns in the order of their first appearance, missing entries empty."""
    columns = list(dict.fromkeys(name for record in records for name in record))
    rows = [[str(record.get(name, "")) for name in columns] for record in records]
    write_table(path, columns, rows)


def read_table(path: Path, missing_ok: bool = False) -> list[dict[str, str]]:
    """Rows of a CSV table as dictionaries, without comment lines; none for a missing file if `missing_ok`.

    Raises OSError.
    """
    if missing_ok and not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(line for line in handle if not line.startswith("#")))


def read_columns(path: Path) -> dict[str, NDArray[np.float64]]:
    """Columns of a table of numbers. Raises OSError, ValueError for an entry that is not a number."""
    rows = read_table(path)
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]} if rows else {}


def markdown_table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """Lines of a Markdown table."""
    return [
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
    ]


def fill_markers(text: str, name: str, lines: Iterable[str], page: Path) -> str:
    """The text of `page` with `lines` between `<!-- name: begin (generated) -->` and `<!-- name: end -->`.

    Raises ValueError that names the page unless each of the two comments occurs once, in this order.
    """
    begin, end = f"<!-- {name}: begin (generated) -->", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"{page}: needs one line '{begin}' and after it one line '{end}'")
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    return "\n".join([before + begin, *lines, end]) + after
