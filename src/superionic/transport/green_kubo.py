"""Green-Kubo: the Onsager matrix from the plateau of running integrals, with jackknife errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .current_set import CurrentSet
from .decomposition import PARTS, parts
from .onsager import OnsagerEstimate, combine, coupled_fraction, heat_of_transport, schur_complement
from .running_integrals import FEWEST_BLOCKS, LAGS_PER_BLOCK, RunningIntegrals, running_integrals
from .uncertainty import ENOUGH_REPLICAS, Estimate, jackknife, jackknife_estimate

MAX_LAG_PS = 10.0
PLATEAU_PS = (5.0, 10.0)
"""The paper's window: running integrals to 10 ps, averaged from 5 to 10 ps."""


@dataclass(frozen=True)
class GreenKuboResult:
    """κ, L_ab and the parts of L_00 from a plateau of the running integrals.

    parts      : "kk", "pp", "kp" of L_00 in W/m/K (both orders of the cross term in kp)
    integrals  : the running integrals
    max_lag_ps : their longest lag
    plateau_ps : window of the plateau
    """

    onsager: OnsagerEstimate
    parts: Mapping[str, Estimate]
    integrals: RunningIntegrals
    max_lag_ps: float
    plateau_ps: tuple[float, float]

    @property
    def scalars(self) -> dict[str, tuple[float, float, str]]:
        """Empty: this method has none beyond the Onsager matrix and the parts of L_00."""
        return {}

    def details(self) -> dict[str, Any]:
        """JSON-able, in addition to the Onsager matrix."""
        return {
            "units": self.integrals.units,
            "plateau_ps": list(self.plateau_ps),
            "parts_W_per_mK": {name: value.as_dict() for name, value in self.parts.items()},
        }

    def summary(self) -> str:
        """One-line summary of the settings."""
        low, high = self.plateau_ps
        return f"Green-Kubo: plateau {low:g}-{high:g} ps, errors from {self.integrals.units}"


def green_kubo(
    currents: CurrentSet, max_lag_ps: float = MAX_LAG_PS, plateau_ps: tuple[float, float] = PLATEAU_PS
) -> GreenKuboResult:
    """Onsager matrix from the mean of the running integrals over a window of lags.

    Raises FluxError when the series is too short for the lags, or the window does not fit in them.
    """
    integrals = running_integrals(currents, max_lag_ps)
    plateau = integrals.plateau(plateau_ps)
    matrix, errors = jackknife(combine, plateau)
    if currents.mobile:
        heat, heat_errors = jackknife(lambda basis: heat_of_transport(combine(basis)), plateau)
    else:
        heat, heat_errors = np.zeros((2, 0))
    dof = len(plateau) - 1
    onsager = OnsagerEstimate(
        kappa=jackknife_estimate(lambda basis: schur_complement(combine(basis)), plateau),
        naive_kappa=Estimate.symmetric(float(matrix[0, 0]), float(errors[0, 0]), dof),
        coupled=jackknife_estimate(lambda basis: coupled_fraction(combine(basis)), plateau),
        matrix=matrix,
        errors=errors,
        heat=heat,
        heat_errors=heat_errors,
        dof=dof,
    )
    values, of_values = jackknife(parts, plateau)
    named = {
        name: Estimate.symmetric(float(value), float(error), dof)
        for name, value, error in zip(PARTS, values, of_values, strict=True)
    }
    return GreenKuboResult(onsager, named, integrals, max_lag_ps, plateau_ps)


def fitting_window(
    currents: CurrentSet, max_lag_ps: float, plateau_ps: tuple[float, float]
) -> tuple[float, tuple[float, float]]:
    """Longest lag and plateau window, shrunk by one factor if the series is too short for them."""
    n_replicas, n_samples = currents.values.shape[0], currents.values.shape[-1]
    if n_replicas >= ENOUGH_REPLICAS:
        lags = n_samples // 2
    else:
        lags = n_samples // -(-FEWEST_BLOCKS // n_replicas) // LAGS_PER_BLOCK
    longest = lags * currents.dt_fs * 1e-3
    if longest >= max_lag_ps:
        return max_lag_ps, plateau_ps
    shrink = longest / max_lag_ps
    return longest, (shrink * plateau_ps[0], shrink * plateau_ps[1])
