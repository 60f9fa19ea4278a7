"""The structures of world.h and shape.h as numpy sees them, and a potential packed into `Model`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import factorial, pi

import numpy as np
from ase.data import atomic_numbers

from ...nep.format import NEPParameters
from ...nep.screening import SCREENING_LENGTH_A
from ...nep.shape import NEPShape
from ...units import COULOMB_EV_A

LANES = 32
GREATEST_RADIAL = 512
"""Most neighbours within the radial cutoff that the kernels are compiled for."""
GREATEST_CANDIDATES = 4096
"""Most neighbours within cutoff and skin that the list has room for."""
SHARED_BYTES = 96 * 1024
"""Shared memory that a block of `site` may ask for on any chip since sm_80."""


@dataclass(frozen=True)
class KernelShape:
    """Sizes that are fixed when the kernels are compiled; names as in shape.h."""

    n_types: int
    n_radial: int
    n_angular: int
    k_radial: int
    k_angular: int
    l_max: int
    four_body: bool
    five_body: bool
    n_neurons: int
    zbl: bool
    max_radial: int
    max_angular: int
    site_threads: int = 64
    site_blocks: int = 8

    @property
    def angular_padded(self) -> int:
        return round_up(self.n_angular, 4)

    @property
    def n_harmonics(self) -> int:
        return self.l_max * (self.l_max + 2)

    @property
    def n_descriptors(self) -> int:
        """With the radial ones, and each angular row, filled up to a multiple of four."""
        rows = self.l_max + self.four_body + self.five_body
        return round_up(self.n_radial, 4) + rows * self.angular_padded

    @property
    def descriptor_places(self) -> np.ndarray:
        """Where the descriptors of a nep.txt lie among these."""
        rows = self.l_max + self.four_body + self.five_body
        starts = round_up(self.n_radial, 4) + self.angular_padded * np.arange(rows)
        angular = starts[:, None] + np.arange(self.n_angular)
        return np.concatenate([np.arange(self.n_radial), angular.ravel()])

    @property
    def n_sums(self) -> int:
        """Numbers that the sums over atoms of a sampled step consist of, padded."""
        return round_up(10 + 3 * self.n_types + 9, LANES)

    @property
    def surroundings_bytes(self) -> int:
        """Shared memory of one warp of the kernel `site` (struct Surroundings)."""
        harmonics = 4 * (max(round_up(self.n_harmonics, 4), 8 * -(-self.n_harmonics // 8)) // 4 | 1)
        floats = (
            5 * self.max_radial
            + 2 * self.angular_padded * self.max_angular
            + LANES * harmonics
            + self.n_harmonics * self.angular_padded
            + round_up(self.n_descriptors, LANES)
            + round_up(self.n_neurons, LANES)
            + self.n_types * 2 * round_up(self.k_radial, 4)
        )
        return round_up(4 * floats, 16)

    def with_room(self, radial: int, angular: int) -> KernelShape:
        """The same with room for at least so many neighbours, and as many warps a block as then find room."""
        roomy = replace(
            self,
            max_radial=max(self.max_radial, round_up(radial, 16)),
            max_angular=max(self.max_angular, round_up(angular, 8)),
        )
        warps = 2 if 2 * roomy.surroundings_bytes <= SHARED_BYTES else 1
        return replace(roomy, site_threads=warps * LANES)

    def definitions(self) -> dict[str, int]:
        """Macros for the compiler."""
        return {
            "NEP_TYPES": self.n_types,
            "NEP_N_RADIAL": self.n_radial,
            "NEP_N_ANGULAR": self.n_angular,
            "NEP_K_RADIAL": self.k_radial,
            "NEP_K_ANGULAR": self.k_angular,
            "NEP_L_MAX": self.l_max,
            "NEP_FOUR_BODY": int(self.four_body),
            "NEP_FIVE_BODY": int(self.five_body),
            "NEP_NEURONS": self.n_neurons,
            "NEP_ZBL": int(self.zbl),
            "NEP_MAX_RADIAL": self.max_radial,
            "NEP_MAX_ANGULAR": self.max_angular,
            "NEP_SITE_THREADS": self.site_threads,
            "NEP_SITE_BLOCKS": self.site_blocks,
            "NEP_MODEL_BYTES": model_type(self).itemsize,
            "NEP_WORLD_BYTES": WORLD.itemsize,
            "NEP_REPLICA_BYTES": REPLICA.itemsize,
            "NEP_SURROUNDINGS_BYTES": self.surroundings_bytes,
        }


def round_up(n: int, unit: int) -> int:
    """The next multiple of `unit`."""
    return -(-n // unit) * unit


def kernel_shape(model: NEPShape, max_radial: int, max_angular: int) -> KernelShape:
    """Sizes of a potential with room for so many neighbours.

    Raises ValueError for a potential the CUDA engine does not cover.
    """
    l_max, four_body = model.l_max[0], model.four_body
    if not 1 <= l_max <= 4 or (four_body and l_max < 2):
        raise ValueError(
            f"l_max {model.l_max} is outside the CUDA engine (3-body 1 to 4, 4-body from 2 on): "
            "use engine='torch'"
        )
    reach = {"angular cutoff": model.cutoff_angular, "outer ZBL radius": (model.zbl or (0, 0))[1]}
    for name, radius in reach.items():
        if radius > model.cutoff_radial:
            raise ValueError(
                f"{name} {radius} Å beyond the radial cutoff, {model.cutoff_radial} Å, is outside the "
                "CUDA engine: use engine='torch'"
            )
    return KernelShape(
        n_types=model.n_types,
        n_radial=model.n_radial,
        n_angular=model.n_angular,
        k_radial=model.k_radial,
        k_angular=model.k_angular,
        l_max=l_max,
        four_body=four_body,
        five_body=model.five_body,
        n_neurons=model.n_neurons,
        zbl=model.zbl is not None,
        max_radial=max_radial,
        max_angular=max_angular,
    )


def model_type(shape: KernelShape) -> np.dtype:
    """`Model` of world.h."""
    s, pairs = shape, round_up(shape.n_types**2, 4)
    fields = [
        ("network_by_neuron", (s.n_types, s.n_descriptors, round_up(s.n_neurons, LANES))),
        ("network_by_descriptor", (s.n_types, round_up(s.n_neurons, 4), round_up(s.n_descriptors, LANES))),
        ("b0", (s.n_types, round_up(s.n_neurons, LANES))),
        ("w1", (s.n_types, round_up(s.n_neurons, LANES))),
        ("radial", (s.n_types, s.n_types, s.k_radial, round_up(s.n_radial, 4))),
        ("radial_series", (s.n_types, s.n_types, s.k_radial, round_up(s.n_radial, 4))),
        ("angular_series", (s.n_types, s.n_types, s.k_angular, 2 * s.angular_padded)),
        ("harmonic_weight", (round_up(s.n_harmonics, 4),)),
        ("zbl_strength", (pairs,)),
        ("zbl_inverse_length", (pairs,)),
        ("cutoff_radial", ()),
        ("cutoff_angular", ()),
        ("inverse_radial", ()),
        ("inverse_angular", ()),
        ("zbl_inner", ()),
        ("zbl_outer", ()),
    ]
    return np.dtype([(name, "f4", size) for name, size in fields] + [("b1", "f8")])


def pack(p: NEPParameters, shape: KernelShape) -> np.ndarray:
    """The potential as one `Model`."""
    model = np.zeros((), model_type(shape))
    n, h, places = shape.n_radial, shape.n_neurons, shape.descriptor_places
    weights = p.w0 * p.q_scaler
    model["network_by_neuron"][:, places, :h] = weights.transpose(0, 2, 1)
    model["network_by_descriptor"][:, :h, places] = weights
    model["b0"][:, :h], model["w1"][:, :h] = p.b0, p.w1
    radial = p.c_radial.transpose(2, 3, 1, 0)
    model["radial"][..., :n] = radial
    model["radial_series"][..., :n] = _with_constant(radial)
    value = _with_constant(p.c_angular.transpose(2, 3, 1, 0))
    halved = np.where(np.arange(shape.k_angular)[:, None] > 0, value / 2, value)
    model["angular_series"][..., : shape.n_angular] = halved
    start = shape.angular_padded
    model["angular_series"][..., start : start + shape.n_angular] = chebyshev_slope(value) / 2
    model["harmonic_weight"][: shape.n_harmonics] = _harmonic_weights(shape.l_max)
    charges = np.array([atomic_numbers[element] for element in p.elements], float)
    pairs = shape.n_types**2
    model["zbl_strength"][:pairs] = (COULOMB_EV_A * np.outer(charges, charges)).ravel()
    lengths = np.add.outer(charges**0.23, charges**0.23) / SCREENING_LENGTH_A
    model["zbl_inverse_length"][:pairs] = lengths.ravel()
    model["cutoff_radial"], model["cutoff_angular"] = p.shape.cutoff_radial, p.shape.cutoff_angular
    model["inverse_radial"], model["inverse_angular"] = 1 / p.shape.cutoff_radial, 1 / p.shape.cutoff_angular
    model["zbl_inner"], model["zbl_outer"] = p.shape.zbl or (0.0, 0.0)
    model["b1"] = p.b1
    return model


def _with_constant(c: np.ndarray) -> np.ndarray:
    """Coefficients of Σ_k c_k (T_k + 1) in T_0, T_1, ...: (T, T, K, n)."""
    series = c.copy()
    series[:, :, 0] += c.sum(axis=2)
    return series


def chebyshev_slope(c: np.ndarray) -> np.ndarray:
    """d/du of Σ_k c_k T_k(u), as a series in 1/2, T_1, T_2 ...; T'_(k+1)/(k+1) - T'_(k-1)/(k-1) = 2 T_k."""
    slope = np.zeros((*c.shape[:2], c.shape[2] + 2, c.shape[3]))
    for k in range(c.shape[2] - 2, -1, -1):
        slope[:, :, k] = slope[:, :, k + 2] + 2 * (k + 1) * c[:, :, k + 1]
    return slope[:, :, : c.shape[2]]


def _harmonic_weights(l_max: int) -> np.ndarray:
    """(2l+1)/4π times the factor of the addition theorem, in the order of harmonics.cuh."""
    weights = []
    for degree in range(1, l_max + 1):
        for m in range(degree + 1):
            ratio = factorial(degree - m) / factorial(degree + m)
            weights += [(2 if m else 1) * (2 * degree + 1) / (4 * pi) * ratio] * (2 if m else 1)
    return np.array(weights)


REPLICA = np.dtype(
    [
        *((name, "f8", (3, 3)) for name in ("cell", "inverse", "deformation", "inverse_transpose")),
        *((name, "f8", (3, 3)) for name in ("cell_sum", "virial")),
        *((name, "f8") for name in ("factor", "heat", "potential")),
        ("step", "i4"),
        ("unused", "i4"),
    ]
)
TROUBLE = np.dtype(
    [(name, "i4") for name in ("candidates", "radial", "angular", "late", "not_finite", "cell")]
)

ARRAYS = (
    *("model", "mass", "noise", "normals", "replica", "trouble", "position", "velocity", "force", "listed"),
    *("shift", "image", "site_energy", "atomic_virial", "bin_of", "slot", "binned", "bin_count"),
    *(
        "bin_start",
        "candidate",
        "reverse",
        "n_candidates",
        "edge",
        "kinetic_part",
        "sums_part",
        "stress_part",
    ),
    "series",
)
OPTIONAL = ("noise", "normals", "atomic_virial", "series")
"""Arrays that only some blocks have."""

WORLD = np.dtype(
    [
        *((name, "i4") for name in ("n_atoms", "n_replicas", "n_images", "room")),
        *((name, "i4", (3,)) for name in ("bins", "bin_range", "image_range", "periodic")),
        *((name, "i4") for name in ("n_bins", "atom_blocks", "warp_blocks", "steps", "sample_every")),
        *((name, "i4") for name in ("n_samples", "list_every", "cell_every", "thermostatted", "isotropic")),
        ("unused", "i4", (2,)),
        *((name, "f8") for name in ("timestep", "skin", "reach", "decay", "target_kinetic", "freedom")),
        *((name, "f8") for name in ("pressure", "cell_rate", "kT")),
        *((name, "u8") for name in ARRAYS),
    ]
)
