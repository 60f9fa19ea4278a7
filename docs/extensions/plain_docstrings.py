"""Sphinx extension: the package's plain docstrings as reStructuredText.

Docstrings are written to be read in a terminal: tables of "symbol : meaning", indented equations, names in
single backquotes, "Raises SomeError: ...". Each of these becomes the construct that shows it well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

ENTRY = re.compile(r"^(?P<name>\"?[\w`(][^:]{0,60}?)\s+:\s+(?P<text>\S.*)$")
"""A row of a table: name, blank, colon, blank, meaning."""

SECTION = re.compile(r"^(-{3,}|={3,})$")
GRID = re.compile(r"^=+( +=+)+$")
"""Border of a table that is reStructuredText already."""

SPECIAL = re.compile(r"(\\|\*|\||(?<=\w)_(?!\w))")
ARRAY = re.compile(
    r"~?(?:numpy\.)?ndarray\[tuple\[~?(?:typing\.)?Any, \.\.\.\], "
    r"~?(?:numpy\.)?dtype\[~?(?:numpy\.)?(?P<number>\w+)(?:\[~?(?:typing\.)?Any\])?\]\]"
)
"""numpy's NDArray[number] as autodoc writes it."""

LIST = re.compile(r"^([-*+]|\d+\.)\s")


def setup(app) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", _docstring)
    app.connect("autodoc-process-signature", _signature)
    return {"parallel_read_safe": True}


def _docstring(app, what, name, described, options, lines: list[str]) -> None:
    lines[:] = converted(lines)


def _signature(app, what, name, described, options, arguments: str | None, returned: str | None):
    return tuple(None if text is None else short(text) for text in (arguments, returned))


def short(signature: str) -> str:
    """Types of arrays by their numbers alone, as `ndarray[float64]`."""
    return ARRAY.sub(r"ndarray[\g<number>]", signature)


def converted(lines: list[str]) -> list[str]:
    """The docstring, line by line, as reStructuredText; one with underlined sections is left alone."""
    if any(SECTION.match(line) for line in lines):
        return lines
    out: list[str] = []
    for paragraph in _paragraphs(lines):
        out += [*_shown(paragraph), ""]
    return out


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Stretches without blank lines; indented ones that follow each other stay together."""
    held: list[str] = []
    blank = False
    for line in lines:
        if not line.strip():
            blank = bool(held)
            continue
        if blank and not (held[-1].startswith(" ") and held[0].startswith(" ") and line.startswith(" ")):
            yield held
            held = []
        elif blank:
            held.append("")
        held.append(line.rstrip())
        blank = False
    if held:
        yield held


def _shown(paragraph: list[str]) -> list[str]:
    if paragraph[0].startswith("  "):
        return [".. code-block:: none", "", *(f"   {line}" for line in paragraph)]
    if paragraph[0].startswith("|"):
        return [".. code-block:: none", "", *(f"   {line}" for line in paragraph)]
    if GRID.match(paragraph[0]):
        return paragraph
    if LIST.match(paragraph[0]):
        return [escaped(line) for line in paragraph]
    first = next((k for k, line in enumerate(paragraph) if ENTRY.match(line)), None)
    if first is None:
        return _prose(paragraph)
    return [
        *(_prose(paragraph[:first]) if first else []),
        *([""] if first else []),
        *_table(paragraph[first:]),
    ]


def _prose(paragraph: list[str]) -> list[str]:
    """Running text; what is indented below it is an equation."""
    body = [line for line in paragraph if not line.startswith("  ")]
    inside = [line for line in paragraph if line.startswith("  ")]
    text = [escaped(line) for line in body]
    if text and text[0].startswith("Raises "):
        text[0] = text[0].replace("Raises ", "**Raises** ", 1)
    if text and text[-1].endswith("::"):  # announces what is literal, which every indented paragraph is
        text[-1] = text[-1][:-1]
    return text + (["", ".. code-block:: none", "", *(f"   {line}" for line in inside)] if inside else [])


def _table(rows: list[str]) -> list[str]:
    """Rows as a definition list; a line without a colon that is not indented ends the table."""
    out: list[str] = []
    for number, row in enumerate(rows):
        entry = ENTRY.match(row)
        if entry:
            out += ["", f"``{entry['name'].replace('`', '')}``", f"   {escaped(entry['text'])}"]
        elif row.startswith(" "):
            out.append(f"   {escaped(row.strip())}")
        else:
            return [*out[1:], "", *_shown(rows[number:])]
    return out[1:]


def escaped(text: str) -> str:
    """`name` as a literal; stars, bars and trailing underscores elsewhere as themselves."""
    pieces = re.split(r"(``[^`]+``|`[^`]+`)", text)
    return "".join(
        f"``{piece.strip('`')}``" if piece.startswith("`") and len(piece) > 2 else SPECIAL.sub(r"\\\1", piece)
        for piece in pieces
    )
