"""Ionic transport: self-diffusion, ionic conductivity, Nernst-Einstein conductivity, Haven ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import constants

from ..conventions import Array
from ..flux.series import FluxError, FluxSeries
from .diffusion import FEWEST_LAGS, self_diffusion
from .running_integrals import RunningIntegrals
from .uncertainty import Estimate, jackknife_estimate, ratio


@dataclass(frozen=True)
class IonTransport:
    """Ionic transport coefficients.

    self_diffusion_m2_per_s : per species, from the slope of the MSD; empty without MSD
    conductivity_S_per_m    : Green-Kubo, relative to the framework; None without charges
    nernst_einstein_S_per_m : for uncorrelated ions; None without MSD or charges
    haven_ratio             : nernst_einstein / conductivity
    charge_carriers         : species that contribute charge
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
    # both from the same atoms, but the self part fluctuates far less: treated as independent
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
