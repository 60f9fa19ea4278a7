"""The header of a nep.txt, line by line, read and written; what this code lacks is named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers

from ..conventions import Array
from .shape import COUPLED_ROWS, LONGEST_L_MAX, NEPShape

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

    def numbers(self, keyword: str, counts: tuple[int, ...], form: str) -> list[float]:
        """The numbers after the keyword, as many as one of `counts`."""
        words = self.words()
        try:
            values = [float(word) for word in words[1:]]
        except ValueError:
            values = []
        if not words or words[0] != keyword or len(values) not in counts:
            raise NEPFormatError(
                f"{self.path}: line {self.position} should be '{form}', got {' '.join(words)!r}"
            )
        return values

    def fault(self, message: str) -> NEPFormatError:
        """What is wrong with the line that was read last."""
        return NEPFormatError(f"{self.path}: line {self.position}: {message}")

    def integers(self, keyword: str, counts: tuple[int, ...], form: str) -> list[int]:
        values = self.numbers(keyword, counts, form)
        if not all(0 <= value < 1e6 and value == int(value) for value in values):
            raise self.fault(f"{form} takes whole numbers below a million")
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


@dataclass(frozen=True)
class CutoffLine:
    """What the cutoff line says; lengths in Å.

    largest         : (radial, angular) of all pairs
    of_species      : (radial, angular) of each species, where they differ
    factors         : (radial, angular) of typewise cutoffs
    older_zbl_factor : of typewise ZBL as GPUMD had it until 2025: the inner cutoff is half the outer one
    max_neighbors   : (radial, angular)
    """

    largest: tuple[float, float]
    of_species: tuple[tuple[float, float], ...] | None
    factors: tuple[float, float] | None
    older_zbl_factor: float | None
    max_neighbors: tuple[int, int]


def read_zbl(header: HeaderReader) -> tuple[tuple[float, float], float | None]:
    """(inner, outer) cutoff in Å, both 0 for flexible ZBL, and the factor of typewise ZBL."""
    inner, outer, *factors = header.numbers("zbl", (2, 3), "zbl <inner cutoff> <outer cutoff> [<factor>]")
    factor = factors[0] if factors else None
    if inner == outer == 0:
        if factor is not None:
            raise header.fault("zbl 0 0 means that every pair has its own cutoffs, so it takes no factor")
        return (inner, outer), None
    if not 0 <= inner < outer < 100:
        raise header.fault(f"zbl takes an inner radius below an outer one, in Å, got {inner:g} {outer:g}")
    if factor is not None and not 0 < factor < 100:
        raise header.fault(f"the factor of typewise ZBL must be positive, got {factor:g}")
    return (inner, outer), factor


def read_cutoffs(header: HeaderReader, n_types: int) -> CutoffLine:
    """One pair of cutoffs, or one of each species, or one and the factors of typewise cutoffs."""
    values = header.numbers(
        "cutoff",
        (4, 2 * n_types + 2, 7),
        "cutoff <radial> <angular> <max neighbours> <max neighbours>, with a radial and an angular cutoff of "
        "each species instead of one, or with three factors of typewise cutoffs at the end",
    )
    factors = values[4:] if len(values) == 7 else []
    lengths, counts = (values[:2], values[2:4]) if factors else (values[:-2], values[-2:])
    pairs = tuple(zip(lengths[::2], lengths[1::2], strict=True))
    for radial, angular in pairs:
        for what, value in (("radial cutoff", radial), ("angular cutoff", angular)):
            if not 0 < value < 100:
                raise header.fault(f"the {what} must be between 0 and 100 Å, got {value:g}")
        if angular > radial:
            raise header.fault(
                f"the angular cutoff, {angular:g} Å, must not exceed the radial one, {radial:g} Å"
            )
    for what, value in (("radial", counts[0]), ("angular", counts[1])):
        if not 0 <= value < 1e9 or value != int(value):
            raise header.fault(f"the largest number of {what} neighbours must be whole, got {value:g}")
    # GPUMD writes -1 for what is not used
    if not all(-100 < factor < 100 for factor in factors) or (
        factors and (factors[0] > 0) != (factors[1] > 0)
    ):
        raise header.fault(
            f"typewise cutoffs take a positive radial and angular factor, or -1 for both, got {factors}"
        )
    return CutoffLine(
        largest=(max(lengths[::2]), max(lengths[1::2])),
        of_species=pairs if len(pairs) > 1 else None,
        factors=(factors[0], factors[1]) if factors and factors[0] > 0 else None,
        older_zbl_factor=factors[2] if factors and factors[2] > 0 else None,
        max_neighbors=(int(counts[0]), int(counts[1])),
    )


def read_l_max(header: HeaderReader) -> tuple[int, ...]:
    """l_max as `NEPShape` has it; any number but 0 switches a row on, as in GPUMD."""
    names = ["q_222", "q_1111", *(f"q_{''.join(map(str, row))}" for row in COUPLED_ROWS)]
    highest, *flags = header.integers(
        "l_max", tuple(range(3, 2 + len(names))), f"l_max <3-body> <{'> <'.join(names)}>, at least three"
    )
    if not 1 <= highest <= LONGEST_L_MAX:
        raise header.fault(f"l_max 3-body must be at least 1 and at most {LONGEST_L_MAX}, got {highest}")
    if flags[0] > 2:
        raise header.fault(f"l_max 4-body must be 0 or 2, got {flags[0]}")
    needs = (2, 1, *(max(row) for row in COUPLED_ROWS))
    for name, flag, needed in zip(names, flags, needs, strict=False):
        if flag and highest < needed:
            raise header.fault(f"{name} needs l_max 3-body of at least {needed}, got {highest}")
    on = [int(flag > 0) for flag in flags]
    while len(on) > 2 and not on[-1]:
        del on[-1]
    return highest, 2 * on[0], *on[1:]


def read_neurons(header: HeaderReader) -> int:
    """Neurons of the one hidden layer."""
    neurons, second = header.integers("ANN", (2,), "ANN <neurons> 0")
    if neurons < 1:
        raise header.fault("a network has at least one neuron")
    if second != 0:
        raise header.fault(
            f"a second hidden layer, of {second} neurons, which this code lacks: it reads networks of one "
            "hidden layer, whose ANN ends in 0"
        )
    return neurons


def header_lines(shape: NEPShape, max_neighbors: tuple[int, int]) -> list[str]:
    """The header as GPUMD writes it."""
    lines = [f"{shape.version} {shape.n_types} {' '.join(shape.elements)}"]
    if shape.zbl is not None:
        factor = [] if shape.zbl_factor is None else [shape.zbl_factor]
        lines.append(_line("zbl", *shape.zbl, *factor))
    cutoffs = shape.cutoffs if shape.species_cutoffs is None else np.ravel(shape.species_cutoffs)
    factors = () if shape.cutoff_factors is None else (*shape.cutoff_factors, -1)
    return [
        *lines,
        _line("cutoff", *cutoffs, *max_neighbors, *factors),
        _line("n_max", *shape.n_max),
        _line("basis_size", *shape.basis_size),
        _line("l_max", *shape.l_max),
        _line("ANN", shape.n_neurons, 0),
    ]


def _line(keyword: str, *values: float) -> str:
    """Numbers as short as they can be without loss."""
    return " ".join([keyword, *(f"{v:g}" if float(f"{v:g}") == v else repr(float(v)) for v in values)])
