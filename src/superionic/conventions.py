"""Orders and signs shared by several modules, each with how it was confirmed.

r_ij = r_j - r_i. Rows of a cell are its lattice vectors. Time axis first, then current, then xyz.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Any array of float64; shapes are given in the docstrings of the functions."""

VIRIAL_COMPONENTS = ("xx", "xy", "xz", "yx", "yy", "yz", "zx", "zy", "zz")
"""Order of the nine components of a per-atom virial W_ab = Σ_j r_ij,a ∂U_j/∂r_ji,b: first index is the
direction of r, second that of the force. Row-major, never symmetrised. Confirmed against the edge
sum and the time derivative of Σ U_i r_i on a free cluster (superionic.testing.currents)."""

VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""ASE's order of the six stress components: xx yy zz yz xz xy; stress = (∂U/∂strain) / volume, so
it is positive when the cell wants to shrink. Confirmed by finite strain."""

ENERGY_KINETIC = "energy_kinetic"
"""Name of J_k = Σ_i (m_i v_i²/2 + U_i) v_i, the part of the energy current carried by the atoms."""

ENERGY_POTENTIAL = "energy_potential"
"""Name of J_p = Σ_i W_i · v_i, the part carried by the work of the forces."""


def mass_current(symbol: str) -> str:
    """Name of the mass current J_s = Σ_{i in s} m_i v_i of one species."""
    return f"mass_{symbol}"


def framework_warnings(msd_A2: Mapping[str, float], bounds_A2: Mapping[str, float]) -> list[str]:
    """Framework species that have moved farther than their bound (`framework_msd_A2` of material.toml)."""
    return [
        f"{symbol} has moved {msd_A2[symbol]:.1f} Å² (mean square), more than a crystal's {bound:g} Å²: "
        "it melts or loses its framework"
        for symbol, bound in bounds_A2.items()
        if msd_A2.get(symbol, 0.0) > bound
    ]
