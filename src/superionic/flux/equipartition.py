"""Do the momenta of a series belong to the temperature, masses and numbers of atoms it is said to have?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..conventions import Array
from ..units import BOLTZMANN_EV_PER_K
from .validation import FluxError

TOO_LARGE, TOO_SMALL, SIGMAS = 0.06, 0.15, 4.0
"""Deviations that are refused, beyond four standard errors: filters and averages before writing take some of
the fast motion away, and nothing adds to it."""

BLOCKS = 20
"""Pieces of a replica whose scatter gives the standard error."""


def check_equipartition(
    momenta: Mapping[str, Array],
    masses: Mapping[str, float],
    temperature_K: float | Array,
) -> None:
    """⟨P_g²⟩ = M_g k_B T (1 - M_g/M) per axis, for the total momentum of each group of atoms.

    The factor stands for a total momentum of zero. A wrong temperature, mass, order of groups or unit all
    break this; each would make every transport coefficient wrong in silence.

    momenta       : group → (R, n, 3) internal units
    masses        : group → M_g in u, of all groups of the system, those without momenta as well

    Raises FluxError that names the group, the temperature its momenta have, and what to look at.
    """
    total = sum(masses.values())
    temperature = float(np.mean(temperature_K))
    ratios = {}
    for group, momentum in momenta.items():
        free = 1.0 - masses[group] / total
        if free < 1e-6 or len(momentum[0]) < BLOCKS:
            continue
        squares = [piece.mean(axis=1) for piece in np.array_split(momentum**2, BLOCKS, axis=1)]
        pieces = np.stack(squares) / (masses[group] * BOLTZMANN_EV_PER_K * temperature * free)
        ratios[group] = float(pieces.mean()), float(pieces.std() / np.sqrt(pieces.size - 1))
    wrong = {
        group: ratio
        for group, (ratio, error) in ratios.items()
        if not 1.0 - TOO_SMALL - SIGMAS * error <= ratio <= 1.0 + TOO_LARGE + SIGMAS * error
    }
    if wrong:
        apparent = ", ".join(f"{group} {ratio * temperature:.0f} K" for group, ratio in wrong.items())
        raise FluxError(
            f"the momenta contradict a temperature of {temperature:g} K: by them and the masses it is "
            f"{apparent}. Check the temperature, the order of the groups or columns, the masses, the units, "
            "and that the total momentum was set to zero"
        )
