"""Self-diffusion, from mean squared displacements or from velocities."""

from __future__ import annotations

import numpy as np
from scipy import constants, fft

from ..conventions import Array
from ..flux.series import FluxError
from .uncertainty import Estimate, jackknife_estimate

_M2_PER_S = constants.angstrom**2 / constants.femto

FEWEST_LAGS = 8
"""Fewest lags of a mean squared displacement for a fit of the slope."""


def self_diffusion(msd: Array, dt_fs: float, fit_from: float = 0.2, fit_to: float = 1.0) -> Estimate:
    """D = slope/6 of the mean squared displacement in m²/s, fitted over a fraction of the lags.

    msd : (R, lags) Å²

    The error is the spread of the slopes over replicas; for fewer than three replicas that over three parts
    of the fit range, a rough estimate. Raises FluxError for fewer than eight lags.
    """
    lags = msd.shape[1]
    if lags < FEWEST_LAGS:
        raise FluxError(f"{lags} lags of the MSD are too few to fit a slope")
    time = np.arange(lags) * dt_fs
    inside = slice(int(fit_from * lags), int(fit_to * lags))
    if len(msd) >= 3:
        slopes = np.polyfit(time[inside], msd[:, inside].T, 1)[0]
    else:
        stretches = np.array_split(np.arange(lags)[inside], 3)
        slopes = np.concatenate([np.polyfit(time[s], msd[:, s].T, 1)[0] for s in stretches])
    return jackknife_estimate(np.asarray, slopes / 6.0 * _M2_PER_S)


def self_diffusion_from_velocities(
    velocities: Array, dt_fs: float, max_lag_ps: float, plateau_ps: tuple[float, float]
) -> Estimate:
    """D = ⅓ ∫₀^∞ ⟨v(t)·v(0)⟩ dt in m²/s, mean of the running integral over a window of lags.

    velocities : (R, n, N, 3) Å/fs, R replicas, n samples `dt_fs` apart, N atoms of one species

    The velocity autocorrelation is computed by FFT and averaged over time origins and atoms. The error is a
    jackknife over replicas; for fewer than three of them over three groups of atoms, which neglects
    correlations between the groups.

    Raises FluxError for a window beyond the longest lag, or lags beyond the series.
    """
    n_replicas, n_samples, n_atoms, _ = velocities.shape
    lags = round(max_lag_ps * 1e3 / dt_fs)
    time_ps = np.arange(lags + 1) * dt_fs * 1e-3
    inside = (time_ps >= plateau_ps[0] - 1e-9) & (time_ps <= plateau_ps[1] + 1e-9)
    if not 2 <= lags < n_samples or plateau_ps[1] > time_ps[-1] + 1e-9 or not inside.any():
        raise FluxError(
            f"{n_samples} samples of {dt_fs:g} fs do not hold lags up to {max_lag_ps:g} ps and a plateau "
            f"over {plateau_ps[0]:g}-{plateau_ps[1]:g} ps: give longer series or shorter lags"
        )
    if n_replicas >= 3:
        units = list(velocities)
    elif n_atoms >= 3:
        units = [group for one in velocities for group in np.array_split(one, 3, axis=1)]
    else:
        raise FluxError(f"{n_replicas} replicas of {n_atoms} atoms give no error bar: give three of either")
    plateaus = []
    for unit in units:
        correlation = _velocity_correlation(unit, lags)
        integral = np.cumsum(correlation) - 0.5 * (correlation + correlation[0])
        plateaus.append(float(integral[inside].mean()) * dt_fs / 3.0)
    return jackknife_estimate(np.asarray, np.array(plateaus) * _M2_PER_S)


def _velocity_correlation(velocities: Array, lags: int) -> Array:
    """⟨v(t)·v(0)⟩ (lags+1,) over time origins and atoms of (n, N, 3)."""
    n_samples, n_atoms, _ = velocities.shape
    padded = fft.next_fast_len(n_samples + lags, real=True)
    transform = fft.rfft(velocities.reshape(n_samples, -1), padded, axis=0)
    power = np.sum(transform.real**2 + transform.imag**2, axis=1)
    return np.asarray(fft.irfft(power, padded)[: lags + 1] / ((n_samples - np.arange(lags + 1)) * n_atoms))
