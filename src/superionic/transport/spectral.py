"""The quoted estimator: κ and the Onsager matrix from smooth log-spectra near zero frequency."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions import Array
from .current_set import CurrentSet
from .onsager import OnsagerEstimate, combine
from .periodogram import Spectrum, occupied_band
from .smoothing_spline import ZeroFrequencyLimit, zero_frequency_limit
from .uncertainty import ENOUGH_REPLICAS, Estimate
from .zero_frequency import onsager_at_zero, realisations_for_regression, reduced_spectrum

FEWEST_BINS = 40
"""Bins in the band of a fit, where available."""

REALISATIONS_AT_ZERO = 100
"""Realisations behind the mean power of the lowest frequencies, which is compared with the fitted limit."""

REALISATIONS_IN_PEAK = 36
FEWEST_IN_PEAK = 3.0
"""A peak at zero is resolved if its half width contains 36 realisations and three frequencies: with fewer
realisations its height is noise, with fewer frequencies the finite length of the series smears it."""


@dataclass(frozen=True)
class SpectralResult:
    """κ and every L_ab from the smooth log-spectrum; SI.

    fit        : matrix, κ, heat of transport and the errors of the fit
    replicas   : the same with errors from a jackknife over replicas; None below 8 replicas
    band_THz   : highest frequency used (99 % of the reduced power)
    lowest     : mean of the reduced spectrum below lowest_THz, over κ, minus one: a slow part (> 0) or
                 a valley (< 0) that the fit misses; free of assumptions, hence a large error
    along_axes : κ along x, y and z; empty unless requested
    """

    fit: OnsagerEstimate
    replicas: OnsagerEstimate | None
    band_THz: float
    lowest: Estimate
    lowest_THz: float
    along_axes: tuple[Estimate, ...] = ()

    @property
    def onsager(self) -> OnsagerEstimate:
        """The estimate to quote, each number with the larger of the two errors."""
        return self.fit if self.replicas is None else self.fit.at_least(self.replicas)

    @property
    def scalars(self) -> dict[str, tuple[float, float, str]]:
        """Numbers specific to this method: name → value, standard error, unit."""
        return {"excess_at_zero": (self.lowest.value, self.lowest.standard_error, "1")}

    def details(self) -> dict[str, Any]:
        """JSON-able, in addition to the Onsager matrix."""
        return {
            "kappa_error_from_fit": self.fit.kappa.standard_error,
            "kappa_error_from_replicas": self.replicas.kappa.standard_error if self.replicas else None,
            "kappa_along_axes_W_per_mK": [kappa.as_dict() for kappa in self.along_axes],
            "band_THz": self.band_THz,
            "lowest_frequencies_over_kappa": 1.0 + self.lowest.value,
            "lowest_frequencies_error": self.lowest.standard_error,
            "lowest_frequencies_THz": self.lowest_THz,
        }

    def summary(self) -> str:
        """One-line summary of the settings."""
        return (
            f"below {self.lowest_THz:.2g} THz: spectrum over κ {1 + self.lowest.value:.2f} "
            f"± {self.lowest.standard_error:.2g} (1 without a slow part or a valley)"
        )


def spectral(currents: CurrentSet) -> SpectralResult:
    """Estimates from the graded bins of the periodograms, with κ along each axis.

    Raises FluxError for a series too short, or with fewer realisations along an axis than currents.
    """
    graded = currents.spectra.graded
    return replace(fit_spectrum(graded), along_axes=kappa_along_axes(graded))


def fit_spectrum(spectrum: Spectrum, axis: int | None = None) -> SpectralResult:
    """Estimates from a smooth log-spectrum of the graded bins.

    axis : 0, 1 or 2 for one direction of an anisotropic material; all three when None
    """
    matrices, realisations = spectrum.mean(axis)
    domain = _domain(spectrum, matrices, realisations)
    band = len(domain.centres)
    fit = domain.onsager(matrices[:band], realisations[:band])
    return SpectralResult(
        fit,
        _by_replicas(spectrum, axis, domain, fit),
        float(domain.centres[-1] * spectrum.resolution_THz),
        *_lowest(spectrum, matrices, realisations, fit.kappa),
    )


def _lowest(
    spectrum: Spectrum, matrices: NDArray[np.complex128], realisations: Array, kappa: Estimate
) -> tuple[Estimate, float]:
    """The mean of the lowest frequencies relative to the fit, and the upper end of that range in THz."""
    reduced, dof = reduced_spectrum(matrices, realisations)
    bins = int(np.searchsorted(np.cumsum(dof), REALISATIONS_AT_ZERO)) + 1
    bins = min(bins, len(dof))
    mean = float(np.average(reduced[:bins], weights=dof[:bins])) / kappa.value
    error = mean / np.sqrt(dof[:bins].sum())
    edge = float(spectrum.edges[bins] * spectrum.resolution_THz)
    return Estimate.symmetric(mean - 1.0, float(error)), edge


def kappa_along_axes(spectrum: Spectrum) -> tuple[Estimate, Estimate, Estimate]:
    """κ along x, y and z, one axis at a time: the diagonal of the conductivity tensor of a crystal whose
    principal axes are those of the simulation; three independent values of one number otherwise.

    Raises FluxError when one axis has fewer realisations than currents.
    """
    x, y, z = (_kappa(spectrum, axis) for axis in range(3))
    return x, y, z


def _kappa(spectrum: Spectrum, axis: int) -> Estimate:
    matrices, realisations = spectrum.mean(axis)
    domain = _domain(spectrum, matrices, realisations)
    band = len(domain.centres)
    reduced, dof = reduced_spectrum(matrices[:band], realisations[:band])
    return domain.limits(reduced[None], dof).estimate()


@dataclass(frozen=True)
class _Domain:
    """Range of the fit: bin centres up to the edge of the occupied band and the smallest half width of a
    resolved peak at zero, both in units of the resolution; variance inflation of the bins.
    """

    centres: Array
    narrowest: float
    variance_inflation: Array

    def limits(self, power: Array, dof: Array) -> ZeroFrequencyLimit:
        """ln S(0) of spectra (B, J)."""
        return zero_frequency_limit(power, self.centres, dof, self.narrowest, self.variance_inflation)

    def onsager(
        self,
        matrices: NDArray[np.complex128],
        realisations: Array,
        regression_realisations: float | None = None,
    ) -> OnsagerEstimate:
        """κ and the Onsager matrix from these limits."""

        def limit(power: Array, dof: Array) -> Estimate:
            return self.limits(power[None], dof).estimate()

        return onsager_at_zero(matrices, realisations, limit, regression_realisations)


def _domain(spectrum: Spectrum, matrices: NDArray[np.complex128], realisations: Array) -> _Domain:
    reduced, _ = reduced_spectrum(matrices, realisations)
    band = max(occupied_band(reduced, spectrum.counts), min(FEWEST_BINS, len(reduced)))
    per_frequency = float(realisations[0] / spectrum.effective_bins[0])
    return _Domain(
        (spectrum.frequency_THz / spectrum.resolution_THz)[:band],
        max(FEWEST_IN_PEAK, REALISATIONS_IN_PEAK / per_frequency),
        spectrum.variance_inflation[:band],
    )


def _by_replicas(
    spectrum: Spectrum, axis: int | None, domain: _Domain, fit: OnsagerEstimate
) -> OnsagerEstimate | None:
    """Errors from a jackknife over replicas, independent of the fit's noise model, around the same values.

    s² = (R-1)/R Σ_r (θ_(-r) - mean)², of logarithms for κ and L00 (Efron and Tibshirani, chapter 11).
    """
    bins = spectrum.bins if axis is None else spectrum.bins[:, axis : axis + 1]
    n_replicas = len(bins)
    if n_replicas < ENOUGH_REPLICAS:
        return None
    band = len(domain.centres)
    total = combine(bins[:, :, :band].mean(axis=1))
    without = (total.sum(axis=0) - total) / (n_replicas - 1)
    realisations = (n_replicas - 1) * bins.shape[1] * spectrum.effective_bins[:band]
    same_frequencies = None
    if len(fit.matrix) > 1:
        same_frequencies = realisations_for_regression(fit) * (n_replicas - 1) / n_replicas
    results = [domain.onsager(one, realisations, same_frequencies) for one in without]

    def spread(values: Array) -> Array:
        deviation = values - values.mean(axis=0)
        return np.sqrt((n_replicas - 1) / n_replicas * np.sum(deviation**2, axis=0))

    def positive(estimate: Estimate, values: list[float]) -> Estimate:
        return Estimate.log_normal(estimate.value, float(spread(np.log(values))), n_replicas - 1)

    coupled = spread(np.array([one.coupled.value for one in results]))
    return OnsagerEstimate(
        kappa=positive(fit.kappa, [one.kappa.value for one in results]),
        naive_kappa=positive(fit.naive_kappa, [one.naive_kappa.value for one in results]),
        coupled=Estimate.symmetric(fit.coupled.value, float(coupled), n_replicas - 1),
        matrix=fit.matrix,
        errors=spread(np.array([one.matrix for one in results])),
        heat=fit.heat,
        heat_errors=spread(np.array([one.heat for one in results])),
    )
