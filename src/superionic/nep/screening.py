"""Screening of the repulsion of nuclei: universal (Ziegler, Biersack and Littmark, 1985), or of each pair."""

from __future__ import annotations

import numpy as np

from ..conventions import Array
from .shape import NEPShape

SCREENING = ((0.18175, 3.1998), (0.50986, 0.94229), (0.28022, 0.4029), (0.02817, 0.20162))
"""(weight, exponent) of φ(x) = Σ_n weight_n exp(-exponent_n x), x = r/a."""

SCREENING_LENGTH_A = 0.46848
"""a = 0.46848 Å / (Z_i^0.23 + Z_j^0.23)."""


def screened_pairs(shape: NEPShape, zbl_pairs: Array | None = None) -> Array:
    """(T, T, 10): inner and outer cutoff in Å, then weight and exponent of four terms, of each pair.

    zbl_pairs : (P, 10) of flexible ZBL, P pairs in the order 1-1, 1-2, ... 1-T, 2-2, ...
    Typewise cutoffs end where `zbl_factor` times the sum of covalent radii ends, and begin at 0.
    Raises ValueError for a shape without ZBL, or for an element without covalent radius.
    """
    if shape.zbl is None:
        raise ValueError("the potential has no ZBL repulsion")
    table = np.empty((shape.n_types, shape.n_types, 10))
    if zbl_pairs is not None:
        first, second = np.triu_indices(shape.n_types)
        table[first, second] = table[second, first] = zbl_pairs
        return table
    table[..., 0], table[..., 1] = shape.zbl
    table[..., 2:] = np.ravel(SCREENING)
    if shape.zbl_factor is not None:
        table[..., 0] = 0.0
        table[..., 1] = np.minimum(shape.zbl[1], shape.zbl_factor * shape.pair_radii)
    return table


def check_repulsion(shape: NEPShape, zbl_pairs: Array | None = None) -> None:
    """Raise ValueError where a pair's repulsion ends before it begins, or beyond the cutoffs of the pair.

    Neighbours are known within the radial cutoff, and GPUMD looks for those that ZBL repels within the
    angular one, where its energy would jump.
    """
    table, cutoffs = screened_pairs(shape, zbl_pairs), shape.pair_cutoffs
    for first, second in zip(*np.triu_indices(shape.n_types), strict=True):
        inner, outer = table[first, second, :2]
        pair = f"{shape.elements[first]}-{shape.elements[second]}"
        if not 0 <= inner < outer and (inner, outer) != (0, 0):  # 0 0 leaves a pair without repulsion
            raise ValueError(
                f"zbl takes an inner radius below an outer one, in Å, got {inner:g} {outer:g} for {pair}"
            )
        for name, cutoff in zip(("radial", "angular"), cutoffs[:, first, second], strict=True):
            if outer > cutoff:
                raise ValueError(
                    f"zbl reaches to {outer:g} Å for {pair}, beyond the {name} cutoff of {cutoff:g} Å within "
                    "which neighbours are known"
                )
