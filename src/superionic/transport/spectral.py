"""Onsager matrix and κ from the spectrum near frequency zero: the estimator to quote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..flux.series import Array
from .green_kubo import combine
from .log_spectrum import LogLimit, log_limit
from .matrix_limits import MatrixLimits, matrix_limits, reduced_spectrum
from .spectrum import Spectrum, occupied_band
from .uncertainty import Estimate

ENOUGH_REPLICAS = 8

FEWEST_BINS = 40

REALISATIONS_AT_ZERO = 100
"""Behind the mean power of the lowest frequencies, which is compared with the limit of the fit."""

REALISATIONS_IN_PEAK = 36
FEWEST_IN_PEAK = 3.0
"""A peak at zero is resolved when its half width holds 36 realisations and three frequencies: fewer
realisations leave its height to chance, fewer frequencies are smeared by the finite length."""


@dataclass(frozen=True)
class SpectralResult:
    """Estimates of log_spectrum.py for κ and every L_ab; SI.

    limits   : κ, naive κ, matrix and the errors of the fit
    replicas : the same with errors by leaving out one replica at a time; None below 8 replicas
    band_THz : highest frequency used (99 % of the reduced power)
    lowest   : mean of the reduced spectrum below lowest_THz, over κ, minus one: what a slow part adds, or a
               valley takes away, beyond the fit; without assumption, so its error is large
    """

    limits: MatrixLimits
    replicas: MatrixLimits | None
    band_THz: float
    lowest: Estimate
    lowest_THz: float

    @property
    def quoted(self) -> MatrixLimits:
        """The numbers to quote: each with the larger of the two errors."""
        return self.limits if self.replicas is None else self.limits.at_least(self.replicas)


def spectral(spectrum: Spectrum, axis: int | None = None) -> SpectralResult:
    """Smooth-log-spectrum estimates from graded bins.

    axis : 0, 1 or 2 for one direction of an anisotropic material; all three when None
    """
    matrices, realisations = spectrum.mean(axis)
    domain = _domain(spectrum, matrices, realisations)
    band = len(domain.centres)
    limits = domain.matrix_limits(matrices[:band], realisations[:band])
    return SpectralResult(
        limits,
        _by_replicas(spectrum, axis, domain, limits),
        float(domain.centres[-1] * spectrum.resolution_THz),
        *_lowest(spectrum, matrices, realisations, limits.kappa),
    )


def _lowest(
    spectrum: Spectrum, matrices: NDArray[np.complex128], realisations: Array, kappa: Estimate
) -> tuple[Estimate, float]:
    """The lowest frequencies against the fit, and where they end in THz."""
    reduced, freedom = reduced_spectrum(matrices, realisations)
    bins = int(np.searchsorted(np.cumsum(freedom), REALISATIONS_AT_ZERO)) + 1
    bins = min(bins, len(freedom))
    mean = float(np.average(reduced[:bins], weights=freedom[:bins])) / kappa.value
    error = mean / np.sqrt(freedom[:bins].sum())
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
    reduced, freedom = reduced_spectrum(matrices[:band], realisations[:band])
    return domain.limits(reduced[None], freedom).estimate()


@dataclass(frozen=True)
class _Domain:
    """Where the fit lives: bin centres up to the edge of the occupied band, and the smallest half width of
    a peak at zero that is resolved, both in units of the resolution; factors on the variance of the bins."""

    centres: Array
    narrowest: float
    excess: Array

    def limits(self, power: Array, freedom: Array) -> LogLimit:
        """ln S(0) of spectra (B, J)."""
        return log_limit(power, self.centres, freedom, self.narrowest, self.excess)

    def matrix_limits(
        self, matrices: NDArray[np.complex128], realisations: Array, behind_heat: float | None = None
    ) -> MatrixLimits:
        """κ and the Onsager matrix, by these limits."""

        def limit(power: Array, freedom: Array) -> Estimate:
            return self.limits(power[None], freedom).estimate()

        return matrix_limits(matrices, realisations, limit, behind_heat)


def _domain(spectrum: Spectrum, matrices: NDArray[np.complex128], realisations: Array) -> _Domain:
    reduced, _ = reduced_spectrum(matrices, realisations)
    band = max(occupied_band(reduced, spectrum.counts), min(FEWEST_BINS, len(reduced)))
    per_frequency = float(realisations[0] / spectrum.independent[0])
    return _Domain(
        (spectrum.frequency_THz / spectrum.resolution_THz)[:band],
        max(FEWEST_IN_PEAK, REALISATIONS_IN_PEAK / per_frequency),
        spectrum.excess[:band],
    )


def _by_replicas(
    spectrum: Spectrum, axis: int | None, domain: _Domain, limits: MatrixLimits
) -> MatrixLimits | None:
    """Jackknife over replicas, which does not rest on the noise model of the fit; around the same values.

    s² = (R-1)/R Σ_r (θ_(-r) - mean)², of logarithms for κ and L00 (Efron and Tibshirani, chapter 11).
    """
    bins = spectrum.bins if axis is None else spectrum.bins[:, axis : axis + 1]
    n_replicas = len(bins)
    if n_replicas < ENOUGH_REPLICAS:
        return None
    band = len(domain.centres)
    total = combine(bins[:, :, :band].mean(axis=1))
    without = (total.sum(axis=0) - total) / (n_replicas - 1)
    realisations = (n_replicas - 1) * bins.shape[1] * spectrum.independent[:band]
    band_of_heat = limits.behind_heat * (n_replicas - 1) / n_replicas  # the same frequencies
    found = [domain.matrix_limits(one, realisations, band_of_heat) for one in without]

    def spread(values: Array) -> Array:
        deviation = values - values.mean(axis=0)
        return np.sqrt((n_replicas - 1) / n_replicas * np.sum(deviation**2, axis=0))

    def positive(estimate: Estimate, values: list[float]) -> Estimate:
        return Estimate.log_normal(estimate.value, float(spread(np.log(values))), n_replicas - 1)

    coupled = spread(np.array([one.coupled.value for one in found]))
    return MatrixLimits(
        positive(limits.kappa, [one.kappa.value for one in found]),
        positive(limits.naive, [one.naive.value for one in found]),
        Estimate.symmetric(limits.coupled.value, float(coupled), n_replicas - 1),
        limits.matrix,
        spread(np.array([one.matrix for one in found])),
        limits.heat,
        spread(np.array([one.heat for one in found])),
        band_of_heat,
    )
