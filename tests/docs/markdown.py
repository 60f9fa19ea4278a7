"""Fenced code blocks of a Markdown page, with the comment that stands before each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FENCE = re.compile(
    r"(?:^<!--\s*(?P<comment>[^\n]*?)\s*-->\n+)?^(?P<ticks>```+)(?P<language>[^\n]*)\n(?P<body>.*?)^(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """language as after the fence; note: the HTML comment on the line before, or empty."""

    page: Path
    line: int
    language: str
    body: str
    note: str


def pages() -> list[Path]:
    """Every Markdown page of the repository that people read as documentation."""
    found = [
        *ROOT.glob("*.md"),
        *ROOT.glob(".github/**/*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("data/*/README.md"),
        *ROOT.glob("replication/README.md"),
        *ROOT.glob("src/superionic/**/README.md"),
    ]
    return sorted(found)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, match.start("ticks")) + 1,
            match["language"].strip(),
            match["body"],
            match["comment"] or "",
        )
        for match in FENCE.finditer(text)
    ]
