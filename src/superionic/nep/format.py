"""nep.txt, the file format of neuroevolution potentials (GPUMD, calorine, LAMMPS read the same file)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ..provenance import write_text_atomically

Array = NDArray[np.float64]

VERSIONS = ("nep4", "nep4_zbl")


class NEPFormatError(ValueError):
    """A nep.txt that cannot be used; the message names the line and what was expected there."""


@dataclass(frozen=True)
class NEPParameters:
    """Everything a nep.txt holds. T types, D descriptor components, H neurons.

    cutoff_radial, cutoff_angular               : Å
    max_neighbors_radial, max_neighbors_angular : largest neighbour counts, memory hints of GPUMD
    n_max, basis_size                           : (radial, angular), highest index (counts are one more)
    l_max                                       : 3-body l_max, 4-body (0 or 2), 5-body (0 or 1)
    w0 (T, H, D)  b0 (T, H)  w1 (T, H)  b1      : U_i = Σ_ν w1_ν tanh(Σ_d w0_νd s_d q_d - b0_ν) - b1, eV
    c_radial (n+1, k+1, T, T), c_angular        : g_n(r) = Σ_k c_nk[t_i, t_j] f_k(r)
    q_scaler (D,)                               : s_d
    zbl                                         : (inner, outer) cutoffs of the ZBL repulsion in Å, or None
    """

    version: str
    elements: tuple[str, ...]
    cutoff_radial: float
    cutoff_angular: float
    max_neighbors_radial: int
    max_neighbors_angular: int
    n_max: tuple[int, int]
    basis_size: tuple[int, int]
    l_max: tuple[int, int, int]
    w0: Array
    b0: Array
    w1: Array
    b1: float
    c_radial: Array
    c_angular: Array
    q_scaler: Array
    zbl: tuple[float, float] | None = None

    @property
    def n_types(self) -> int:
        return len(self.elements)

    @property
    def n_neurons(self) -> int:
        return int(self.w0.shape[1])


def n_descriptors(n_max: tuple[int, int], l_max: tuple[int, int, int]) -> int:
    """Number of descriptor components: radial, then one per angular n for every l, 4-body, 5-body row."""
    rows = l_max[0] + (l_max[1] == 2) + (l_max[2] == 1)
    return n_max[0] + 1 + (n_max[1] + 1) * rows


def read_nep(path: str | Path) -> NEPParameters:
    """Read a nep4 or nep4_zbl file.

    Raises NEPFormatError: missing file, unknown header, a header line that is not as it should be, or a
    number of parameters that does not fit the header.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise NEPFormatError(f"{path}: no such potential file") from None
    except UnicodeDecodeError:
        raise NEPFormatError(f"{path}: not a text file, so not a nep.txt") from None
    header = _HeaderReader(path, lines)
    version, elements = _read_first_line(header)
    zbl = None
    if version == "nep4_zbl":
        inner, outer = header.numbers("zbl", 2, "zbl <inner cutoff> <outer cutoff>")
        if outer <= 0:
            raise NEPFormatError(f"{path}: flexible ZBL (zbl 0 0) is not supported, only universal ZBL")
        zbl = (inner, outer)
    cutoffs = header.numbers("cutoff", 4, "cutoff <radial> <angular> <max neighbours> <max neighbours>")
    _check_ranges(path, cutoffs, zbl)
    n_max = header.integers("n_max", 2, "n_max <radial> <angular>")
    basis_size = header.integers("basis_size", 2, "basis_size <radial> <angular>")
    l_max = header.integers("l_max", 3, "l_max <3-body> <4-body> <5-body>")
    if l_max[1] not in (0, 2) or l_max[2] not in (0, 1):
        raise NEPFormatError(f"{path}: l_max 4-body must be 0 or 2 and 5-body 0 or 1, got {l_max[1:]}")
    neurons, hidden = header.integers("ANN", 2, "ANN <neurons> 0")
    if hidden != 0:
        raise NEPFormatError(f"{path}: NEP has one hidden layer, so ANN must end in 0, got {hidden}")
    sizes = (n_max[0], n_max[1]), (basis_size[0], basis_size[1]), (l_max[0], l_max[1], l_max[2])
    arrays = _split(header.remaining(), _shapes(len(elements), neurons, *sizes), path)
    descriptors = n_descriptors(sizes[0], sizes[2])
    weights, b0, w1 = np.split(
        arrays["network"], [neurons * descriptors, neurons * (descriptors + 1)], axis=1
    )
    return NEPParameters(
        version=version,
        elements=elements,
        cutoff_radial=cutoffs[0],
        cutoff_angular=cutoffs[1],
        max_neighbors_radial=int(cutoffs[2]),
        max_neighbors_angular=int(cutoffs[3]),
        n_max=sizes[0],
        basis_size=sizes[1],
        l_max=sizes[2],
        w0=weights.reshape(len(elements), neurons, descriptors),
        b0=b0,
        w1=w1,
        b1=float(arrays["b1"][0]),
        c_radial=arrays["c_radial"],
        c_angular=arrays["c_angular"],
        q_scaler=arrays["q_scaler"],
        zbl=zbl,
    )


def _check_ranges(path: Path, cutoffs: list[float], zbl: tuple[float, float] | None) -> None:
    for what, value in (("radial cutoff", cutoffs[0]), ("angular cutoff", cutoffs[1])):
        if not 0 < value < 100:
            raise NEPFormatError(f"{path}: the {what} must be between 0 and 100 Å, got {value:g}")
    for what, value in (("radial", cutoffs[2]), ("angular", cutoffs[3])):
        if not 0 <= value < 1e9 or value != int(value):
            raise NEPFormatError(
                f"{path}: the largest number of {what} neighbours must be whole, got {value:g}"
            )
    if zbl is not None and not 0 <= zbl[0] < zbl[1] < 100:
        raise NEPFormatError(
            f"{path}: zbl takes an inner radius below an outer one, in Å, got {zbl[0]:g} {zbl[1]:g}"
        )
    if zbl is not None and zbl[1] > cutoffs[0]:
        raise NEPFormatError(
            f"{path}: zbl reaches to {zbl[1]:g} Å, beyond the radial cutoff of {cutoffs[0]:g} Å within which "
            "neighbours are known"
        )
    if cutoffs[1] > cutoffs[0]:
        raise NEPFormatError(
            f"{path}: the angular cutoff, {cutoffs[1]:g} Å, must not exceed the radial one, {cutoffs[0]:g} Å"
        )


def write_nep(path: str | Path, parameters: NEPParameters) -> None:
    """Write a nep.txt that `read_nep`, GPUMD and calorine read back; numbers keep 17 digits."""
    p = parameters
    head = [f"{p.version} {p.n_types} {' '.join(p.elements)}"]
    if p.zbl is not None:
        head.append(f"zbl {p.zbl[0]:g} {p.zbl[1]:g}")
    head += [
        f"cutoff {p.cutoff_radial:g} {p.cutoff_angular:g} {p.max_neighbors_radial} {p.max_neighbors_angular}",
        f"n_max {p.n_max[0]} {p.n_max[1]}",
        f"basis_size {p.basis_size[0]} {p.basis_size[1]}",
        f"l_max {p.l_max[0]} {p.l_max[1]} {p.l_max[2]}",
        f"ANN {p.n_neurons} 0",
    ]
    per_type = [np.concatenate([p.w0[t].ravel(), p.b0[t], p.w1[t]]) for t in range(p.n_types)]
    values = np.concatenate([*per_type, [p.b1], p.c_radial.ravel(), p.c_angular.ravel(), p.q_scaler])
    write_text_atomically(path, "\n".join([*head, *(f"{value:.16e}" for value in values)]) + "\n")


def _shapes(
    types: int, neurons: int, n_max: tuple[int, int], basis: tuple[int, int], l_max: tuple[int, int, int]
) -> dict[str, tuple[int, ...]]:
    """Arrays in the order of the file; `network` holds w0, b0 and w1 of each type."""
    descriptors = n_descriptors(n_max, l_max)
    return {
        "network": (types, neurons * (descriptors + 2)),
        "b1": (1,),
        "c_radial": (n_max[0] + 1, basis[0] + 1, types, types),
        "c_angular": (n_max[1] + 1, basis[1] + 1, types, types),
        "q_scaler": (descriptors,),
    }


def _split(values: Array, shapes: dict[str, tuple[int, ...]], path: Path) -> dict[str, Array]:
    sizes = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    expected = sum(sizes.values())
    if values.size != expected:
        what = "truncated" if values.size < expected else "too long"
        parts = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise NEPFormatError(
            f"{path}: {what}: {values.size} parameters, but the header asks for {expected} ({parts})"
        )
    if not np.isfinite(values).all():
        raise NEPFormatError(f"{path}: parameter {int(np.argmin(np.isfinite(values))) + 1} is not finite")
    pieces = np.split(values, np.cumsum(list(sizes.values()))[:-1])
    return {name: piece.reshape(shapes[name]) for name, piece in zip(shapes, pieces, strict=True)}


def _read_first_line(header: _HeaderReader) -> tuple[str, tuple[str, ...]]:
    words = header.words()
    if not words or words[0] not in VERSIONS:
        found = repr(words[0]) if words else "nothing"
        raise NEPFormatError(
            f"{header.path}: line 1 starts with {found}; this code reads {' and '.join(VERSIONS)}"
        )
    elements = tuple(words[2:])
    if len(words) < 3 or not words[1].isdigit() or int(words[1]) != len(elements):
        raise NEPFormatError(
            f"{header.path}: line 1 should be '{words[0]} <number of types> <elements>', "
            f"got {' '.join(words)!r}"
        )
    if len(set(elements)) != len(elements) or any(symbol not in atomic_numbers for symbol in elements):
        raise NEPFormatError(
            f"{header.path}: line 1 names elements twice or unknown ones: {' '.join(elements)}"
        )
    return words[0], elements


class _HeaderReader:
    """Takes header lines one by one and names the line when one is not as expected."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path, self.lines, self.position = path, lines, 0

    def words(self) -> list[str]:
        line = self.lines[self.position] if self.position < len(self.lines) else ""
        self.position += 1
        return line.split()

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
