"""Multivariate cepstral analysis: the log-spectrum below f* as a cosine series of P* terms.

Bertossa, Grasselli, Ercole, Baroni, Phys. Rev. Lett. 122, 255901 (2019); one current: Ercole, Marcolongo,
Baroni, Sci. Rep. 7, 15835 (2017). f* and P* are chosen by a rule of our own, see `choose_band`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.special import digamma, polygamma

from ..flux.series import Array, FluxError
from .matrix_limits import MatrixLimits, matrix_limits, reduced_spectrum
from .spectrum import Spectrum
from .uncertainty import Estimate

TERMS_WANTED = 4
TERMS = 8
PENALTY = 4.0
BAND_RATIO = 1.25
FEWEST_BINS = 24


@dataclass(frozen=True)
class CosineSeries:
    """Partial sums of the cosine series of one log-spectrum.

    ln S(f_j) ≈ c_0 + 2 Σ_{p<P} c_p cos(πp(j+½)/F),   ln S(0) ≈ c_0 + 2 Σ_{p<P} c_p

    coefficients : (F,) c_p
    limits       : (F,) ln S(0) for P = 1..F
    variances    : (F,) theirs, ψ'(ν)(2P-1)/F times the excess of correlated bins
    """

    coefficients: Array
    limits: Array
    variances: Array

    def estimate(self, terms: int) -> Estimate:
        """S(0) with P* = terms: exp of a normal variable, freed of its bias exp(σ²/2)."""
        mean, variance = float(self.limits[terms - 1]), float(self.variances[terms - 1])
        return Estimate.log_normal(float(np.exp(mean - 0.5 * variance)), float(np.sqrt(variance)))


def cosine_series(power: Array, freedom: float, excess: float = 1.0) -> CosineSeries:
    """Cosine series of a positive spectrum at F equidistant frequencies, ν degrees of freedom each.

    excess : factor on the variance, for correlated neighbours (Spectrum.excess)

    Raises FluxError for non-positive power or ν < 1.
    """
    if freedom < 1 or not (power > 0).all():
        raise FluxError("a spectrum is not positive: a current is constant or depends on the others")
    n_bins = len(power)
    coefficients = fft.dct(np.log(power) - digamma(freedom) + np.log(freedom), type=2) / (2 * n_bins)
    weights = np.full(n_bins, 2.0)
    weights[0] = 1.0
    variances = excess * polygamma(1, freedom) * (2 * np.arange(1, n_bins + 1) - 1) / n_bins
    return CosineSeries(coefficients, np.cumsum(weights * coefficients), variances)


def akaike_terms(series: CosineSeries, penalty: float = PENALTY) -> int:
    """P that minimises Σ_{p≥P} c_p²/var(c_p) + penalty·P (Akaike's criterion has penalty 2)."""
    n_bins = len(series.coefficients)
    gain = 2.0 * n_bins * series.coefficients[: n_bins // 2] ** 2 / (series.variances[0] * n_bins)
    return int(np.argmin(penalty * np.arange(1, n_bins // 2 + 1) - np.cumsum(gain))) + 1


def choose_band(power: Array, freedom: float, excess: float = 1.0) -> int:
    """f* in bins: the widest band such that it and every narrower one need no more than 4 terms.

    "Need" is Akaike's criterion with a penalty of 4 instead of 2 per term, over bands 1.25 apart down to
    24 bins. P* is then 8, twice the number: what the criterion did not see has half the wavelength. The
    usual rule, the criterion's minimum in one band chosen by eye, spends terms on optical peaks far from
    zero and misses a peak at zero that is narrow on the scale of the band; this one does neither.
    """
    chosen = min(FEWEST_BINS, len(power))
    width = float(chosen)
    while round(width) <= len(power):
        if akaike_terms(cosine_series(power[: round(width)], freedom, excess)) > TERMS_WANTED:
            break
        chosen = round(width)
        width *= BAND_RATIO
    return chosen


@dataclass(frozen=True)
class CepstralResult:
    """Cepstral estimates of κ and every L_ab, SI, with f* and P* and the degrees of freedom ν."""

    limits: MatrixLimits
    cutoff_THz: float
    terms: int
    freedom: float


def cepstral(
    spectrum: Spectrum,
    axis: int | None = None,
    cutoff_THz: float | None = None,
    terms: int | None = None,
) -> CepstralResult:
    """Cepstral estimate of κ from the reduced spectrum, and of every L_ab, in one band.

    Realisations ℓ = replicas x axes x frequencies per bin, ν = ℓ - M + 1.

    axis       : 0, 1 or 2 for one direction of an anisotropic material; all three when None
    cutoff_THz : f*, `choose_band` of the reduced spectrum when None
    terms      : P*, 8 when None
    """
    matrices, realisations = spectrum.mean(axis)
    reduced, freedom = reduced_spectrum(matrices, realisations)
    width = float(spectrum.counts[0] * spectrum.resolution_THz)
    excess = float(spectrum.excess[0])
    if cutoff_THz is None:
        band = choose_band(reduced, float(freedom[0]), excess)
    else:
        band = min(max(round(cutoff_THz / width), 2), len(reduced))
    kept = min(terms or TERMS, band)

    def limit(power: Array, nu: Array) -> Estimate:
        return cosine_series(power, float(nu[0]), excess).estimate(kept)

    limits = matrix_limits(matrices[:band], realisations[:band], limit)
    return CepstralResult(limits, band * width, kept, float(freedom[0]))


def stability(
    spectrum: Spectrum, cutoffs_THz: Array, terms: NDArray[np.int64], axis: int | None = None
) -> tuple[Array, Array]:
    """κ and its standard error, (cutoffs, terms) each, for a plot over f* and P*; NaN where P* > bins."""
    reduced, freedom = reduced_spectrum(*spectrum.mean(axis))
    width = float(spectrum.counts[0] * spectrum.resolution_THz)
    values, errors = np.full((2, len(cutoffs_THz), len(terms)), np.nan)
    for row, cutoff in enumerate(cutoffs_THz):
        band = min(round(float(cutoff) / width), len(reduced))
        if band < 1:
            continue
        series = cosine_series(reduced[:band], float(freedom[0]), float(spectrum.excess[0]))
        for column, count in enumerate(terms):
            if count <= band:
                estimate = series.estimate(int(count))
                values[row, column], errors[row, column] = estimate.value, estimate.standard_error
    return values, errors
