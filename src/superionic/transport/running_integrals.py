"""Running Green-Kubo integrals of all current correlations, one set per independent unit of data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import fft

from ..conventions import Array
from ..flux.series import FluxError
from .current_set import CurrentSet
from .onsager import combine, schur_complement
from .uncertainty import ENOUGH_REPLICAS, jackknife

BLOCKS = 16
FEWEST_BLOCKS = 4
LAGS_PER_BLOCK = 5
LEAST_LAGS_PER_BLOCK = 3
"""With fewer than 8 replicas each is cut into blocks, at least 16 in total, none shorter than five times the
longest lag (then fewer blocks; three times it rather than fewer than four blocks). Blocks that long are
independent, and a jackknife over fewer units has an error bar that is itself uncertain by more than 25 %.
Fewer than four blocks are refused: two gave 0.19 ± 0.05 for a true value of 0.42."""


@dataclass(frozen=True)
class RunningIntegrals:
    """Λ_ab(t) = 1/(3 k_B V T²) ∫₀^t ⟨J_a(s)·J_b(0)⟩ ds, symmetric in a and b, in SI.

    time_ps : (K+1,) lags
    basis   : (U, K+1, C, C) per unit; C = energy_kinetic, energy_potential, mass currents
    units   : what a unit is ("12 replicas", "16 blocks of 3 replicas")
    mobile  : species of the mass currents
    """

    time_ps: Array = field(repr=False)
    basis: Array = field(repr=False)
    units: str
    mobile: tuple[str, ...]

    @cached_property
    def matrices(self) -> Array:
        """(U, K+1, M, M) running integrals for (J_E, J_1, ...)."""
        return combine(self.basis)

    def naive(self) -> tuple[Array, Array]:
        """Running Λ_00 and its standard error, (K+1,) each, W/m/K."""
        return self.apply(lambda matrix: matrix[..., 0, 0])

    def onsager(self) -> tuple[Array, Array]:
        """Running matrix and its standard errors, (K+1, M, M) each."""
        return self.apply(lambda matrix: matrix)

    def kappa(self) -> tuple[Array, Array]:
        """Running Schur complement and its standard error, (K+1,) each, W/m/K; zero at lag zero."""
        return self.apply(_from_first_lag)

    def apply(self, function: Callable[[Array], Array]) -> tuple[Array, Array]:
        """Jackknife of any function of the running matrices (K+1, M, M)."""
        return jackknife(function, self.matrices)

    def plateau(self, window_ps: tuple[float, float]) -> Array:
        """(U, C, C) mean of the running integrals over the window, per unit."""
        low, high = window_ps
        inside = (self.time_ps >= low - 1e-9) & (self.time_ps <= high + 1e-9)
        if not 0 <= low < high or high > self.time_ps[-1] + 1e-9 or not inside.any():
            raise FluxError(
                f"plateau window {low}-{high} ps does not fit in lags up to {self.time_ps[-1]:g} ps: "
                "raise max_lag_ps or move the window"
            )
        return self.basis[:, inside].mean(axis=1)


def _from_first_lag(matrix: Array) -> Array:
    kappa = np.zeros(len(matrix))
    kappa[1:] = schur_complement(matrix[1:])
    return kappa


def running_integrals(currents: CurrentSet, max_lag_ps: float) -> RunningIntegrals:
    """Running Green-Kubo integrals up to `max_lag_ps`.

    No mean is subtracted: equilibrium currents average to zero, and removing the sample mean would
    lower a plateau at lag t by the fraction 2t/T of a series of length T.

    Raises FluxError when the series is too short for four blocks of three lags.
    """
    lags = round(max_lag_ps * 1e3 / currents.dt_fs)
    units, description = _units(currents.values, lags)
    correlations = np.stack([correlation(unit, lags) for unit in units])
    integrals = np.cumsum(correlations, axis=1)
    integrals -= 0.5 * (correlations + correlations[:, :1])
    basis = integrals * currents.dt_fs * np.outer(currents.basis_to_si, currents.basis_to_si)
    time_ps = np.arange(lags + 1, dtype=float) * currents.dt_fs * 1e-3
    return RunningIntegrals(time_ps, basis, description, currents.mobile)


def correlation(values: Array, lags: int) -> Array:
    """(lags+1, C, C) symmetrised correlation ½⟨J_a(t)J_b(0) + J_b(t)J_a(0)⟩, mean over the three axes.

    values : (C, 3, n). Zero-padded FFT, normalised by the number of pairs n - lag.
    """
    n_currents, n_axes, n_samples = values.shape
    padded = fft.next_fast_len(n_samples + lags, real=True)
    result = np.zeros((lags + 1, n_currents, n_currents))
    for axis in range(n_axes):  # one at a time to save memory
        transform = fft.rfft(values[:, axis], padded)
        for a in range(n_currents):
            for b in range(a, n_currents):
                # the real part of the cross spectrum is that of the symmetrised correlation
                power = transform[a].real * transform[b].real + transform[a].imag * transform[b].imag
                result[:, a, b] += fft.irfft(power, padded)[: lags + 1]
    for a in range(n_currents):
        for b in range(a):
            result[:, a, b] = result[:, b, a]
    pairs = 3.0 * (n_samples - np.arange(lags + 1))
    return np.asarray(result / pairs[:, None, None])


def _units(values: Array, lags: int) -> tuple[list[Array], str]:
    """Independent pieces (C, 3, n) of the data and their description."""
    n_replicas, n_samples = values.shape[0], values.shape[-1]
    if lags < 2:
        raise FluxError("max_lag_ps must span at least two samples")
    if n_replicas >= ENOUGH_REPLICAS and n_samples > lags:
        return list(values), f"{n_replicas} replicas"
    per_replica = min(-(-BLOCKS // n_replicas), n_samples // (LAGS_PER_BLOCK * lags))
    if per_replica * n_replicas < FEWEST_BLOCKS:
        per_replica = min(-(-FEWEST_BLOCKS // n_replicas), n_samples // (LEAST_LAGS_PER_BLOCK * lags))
    if per_replica * n_replicas < FEWEST_BLOCKS:
        raise FluxError(
            f"{n_replicas} replica(s) of {n_samples} samples give fewer than {FEWEST_BLOCKS} blocks of "
            f"{LEAST_LAGS_PER_BLOCK} x {lags} samples: lower max_lag_ps or run longer"
        )
    length = n_samples // per_replica
    blocks = [
        replica[..., start * length : (start + 1) * length]
        for replica in values
        for start in range(per_replica)
    ]
    return blocks, f"{len(blocks)} blocks of {n_replicas} replica(s)"
