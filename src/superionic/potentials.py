"""Potential files of any family: one function reads them all. A new family is one line in `FAMILIES`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .nep.format import NEPParameters, read_nep

Potential = NEPParameters
"""What a potential file holds; of several families the union of what their readers return. An engine refuses,
with a ValueError, what it does not cover."""


class UnknownPotentialError(ValueError):
    """A file that is no potential of a family that this code reads."""


@dataclass(frozen=True)
class PotentialFamily:
    """How files of a family are recognised and read.

    first_word : regular expression that the first word of the file matches
    read       : path to parameters; raises ValueError for a file that it cannot use
    """

    name: str
    first_word: str
    read: Callable[[Path], Potential]


FAMILIES = (PotentialFamily("NEP (nep.txt)", r"nep\d.*", read_nep),)
"""All families, tried in this order."""


def load_potential(path: str | Path) -> Potential:
    """Read a potential; the first word of the file says of which family it is.

    Raises UnknownPotentialError (missing file, unknown family) and what the reader of the family raises.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8") as handle:
            words = handle.readline(1000).split()
    except FileNotFoundError:
        raise UnknownPotentialError(f"{path}: no such potential file") from None
    except UnicodeDecodeError:
        raise UnknownPotentialError(f"{path}: not a text file; this code reads {_known()}") from None
    first = words[0] if words else ""
    for family in FAMILIES:
        if re.fullmatch(family.first_word, first):
            return family.read(path)
    raise UnknownPotentialError(
        f"{path}: line 1 starts with {repr(first) if first else 'nothing'}, so it is of no family of "
        f"potentials that this code reads: {_known()}"
    )


def as_potential(potential: Potential | str | Path) -> Potential:
    """What was read already, or read now."""
    return load_potential(potential) if isinstance(potential, (str, Path)) else potential


def _known() -> str:
    return ", ".join(family.name for family in FAMILIES)
