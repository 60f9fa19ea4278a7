"""The shape of a NEP model: everything the header of a nep.txt says, and the sizes that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Array
from .radii import covalent_radius

LONGEST_L_MAX = 8
"""The highest l of the 3-body rows in a nep.txt."""

COUPLED_ROWS = ((1, 1, 2), (1, 2, 3), (2, 3, 3), (1, 3, 4))
"""Orders l1 l2 l3 of the 4-body rows that the further flags of the l_max line switch on, in its order."""


@dataclass(frozen=True)
class NEPShape:
    """Elements, cutoffs and expansion orders of a model; no trained number. Two equal shapes compile alike.

    cutoff_radial, cutoff_angular : Å, the largest of all pairs of species
    n_max, basis_size : (radial, angular), highest index (counts are one more)
    l_max             : 3-body l_max, q_222 (0 or 2), q_1111 (0 or 1), then a flag (0 or 1) for each of
                        `COUPLED_ROWS`, zeros at the end left out
    n_neurons         : of the one hidden layer
    zbl               : (inner, outer) cutoffs of the universal ZBL repulsion in Å; (0, 0) where every pair
                        has numbers of its own (flexible, `NEPParameters.zbl_pairs`); None without
    zbl_factor        : of typewise ZBL: a pair's outer cutoff is at most this many times the sum of its
                        covalent radii, and the inner one 0
    species_cutoffs   : (radial, angular) of each species; a pair has the mean of its two
    cutoff_factors    : (radial, angular): a pair's cutoffs are at most these many times the sum of its
                        covalent radii

    Raises ValueError for cutoffs that contradict each other.
    """

    elements: tuple[str, ...]
    cutoff_radial: float
    cutoff_angular: float
    n_max: tuple[int, int]
    basis_size: tuple[int, int]
    l_max: tuple[int, ...]
    n_neurons: int
    zbl: tuple[float, float] | None = None
    zbl_factor: float | None = None
    species_cutoffs: tuple[tuple[float, float], ...] | None = None
    cutoff_factors: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.zbl_factor is not None and (self.zbl is None or self.zbl_flexible):
            raise ValueError("zbl_factor belongs to universal ZBL, so zbl must be its (inner, outer) cutoffs")
        if self.species_cutoffs is None:
            return
        if self.cutoff_factors is not None:
            raise ValueError("species_cutoffs and cutoff_factors exclude each other")
        largest = tuple(max(column) for column in zip(*self.species_cutoffs, strict=True))
        if len(self.species_cutoffs) != self.n_types or largest != self.cutoffs:
            raise ValueError(
                f"species_cutoffs {self.species_cutoffs} must hold one (radial, angular) for each of "
                f"{self.n_types} species, the largest of them {self.cutoffs}"
            )

    @property
    def version(self) -> str:
        """First word of the nep.txt."""
        return "nep4" if self.zbl is None else "nep4_zbl"

    @property
    def cutoff(self) -> float:
        """Largest distance in Å at which two atoms interact."""
        return max(self.cutoff_radial, self.cutoff_angular, self.zbl[1] if self.zbl else 0.0)

    @property
    def cutoffs(self) -> tuple[float, float]:
        """(radial, angular) in Å, the largest of all pairs."""
        return self.cutoff_radial, self.cutoff_angular

    @property
    def has_pair_cutoffs(self) -> bool:
        """Whether cutoffs depend on the pair of species."""
        return self.species_cutoffs is not None or self.cutoff_factors is not None

    @property
    def pair_cutoffs(self) -> Array:
        """(2, T, T) Å: radial and angular cutoff of each pair of species."""
        if self.species_cutoffs is not None:
            of_species = np.array(self.species_cutoffs).T
            return (of_species[:, :, None] + of_species[:, None, :]) / 2
        pairs = np.tile(np.reshape(self.cutoffs, (2, 1, 1)), (1, self.n_types, self.n_types))
        if self.cutoff_factors is None:
            return pairs
        return np.minimum(pairs, np.reshape(self.cutoff_factors, (2, 1, 1)) * self.pair_radii)

    @property
    def pair_radii(self) -> Array:
        """(T, T) Å: sums of covalent radii; raises ValueError for elements beyond plutonium."""
        radii = np.array([covalent_radius(element) for element in self.elements])
        return np.add.outer(radii, radii)

    @property
    def zbl_flexible(self) -> bool:
        return self.zbl == (0.0, 0.0)

    @property
    def n_types(self) -> int:
        return len(self.elements)

    @property
    def n_radial(self) -> int:
        """Radial descriptors."""
        return self.n_max[0] + 1

    @property
    def n_angular(self) -> int:
        """Angular descriptors of one row."""
        return self.n_max[1] + 1

    @property
    def k_radial(self) -> int:
        """Basis functions of a radial descriptor."""
        return self.basis_size[0] + 1

    @property
    def k_angular(self) -> int:
        """Basis functions of an angular descriptor."""
        return self.basis_size[1] + 1

    @property
    def four_body(self) -> bool:
        """Whether there is the 4-body row q_222."""
        return self.l_max[1] == 2

    @property
    def five_body(self) -> bool:
        """Whether there is the 5-body row q_1111."""
        return self.l_max[2] == 1

    @property
    def coupled_rows(self) -> tuple[tuple[int, int, int], ...]:
        """Orders of the further 4-body rows of this model."""
        return tuple(row for row, flag in zip(COUPLED_ROWS, self.l_max[3:], strict=False) if flag)

    @property
    def n_descriptors(self) -> int:
        """Radial ones, then `n_angular` for every l, and for every 4-body and 5-body row."""
        rows = self.l_max[0] + self.four_body + self.five_body + len(self.coupled_rows)
        return self.n_radial + self.n_angular * rows

    @property
    def n_pairs(self) -> int:
        """Pairs of species, not counting their order."""
        return self.n_types * (self.n_types + 1) // 2

    @property
    def array_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the trained arrays (`format.NEPParameters`)."""
        types, neurons = self.n_types, self.n_neurons
        shapes: dict[str, tuple[int, ...]] = {
            "w0": (types, neurons, self.n_descriptors),
            "b0": (types, neurons),
            "w1": (types, neurons),
            "c_radial": (self.n_radial, self.k_radial, types, types),
            "c_angular": (self.n_angular, self.k_angular, types, types),
            "q_scaler": (self.n_descriptors,),
        }
        if self.zbl_flexible:
            shapes["zbl_pairs"] = (self.n_pairs, 10)
        return shapes
