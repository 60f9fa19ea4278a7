"""Is a series what an analysis takes it for: stationary, about zero, alike in all replicas?

Drift and offset are refused: a linear drift of half a standard deviation makes κ forty times too large.
Doubts about the estimate are warnings, which go with the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import f as variance_ratio

from ..conventions import framework_warnings
from ..flux.series import FluxError, FluxSeries
from .currents import CurrentSet
from .spectral import SpectralResult
from .spectrum import Spectrum
from .uncertainty import Estimate

BAND = (2, 10)
"""Frequencies, in units of the resolution, whose power says how far a mean or a slope scatters: above what a
drift puts there, below where the spectrum has changed."""

FALSE_ALARM = 1e-6
"""Probability per current and check that a stationary series with a flat spectrum below 10/T is refused."""

SIGMAS = 3.0
"""Green-Kubo and spectral κ further apart are named; they share their data, so chance alone goes less far."""

REPLICA_EXCESS = 2.5
"""Replicas that scatter this many times more than the fit expects are named."""


def refuse_unsteady(currents: CurrentSet, spectrum: Spectrum) -> None:
    """Refuse a series with a constant offset or a linear drift in any current.

    The mean of J over T, and its projection on a line of unit mean square, have variance S(0)/T each; their
    sum of squares over replicas and axes, divided by the power in BAND, follows an F distribution.

    Raises FluxError that names the current and the remedy.
    """
    matrices, realisations = spectrum.mean()
    apart = spectrum.frequency_THz / spectrum.resolution_THz
    chosen = (apart > BAND[0]) & (apart < BAND[1])
    if not chosen.any():
        return
    weights = realisations[chosen]
    power = np.einsum("f,faa->a", weights, matrices[chosen].real) / weights.sum()
    n_samples = currents.values.shape[-1]
    scale = 0.5 * currents.dt_fs * n_samples * currents.to_si**2 / power
    line = np.sqrt(12.0) * ((np.arange(n_samples) + 0.5) / n_samples - 0.5)
    names = ("energy", *(f"{symbol} momentum" for symbol in currents.mobile))
    found = {"offset": currents.values.mean(axis=-1), "drift": currents.values @ line / n_samples}
    for shape, moments in found.items():
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
    green_kubo: Estimate,
    framework_msd_A2: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """What speaks against the quoted κ, in words; empty as a rule.

    framework_msd_A2 : how far framework species may move, Å² (of the flux header where left out)
    """
    bounds = series.provenance.get("framework_msd_A2", {}) if framework_msd_A2 is None else framework_msd_A2
    furthest = {symbol: float(np.max(values)) for symbol, values in (series.msd or {}).items()}
    found = [*series.provenance.get("warnings", []), *framework_warnings(furthest, bounds)]
    kappa = spectral.quoted.kappa
    apart = abs(kappa.value - green_kubo.value)
    sigma = float(np.hypot(kappa.standard_error, green_kubo.standard_error))
    if apart > SIGMAS * sigma:
        found.append(
            f"Green-Kubo and spectral κ are {apart / sigma:.1f} standard errors apart: look at the running "
            "integral; a slow part of the current or a plateau that is none would do that"
        )
    excess = spectral.lowest
    if abs(excess.value) > SIGMAS * excess.standard_error:
        what = "a slow part that κ lacks" if excess.value > 0 else "a valley that κ does not reach down into"
        found.append(
            f"below {spectral.lowest_THz:.2g} THz the spectrum lies {excess.value:+.0%} off κ, "
            f"{abs(excess.value) / excess.standard_error:.1f} standard errors: {what}; run longer"
        )
    if spectral.replicas is not None:
        scatter = spectral.replicas.kappa.standard_error / spectral.limits.kappa.standard_error
        if scatter > REPLICA_EXCESS:
            found.append(
                f"replicas scatter {scatter:.1f} times more than noise explains: they may be in different "
                "states"
            )
    return tuple(found)
