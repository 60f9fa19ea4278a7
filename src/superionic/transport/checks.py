"""Checks of a series: stationary, zero mean, equivalent replicas.

Drift and offset are errors: a linear drift of half a standard deviation makes κ forty times too large.
Warnings about the estimate are returned with the numbers as `doubts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.stats import f as variance_ratio

from ..conventions import framework_warnings
from ..flux.series import FluxError, FluxSeries
from .current_set import CurrentSet
from .diffusion import FEWEST_LAGS
from .green_kubo import GreenKuboResult
from .spectral import SpectralResult
from .uncertainty import Estimate

BAND = (2, 10)
"""Frequencies, in units of the resolution, whose power gives the scatter of a mean or a slope: above the
contribution of a drift, below any change of the spectrum."""

FALSE_ALARM = 1e-6
"""False-alarm probability per current and check, for a stationary series with a flat spectrum below 10/T."""

SIGMAS = 3.0
"""Warn if Green-Kubo and spectral κ differ by more; they share data, so by chance they differ by less."""

REPLICA_EXCESS = 2.5
"""Warn if the replicas scatter by this factor more than the fit predicts."""


def refuse_unsteady(currents: CurrentSet) -> None:
    """Refuse a series with a constant offset or a linear drift in any current.

    The mean of J over T, and its projection on a line of unit mean square, have variance S(0)/T each; their
    sum of squares over replicas and axes, divided by the power in BAND, follows an F distribution.

    Raises FluxError that names the current and the remedy.
    """
    spectrum = currents.spectra.graded
    matrices, realisations = spectrum.mean()
    frequency = spectrum.frequency_THz / spectrum.resolution_THz
    inside = (frequency > BAND[0]) & (frequency < BAND[1])
    if not inside.any():
        return
    weights = realisations[inside]
    power = np.einsum("f,faa->a", weights, matrices[inside].real) / weights.sum()
    n_samples = currents.values.shape[-1]
    scale = 0.5 * currents.dt_fs * n_samples * currents.to_si**2 / power
    line = np.sqrt(12.0) * ((np.arange(n_samples) + 0.5) / n_samples - 0.5)
    names = ("energy", *(f"{symbol} momentum" for symbol in currents.mobile))
    deviations = {"offset": currents.values.mean(axis=-1), "drift": currents.values @ line / n_samples}
    for shape, moments in deviations.items():
        values = np.einsum("ac,rcx->arx", currents.combine, moments)
        ratios = scale * (values**2).mean(axis=(1, 2))
        chance = variance_ratio.sf(ratios, values[0].size, 2.0 * weights.sum())
        for name, ratio, probability in zip(names, ratios, chance, strict=True):
            if probability < FALSE_ALARM:
                raise FluxError(
                    f"the {name} current has {_SHAPES[shape]} whose square is {ratio:.3g} times what the "
                    f"fluctuations explain: {_REMEDIES[shape]}"
                )


_SHAPES = {"offset": "an offset", "drift": "a drift"}
_REMEDIES = {
    "offset": "set the total momentum to zero and check for an external force or field, then record again",
    "drift": "the system has not settled, or its slowest motion outlasts the run: equilibrate or run longer",
}


def doubts(
    series: FluxSeries,
    spectral: SpectralResult,
    green_kubo: GreenKuboResult,
    max_lag_ps: float,
    framework_msd_A2: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """Warnings about the quoted κ; usually empty.

    max_lag_ps       : requested longest lag
    framework_msd_A2 : largest allowed MSD of framework species, Å²; default: the bounds in the flux header
    """
    bounds = series.provenance.get("framework_msd_A2", {}) if framework_msd_A2 is None else framework_msd_A2
    return (
        *_too_short(series, max_lag_ps, green_kubo.max_lag_ps),
        *series.provenance.get("warnings", []),
        *framework_warnings(series.largest_msd_A2, bounds),
        *_disagreement(spectral.onsager.kappa, green_kubo.onsager.kappa),
        *_off_the_fit(spectral),
        *_uneven_replicas(spectral),
    )


def _too_short(series: FluxSeries, requested_ps: float, max_lag_ps: float) -> Iterator[str]:
    """Warnings about a series too short for the requested lags."""
    if max_lag_ps < requested_ps:
        yield (
            f"the series is short: Green-Kubo lags to {max_lag_ps:.3g} ps instead of {requested_ps:g} ps "
            "miss what is slower"
        )
    if series.msd and min(values.shape[1] for values in series.msd.values()) < FEWEST_LAGS:
        yield "the mean squared displacements are too short for a diffusion coefficient"


def _disagreement(quoted: Estimate, green_kubo: Estimate) -> Iterator[str]:
    """Compare two estimators of κ on the same data."""
    difference = abs(quoted.value - green_kubo.value)
    sigma = float(np.hypot(quoted.standard_error, green_kubo.standard_error))
    if difference > SIGMAS * sigma:
        yield (
            f"Green-Kubo and spectral κ are {difference / sigma:.1f} standard errors apart: look at the "
            "running integral; a slow part of the current or a plateau that is none would do that"
        )


def _off_the_fit(spectral: SpectralResult) -> Iterator[str]:
    """Compare the lowest frequencies with the fitted limit."""
    excess = spectral.lowest
    if abs(excess.value) > SIGMAS * excess.standard_error:
        what = "a slow part that κ lacks" if excess.value > 0 else "a valley that κ does not reach down into"
        yield (
            f"below {spectral.lowest_THz:.2g} THz the spectrum lies {excess.value:+.0%} off κ, "
            f"{abs(excess.value) / excess.standard_error:.1f} standard errors: {what}; run longer"
        )


def _uneven_replicas(spectral: SpectralResult) -> Iterator[str]:
    """Compare the error from the replicas with the error of the fit."""
    if spectral.replicas is None:
        return
    scatter = spectral.replicas.kappa.standard_error / spectral.fit.kappa.standard_error
    if scatter > REPLICA_EXCESS:
        yield (
            f"replicas scatter {scatter:.1f} times more than noise explains: they may be in different states"
        )
