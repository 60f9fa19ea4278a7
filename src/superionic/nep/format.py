"""nep.txt, the file format of neuroevolution potentials (GPUMD, calorine, LAMMPS read the same file)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..conventions import Array
from ..provenance import write_text_atomically
from .header import HeaderReader, NEPFormatError, read_first_line
from .shape import NEPShape

__all__ = ["NEPFormatError", "NEPParameters", "NEPShape", "read_nep", "write_nep"]

SATURATED = -40.0
"""Bias of a neuron whose tanh is 1 to the last bit of float64."""


@dataclass(frozen=True)
class NEPParameters:
    """A NEP model: its shape and its trained numbers. T types, D descriptor components, H neurons.

    shape                                  : elements, cutoffs, expansion orders
    w0 (T, H, D)  b0 (T, H)  w1 (T, H)  b1 : U_i = Σ_ν w1_ν tanh(Σ_d w0_νd s_d q_d - b0_ν) - b1, eV
    c_radial (n+1, k+1, T, T), c_angular   : g_n(r) = Σ_k c_nk[t_i, t_j] f_k(r)
    q_scaler (D,)                          : s_d
    max_neighbors                          : largest (radial, angular) counts, memory hints of GPUMD

    Raises ValueError for an array that does not have the form its shape asks for.
    """

    shape: NEPShape
    w0: Array
    b0: Array
    w1: Array
    b1: float
    c_radial: Array
    c_angular: Array
    q_scaler: Array
    max_neighbors: tuple[int, int]

    def __post_init__(self) -> None:
        for name, expected in self.shape.array_shapes.items():
            if (got := np.shape(getattr(self, name))) != expected:
                raise ValueError(
                    f"{name} of the potential has shape {got}, but its header asks for {expected}"
                )

    @property
    def elements(self) -> tuple[str, ...]:
        return self.shape.elements


def read_nep(path: str | Path) -> NEPParameters:
    """Read a nep.txt of the third to fifth generation, with or without ZBL.

    Raises NEPFormatError: missing file, unknown header, a feature this code lacks, a header line that
    is not as it should be, or a number of parameters that does not fit the header.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise NEPFormatError(f"{path}: no such potential file") from None
    except UnicodeDecodeError:
        raise NEPFormatError(f"{path}: not a text file, so not a nep.txt") from None
    header = HeaderReader(path, lines)
    version, elements = read_first_line(header)
    zbl = None
    if version.endswith("_zbl"):
        header.refuse_longer("zbl", 2, "ZBL radii that depend on the pair of types (typewise)")
        inner, outer = header.numbers("zbl", 2, "zbl <inner cutoff> <outer cutoff>")
        if outer <= 0:
            raise NEPFormatError(f"{path}: flexible ZBL (zbl 0 0) is not supported, only universal ZBL")
        zbl = (inner, outer)
    header.refuse_longer("cutoff", 4, "cutoffs of each type")
    cutoffs = header.numbers("cutoff", 4, "cutoff <radial> <angular> <max neighbours> <max neighbours>")
    _check_ranges(path, cutoffs, zbl)
    n_max = header.integers("n_max", 2, "n_max <radial> <angular>")
    basis_size = header.integers("basis_size", 2, "basis_size <radial> <angular>")
    header.refuse_longer("l_max", 3, "the four-body descriptors that followed q_222 and q_1111")
    l_max = header.integers("l_max", 3, "l_max <3-body> <4-body> <5-body>")
    if l_max[0] < 1 or (l_max[1] == 2 and l_max[0] < 2):
        raise NEPFormatError(
            f"{path}: l_max 3-body must be at least 1, and 2 for the 4-body part, got {l_max}"
        )
    if l_max[1] not in (0, 2) or l_max[2] not in (0, 1):
        raise NEPFormatError(f"{path}: l_max 4-body must be 0 or 2 and 5-body 0 or 1, got {l_max[1:]}")
    neurons, hidden = header.integers("ANN", 2, "ANN <neurons> 0")
    if neurons < 1:
        raise NEPFormatError(f"{path}: ANN {neurons} 0: a network has at least one neuron")
    if hidden != 0:
        raise NEPFormatError(f"{path}: NEP has one hidden layer, so ANN must end in 0, got {hidden}")
    shape = NEPShape(
        elements=elements,
        cutoff_radial=cutoffs[0],
        cutoff_angular=cutoffs[1],
        n_max=(n_max[0], n_max[1]),
        basis_size=(basis_size[0], basis_size[1]),
        l_max=(l_max[0], l_max[1], l_max[2]),
        n_neurons=neurons,
        zbl=zbl,
    )
    generation = int(version[3])
    arrays = _split(header.remaining(), _arrays_of_file(shape, generation), path)
    w0, b0, w1 = _networks(arrays["network"], neurons, len(elements), generation)
    return NEPParameters(
        shape=replace(shape, n_neurons=w0.shape[1]),
        w0=w0,
        b0=b0,
        w1=w1,
        b1=float(arrays["b1"][0]),
        c_radial=arrays["c_radial"],
        c_angular=arrays["c_angular"],
        q_scaler=arrays["q_scaler"],
        max_neighbors=(int(cutoffs[2]), int(cutoffs[3])),
    )


def _networks(network: Array, neurons: int, types: int, generation: int) -> tuple[Array, Array, Array]:
    """w0 (T, H, D), b0 (T, H), w1 (T, H) of the rows of a file."""
    if generation == 3:
        network = np.repeat(network, types, axis=0)
    inputs = network.shape[1] // neurons - 2
    weights, b0, w1, bias = np.split(
        network, [neurons * inputs, neurons * (inputs + 1), neurons * (inputs + 2)], axis=1
    )
    w0 = weights.reshape(types, neurons, inputs)
    if generation == 5:  # U_i loses the bias of its type, as it loses b1
        w0 = np.concatenate([w0, np.zeros((types, 1, inputs))], axis=1)
        b0 = np.concatenate([b0, np.full((types, 1), SATURATED)], axis=1)
        w1 = np.concatenate([w1, -bias], axis=1)
    return w0, b0, w1


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
    p, shape = parameters, parameters.shape
    head = [f"{shape.version} {shape.n_types} {' '.join(shape.elements)}"]
    if shape.zbl is not None:
        head.append(f"zbl {shape.zbl[0]:g} {shape.zbl[1]:g}")
    head += [
        f"cutoff {shape.cutoff_radial:g} {shape.cutoff_angular:g} {p.max_neighbors[0]} {p.max_neighbors[1]}",
        f"n_max {shape.n_max[0]} {shape.n_max[1]}",
        f"basis_size {shape.basis_size[0]} {shape.basis_size[1]}",
        f"l_max {shape.l_max[0]} {shape.l_max[1]} {shape.l_max[2]}",
        f"ANN {shape.n_neurons} 0",
    ]
    per_type = [np.concatenate([p.w0[t].ravel(), p.b0[t], p.w1[t]]) for t in range(shape.n_types)]
    values = np.concatenate([*per_type, [p.b1], p.c_radial.ravel(), p.c_angular.ravel(), p.q_scaler])
    write_text_atomically(path, "\n".join([*head, *(f"{value:.16e}" for value in values)]) + "\n")


def _arrays_of_file(shape: NEPShape, generation: int) -> dict[str, tuple[int, ...]]:
    """Arrays in the order of the file; `network` holds w0, b0 and w1 of each type, of nep5 its bias, too."""
    networks = 1 if generation == 3 else shape.n_types
    of_network = shape.n_neurons * (shape.n_descriptors + 2) + (generation == 5)
    expansions = {name: shape.array_shapes[name] for name in ("c_radial", "c_angular", "q_scaler")}
    return {"network": (networks, of_network), "b1": (1,), **expansions}


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
