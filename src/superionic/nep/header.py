"""The header of a nep.txt, line by line; what this code lacks is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase.data import atomic_numbers

from ..conventions import Array

VERSIONS = ("nep3", "nep3_zbl", "nep4", "nep4_zbl", "nep5", "nep5_zbl")
"""What format.py reads; all become nep4, which has a network per type and one bias: the network of nep3 is
the same for all types, and the bias per type of nep5 is a neuron that is always on."""

UNSUPPORTED = {
    "charge": "charges (qNEP)",
    "dipole": "dipoles instead of energies",
    "polarizability": "polarisabilities instead of energies",
    "temperature": "a dependence on the temperature",
    "vdw": "van der Waals energies",
    "spin": "spins",
}
"""Part of the first word of a nep.txt -> what such a model has that this code lacks."""


class NEPFormatError(ValueError):
    """A nep.txt that cannot be used; the message names the line and what was expected there."""


class HeaderReader:
    """Takes header lines one by one and names the line when one is not as expected."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path, self.lines, self.position = path, lines, 0

    def words(self) -> list[str]:
        line = self.lines[self.position] if self.position < len(self.lines) else ""
        self.position += 1
        return line.split()

    def refuse_longer(self, keyword: str, count: int, feature: str) -> None:
        """Name what a line of more numbers than this code reads stands for."""
        words = self.lines[self.position].split() if self.position < len(self.lines) else []
        if words and words[0] == keyword and len(words) > count + 1:
            raise NEPFormatError(
                f"{self.path}: line {self.position + 1} ({' '.join(words)}) has {feature}, which this code "
                "lacks"
            )

    def numbers(self, keyword: str, count: int, form: str) -> list[float]:
        words = self.words()
        try:
            values = [float(word) for word in words[1:]]
        except ValueError:
            values = []
        if not words or words[0] != keyword or len(values) != count:
            raise NEPFormatError(
                f"{self.path}: line {self.position} should be '{form}', got {' '.join(words)!r}"
            )
        return values

    def integers(self, keyword: str, count: int, form: str) -> list[int]:
        values = self.numbers(keyword, count, form)
        if not all(0 <= value < 1e6 and value == int(value) for value in values):
            raise NEPFormatError(
                f"{self.path}: line {self.position}: {form} takes whole numbers below a million"
            )
        return [int(value) for value in values]

    def remaining(self) -> Array:
        try:
            return np.array([float(x) for line in self.lines[self.position :] for x in line.split()])
        except ValueError as error:
            raise NEPFormatError(f"{self.path}: a parameter is not a number: {error}") from None


def read_first_line(header: HeaderReader) -> tuple[str, tuple[str, ...]]:
    """Version and elements."""
    words = header.words()
    if not words or words[0] not in VERSIONS:
        first = repr(words[0]) if words else "nothing"
        lacks = [what for part, what in UNSUPPORTED.items() if words and part in words[0]]
        if lacks:
            raise NEPFormatError(f"{header.path}: a {words[0]} model has {lacks[0]}, which this code lacks")
        raise NEPFormatError(
            f"{header.path}: line 1 starts with {first}; this code reads {' and '.join(VERSIONS)}"
        )
    elements = tuple(words[2:])
    if len(words) < 3 or not words[1].isdecimal() or int(words[1]) != len(elements):
        raise NEPFormatError(
            f"{header.path}: line 1 should be '{words[0]} <number of types> <elements>', "
            f"got {' '.join(words)!r}"
        )
    if len(set(elements)) != len(elements) or any(symbol not in atomic_numbers for symbol in elements):
        raise NEPFormatError(
            f"{header.path}: line 1 names elements twice or unknown ones: {' '.join(elements)}"
        )
    return words[0], elements
