"""Diffusion and ionic conductivity: self diffusion from MSD or velocities, charge from the mass currents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import constants, fft

from ..conventions import Array
from ..flux.series import FluxError, FluxSeries
from .running_integrals import RunningIntegrals
from .uncertainty import Estimate, jackknife_estimate, ratio

_M2_PER_S = constants.angstrom**2 / constants.femto

FEWEST_LAGS = 8
"""Of a mean squared displacement, to fit a slope to."""


@dataclass(frozen=True)
class IonTransport:
    """What the flow of ions amounts to.

    self_diffusion_m2_per_s : per species, from the slope of the MSD; empty without MSD
    conductivity_S_per_m    : Green-Kubo, relative to the framework; None without charges
    nernst_einstein_S_per_m : the same if ions moved independently; None without MSD or charges
    haven_ratio             : nernst_einstein / conductivity
    charge_carriers         : species whose charge enters
    """

    self_diffusion_m2_per_s: Mapping[str, Estimate]
    conductivity_S_per_m: Estimate | None
    nernst_einstein_S_per_m: Estimate | None
    haven_ratio: Estimate | None
    charge_carriers: tuple[str, ...]


def ion_transport(
    series: FluxSeries,
    integrals: RunningIntegrals,
    window_ps: tuple[float, float],
    charges: Mapping[str, float] | None,
    dropped: Sequence[str] = (),
) -> IonTransport:
    """Collect the diffusion and conductivity that the series allows; window as for the plateau.

    dropped : mobile species whose mass current follows from the others': they carry charge by themselves in
              the Nernst-Einstein conductivity, and in the conductivity with the recoil (charge_per_mass)
    """
    diffusion = {
        symbol: self_diffusion(values, float(series.msd_dt_fs or 0.0))
        for symbol, values in (series.msd or {}).items()
        if values.shape[1] >= FEWEST_LAGS
    }
    if charges is None:
        return IonTransport(diffusion, None, None, None, ())
    carriers = (*integrals.mobile, *dropped)
    _check_charges(series, charges, carriers)
    carrier = np.array([charges[s] * constants.e for s in integrals.mobile])
    per_mass = charge_per_mass(series, integrals.mobile, carrier)
    temperature = float(np.mean(series.temperature_K))
    conductivity = jackknife_estimate(
        lambda basis: conductivity_of(basis[2:, 2:], per_mass, temperature),
        integrals.plateau(window_ps),
    )
    if not all(symbol in diffusion for symbol in carriers):
        return IonTransport(diffusion, conductivity, None, None, carriers)
    nernst_einstein = _nernst_einstein(series, {s: diffusion[s] for s in carriers}, charges)
    # of the same atoms, but the self part fluctuates far less: as if they were independent
    haven = ratio(nernst_einstein, conductivity)
    return IonTransport(diffusion, conductivity, nernst_einstein, haven, carriers)


def _check_charges(series: FluxSeries, charges: Mapping[str, float], carriers: Sequence[str]) -> None:
    absent = [symbol for symbol in carriers if symbol not in charges]
    if absent:
        raise FluxError(f"charges must name the mobile species, {', '.join(absent)} missing")
    unknown = [symbol for symbol in charges if symbol not in series.masses]
    if unknown:
        raise FluxError(f"charges name {', '.join(unknown)}; the series holds {', '.join(series.masses)}")


def _nernst_einstein(
    series: FluxSeries, diffusion: Mapping[str, Estimate], charges: Mapping[str, float]
) -> Estimate:
    """σ = Σ_s N_s q_s² D_s / (V k_B T) in S/m."""
    volume = float(np.mean(series.volume_A3)) * constants.angstrom**3
    temperature = float(np.mean(series.temperature_K))
    weights = np.array(
        [
            series.counts[s] * (charges[s] * constants.e) ** 2 / (volume * constants.k * temperature)
            for s in diffusion
        ]
    )
    values = np.array([d.value for d in diffusion.values()])
    errors = np.array([d.standard_error for d in diffusion.values()])
    return Estimate.symmetric(float(weights @ values), float(np.linalg.norm(weights * errors)))


def charge_per_mass(series: FluxSeries, mobile: tuple[str, ...], carrier: Array) -> Array:
    """(mobile,) C/kg: weights of the mass currents in the charge current relative to the framework.

    Total momentum is zero, so the framework recoils with velocity -Σ_s J_s / M_F; in its own frame the
    charge current of a neutral crystal is Σ_s (q_s/m_s + Σ_t N_t q_t / M_F) J_s. The recoil raises the
    conductivity of Li3PS4 by 28 %. A series without framework species is taken as one at rest.
    """
    masses = np.array([series.masses[s] for s in mobile]) * constants.atomic_mass
    framework = sum(series.masses[s] * series.counts[s] for s in series.masses if s not in mobile)
    if not framework:
        return carrier / masses
    charge = sum(series.counts[s] * q for s, q in zip(mobile, carrier, strict=True))
    return np.asarray(carrier / masses + charge / (framework * constants.atomic_mass))


def conductivity_of(flow: Array, per_mass: Array, temperature_K: float) -> Array:
    """σ = T Σ_st (q_s/m_s) L_st (q_t/m_t) in S/m: L_st kg s/m³/K, per_mass C/kg."""
    return np.asarray(temperature_K * per_mass @ flow @ per_mass)


def self_diffusion(msd: Array, dt_fs: float, fit_from: float = 0.2, fit_to: float = 1.0) -> Estimate:
    """D = slope/6 of the mean squared displacement in m²/s, fitted over a fraction of the lags.

    msd : (R, lags) Å². The error comes from the spread of the slopes over replicas; with a single
    replica from three stretches of the fit, which is rough.

    Raises FluxError for fewer than eight lags.
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

    velocities : (R, n, N, 3) Å/fs of N like atoms at n instants `dt_fs` apart, R replicas. The velocities of
    all atoms are correlated by FFT and averaged over time origins. The error is a jackknife over replicas,
    with fewer than three of them over three groups of atoms, which neglects what the groups do together.

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
