"""The shape of a NEP model: everything the header of a nep.txt says, and the sizes that follow from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NEPShape:
    """Elements, cutoffs and expansion orders of a model; no trained number. Two equal shapes compile alike.

    cutoff_radial, cutoff_angular : Å
    n_max, basis_size             : (radial, angular), highest index (counts are one more)
    l_max                         : 3-body l_max, 4-body (0 or 2), 5-body (0 or 1)
    n_neurons                     : of the one hidden layer
    zbl                           : (inner, outer) cutoffs of the ZBL repulsion in Å, or None
    """

    elements: tuple[str, ...]
    cutoff_radial: float
    cutoff_angular: float
    n_max: tuple[int, int]
    basis_size: tuple[int, int]
    l_max: tuple[int, int, int]
    n_neurons: int
    zbl: tuple[float, float] | None = None

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
        """(radial, angular) in Å."""
        return self.cutoff_radial, self.cutoff_angular

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
        return self.l_max[1] == 2

    @property
    def five_body(self) -> bool:
        return self.l_max[2] == 1

    @property
    def n_descriptors(self) -> int:
        """D: radial n, then the angular n for every l, for the 4-body and for the 5-body row."""
        return self.n_radial + self.n_angular * (self.l_max[0] + self.four_body + self.five_body)

    @property
    def array_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the trained arrays (`format.NEPParameters`)."""
        types, neurons = self.n_types, self.n_neurons
        return {
            "w0": (types, neurons, self.n_descriptors),
            "b0": (types, neurons),
            "w1": (types, neurons),
            "c_radial": (self.n_radial, self.k_radial, types, types),
            "c_angular": (self.n_angular, self.k_angular, types, types),
            "q_scaler": (self.n_descriptors,),
        }
