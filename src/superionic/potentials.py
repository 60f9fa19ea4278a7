"""Potential files of any family: one function reads them all. A new family is one line in `FAMILIES`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .nep.format import NEPParameters, read_nep

Potential = NEPParameters
"""Contents of a potential file; with several families the union of the types their readers return. An engine
raises ValueError for those it does not support."""


class UnknownPotentialError(ValueError):
    """A file that belongs to no supported family of potentials."""


@dataclass(frozen=True)
class PotentialFamily:
    """How files of a family are recognised and read.

    first_word : regular expression for the first word of the file
    read       : path to parameters; raises ValueError for an invalid file
    """

    name: str
    first_word: str
    read: Callable[[Path], Potential]


FAMILIES = (PotentialFamily("NEP (nep.txt)", r"nep\d.*", read_nep),)
"""All families, tried in this order."""


def load_potential(path: str | Path) -> Potential:
    """Read a potential; its family is recognised by the first word of the file.

    Raises UnknownPotentialError (missing file, unknown family) and the errors of the family's reader.
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
    """The given parameters, or those of a file."""
    return load_potential(potential) if isinstance(potential, (str, Path)) else potential


def _known() -> str:
    return ", ".join(family.name for family in FAMILIES)
