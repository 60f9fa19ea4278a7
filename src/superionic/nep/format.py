"""nep.txt, the file format of neuroevolution potentials (GPUMD, calorine, LAMMPS read the same file)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..conventions import Array
from ..provenance import write_text_atomically
from .header import (
    HeaderReader,
    NEPFormatError,
    header_lines,
    read_cutoffs,
    read_first_line,
    read_l_max,
    read_neurons,
    read_zbl,
)
from .screening import check_repulsion, screened_pairs
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
    zbl_pairs (P, 10)                      : flexible ZBL of P pairs of species (`screening.screened_pairs`)

    Raises ValueError for an array that does not have the form its shape asks for, and for flexible ZBL that
    `screening.check_repulsion` refuses.
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
    zbl_pairs: Array | None = None

    def __post_init__(self) -> None:
        for name, expected in self.shape.array_shapes.items():
            if (got := np.shape(getattr(self, name))) != expected:
                raise ValueError(
                    f"{name} of the potential has shape {got}, but its header asks for {expected}"
                )
        if self.zbl_pairs is not None and not self.shape.zbl_flexible:
            raise ValueError("zbl_pairs belongs to flexible ZBL, so zbl must be (0, 0)")
        if self.zbl_pairs is not None:
            check_repulsion(self.shape, self.zbl_pairs)

    @property
    def elements(self) -> tuple[str, ...]:
        return self.shape.elements


def read_nep(path: str | Path) -> NEPParameters:
    """Read a nep.txt of the third to fifth generation, with or without ZBL.

    What other files say otherwise is held in one form: generations as nep4, typewise ZBL of GPUMD until 2025
    as flexible ZBL.

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
    zbl, zbl_factor = read_zbl(header) if version.endswith("_zbl") else (None, None)
    cutoffs = read_cutoffs(header, len(elements))
    n_max = header.integers("n_max", (2,), "n_max <radial> <angular>")
    basis_size = header.integers("basis_size", (2,), "basis_size <radial> <angular>")
    shape = NEPShape(
        elements=elements,
        cutoff_radial=cutoffs.largest[0],
        cutoff_angular=cutoffs.largest[1],
        n_max=(n_max[0], n_max[1]),
        basis_size=(basis_size[0], basis_size[1]),
        l_max=read_l_max(header),
        n_neurons=read_neurons(header),
        zbl=zbl,
        zbl_factor=zbl_factor,
        species_cutoffs=cutoffs.of_species,
        cutoff_factors=cutoffs.factors,
    )
    generation = int(version[3])
    arrays = _split(header.remaining(), _arrays_of_file(shape, generation), path)
    w0, b0, w1 = _networks(arrays["network"], shape.n_neurons, len(elements), generation)
    try:
        shape, zbl_pairs = _without_older_zbl(shape, cutoffs.older_zbl_factor, arrays.get("zbl_pairs"))
        if shape.zbl is not None:
            check_repulsion(shape, zbl_pairs)
        return NEPParameters(
            shape=replace(shape, n_neurons=w0.shape[1]),
            w0=w0,
            b0=b0,
            w1=w1,
            b1=float(arrays["b1"][0]),
            c_radial=arrays["c_radial"],
            c_angular=arrays["c_angular"],
            q_scaler=arrays["q_scaler"],
            max_neighbors=cutoffs.max_neighbors,
            zbl_pairs=zbl_pairs,
        )
    except ValueError as error:
        raise NEPFormatError(f"{path}: {error}") from None


def _without_older_zbl(
    shape: NEPShape, factor: float | None, zbl_pairs: Array | None
) -> tuple[NEPShape, Array | None]:
    """Typewise ZBL from half the outer cutoff on, as GPUMD had it until 2025, in the form of flexible ZBL."""
    if factor is None or shape.zbl is None or shape.zbl_flexible:
        return shape, zbl_pairs
    if shape.zbl_factor is not None:
        raise ValueError("the zbl line and the cutoff line both have a factor of typewise ZBL")
    table = screened_pairs(replace(shape, zbl_factor=factor))
    table[..., 0] = table[..., 1] / 2
    return replace(shape, zbl=(0.0, 0.0)), table[np.triu_indices(shape.n_types)]


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


def write_nep(path: str | Path, parameters: NEPParameters) -> None:
    """Write a nep.txt that `read_nep`, GPUMD and calorine read back; numbers keep 17 digits."""
    p, shape = parameters, parameters.shape
    per_type = [np.concatenate([p.w0[t].ravel(), p.b0[t], p.w1[t]]) for t in range(shape.n_types)]
    rest = [[p.b1], p.c_radial.ravel(), p.c_angular.ravel(), p.q_scaler]
    if p.zbl_pairs is not None:
        rest.append(p.zbl_pairs.ravel())
    head = header_lines(shape, p.max_neighbors)
    values = np.concatenate([*per_type, *rest])
    write_text_atomically(path, "\n".join([*head, *(f"{value:.16e}" for value in values)]) + "\n")


def _arrays_of_file(shape: NEPShape, generation: int) -> dict[str, tuple[int, ...]]:
    """Arrays in the order of the file; `network` holds w0, b0 and w1 of each type, of nep5 its bias, too."""
    networks = 1 if generation == 3 else shape.n_types
    of_network = shape.n_neurons * (shape.n_descriptors + 2) + (generation == 5)
    expansions = {name: size for name, size in shape.array_shapes.items() if name not in ("w0", "b0", "w1")}
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
