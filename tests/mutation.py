"""What a planted fault is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One fault: `old` becomes `new` in `file` (below src/superionic), to be found by `tests`."""

    file: str
    old: str
    new: str
    tests: str
    select: str = ""
    """Expression for pytest -k: only what takes seconds need run."""
