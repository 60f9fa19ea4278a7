"""Multivariate cepstral analysis: the log-spectrum below f* as a cosine series of P* terms.

=========  =======================  ==================================================
symbol     variable                 meaning
=========  =======================  ==================================================
Ŝ_j        power                    reduced spectrum at F equidistant frequencies
ν          dof                      its degrees of freedom, ℓ - M + 1
ℓ          realisations             replicas x axes x frequencies per bin
f*         cutoff_THz, band         highest frequency used, in THz and in bins
P*         terms                    number of cosines kept
c_p        coefficients             cosine transform of ln Ŝ_j - ψ(ν) + ln ν
ψ'(ν)      polygamma(1, dof)        variance of ln Ŝ_j
=========  =======================  ==================================================

Bertossa, Grasselli, Ercole, Baroni, Phys. Rev. Lett. 122, 255901 (2019); one current: Ercole, Marcolongo,
Baroni, Sci. Rep. 7, 15835 (2017). f* and P* are selected automatically, see `choose_band`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.special import digamma, polygamma

from ..conventions import Array
from ..flux.series import FluxError
from .current_set import CurrentSet
from .onsager import OnsagerEstimate
from .periodogram import Spectrum
from .uncertainty import Estimate
from .zero_frequency import onsager_at_zero, reduced_spectrum

MOST_NEEDED_TERMS = 4
"""A band is narrow enough if the criterion selects no more terms than this."""

TERMS = 8
"""P*."""

PENALTY = 4.0
"""Per term; 2 in Akaike's criterion."""

BAND_RATIO = 1.25
"""Ratio of successive bands."""

FEWEST_BINS = 24
"""Of the narrowest band."""


@dataclass(frozen=True)
class CosineSeries:
    """Partial sums of the cosine series of one log-spectrum.

    ln S(f_j) ≈ c_0 + 2 Σ_{p<P} c_p cos(πp(j+½)/F),   ln S(0) ≈ c_0 + 2 Σ_{p<P} c_p

    coefficients : (F,) c_p
    limits       : (F,) ln S(0) for P = 1..F
    variances    : (F,) of the limits, ψ'(ν)(2P-1)/F times the variance inflation of correlated bins
    """

    coefficients: Array
    limits: Array
    variances: Array

    def estimate(self, terms: int) -> Estimate:
        """S(0) with P* = terms, corrected for the bias exp(σ²/2) of a log-normal variable."""
        mean, variance = float(self.limits[terms - 1]), float(self.variances[terms - 1])
        return Estimate.log_normal(float(np.exp(mean - 0.5 * variance)), float(np.sqrt(variance)))


def cosine_series(power: Array, dof: float, variance_inflation: float = 1.0) -> CosineSeries:
    """Cosine series of a positive spectrum at F equidistant frequencies, ν degrees of freedom each.

    variance_inflation : factor on the variance, for correlated neighbours (Spectrum)

    Raises FluxError for non-positive power or ν < 1.
    """
    if dof < 1 or not (power > 0).all():
        raise FluxError("a spectrum is not positive: a current is constant or depends on the others")
    n_bins = len(power)
    coefficients = fft.dct(np.log(power) - digamma(dof) + np.log(dof), type=2) / (2 * n_bins)
    weights = np.full(n_bins, 2.0)
    weights[0] = 1.0
    variances = variance_inflation * polygamma(1, dof) * (2 * np.arange(1, n_bins + 1) - 1) / n_bins
    return CosineSeries(coefficients, np.cumsum(weights * coefficients), variances)


def akaike_terms(series: CosineSeries, penalty: float = PENALTY) -> int:
    """P that minimises Σ_{p≥P} c_p²/var(c_p) + penalty·P (Akaike's criterion has penalty 2)."""
    n_bins = len(series.coefficients)
    gain = 2.0 * n_bins * series.coefficients[: n_bins // 2] ** 2 / (series.variances[0] * n_bins)
    return int(np.argmin(penalty * np.arange(1, n_bins // 2 + 1) - np.cumsum(gain))) + 1


def choose_band(power: Array, dof: float, variance_inflation: float = 1.0) -> int:
    """f* in bins: the widest band for which it and every narrower one need no more than 4 terms.

    The number of terms is selected by Akaike's criterion with a penalty of 4 instead of 2 per term, for bands
    in ratios of 1.25 down to 24 bins. P* is then 8, twice the criterion's limit: features it just misses have
    half the wavelength. The usual procedure, the minimum of the criterion in one band chosen by eye, spends
    terms on optical peaks far from zero frequency and misses a peak at zero that is narrow compared with the
    band; this one avoids both.
    """
    band = min(FEWEST_BINS, len(power))
    width = float(band)
    while round(width) <= len(power):
        if akaike_terms(cosine_series(power[: round(width)], dof, variance_inflation)) > MOST_NEEDED_TERMS:
            break
        band = round(width)
        width *= BAND_RATIO
    return band


@dataclass(frozen=True)
class CepstralResult:
    """Cepstral estimates of κ and every L_ab, SI, with f* and P* and the degrees of freedom ν."""

    onsager: OnsagerEstimate
    cutoff_THz: float
    terms: int
    dof: float

    @property
    def scalars(self) -> dict[str, tuple[float, float, str]]:
        """Numbers specific to this method: name → value, standard error, unit."""
        return {
            "cutoff_frequency": (self.cutoff_THz, 0.0, "THz"),
            "cosine_terms": (float(self.terms), 0.0, "1"),
        }

    def details(self) -> dict[str, Any]:
        """JSON-able, in addition to the Onsager matrix."""
        return {"cutoff_THz": self.cutoff_THz, "terms": self.terms, "freedom": self.dof}

    def summary(self) -> str:
        """One-line summary of the settings."""
        return f"cepstral: f* = {self.cutoff_THz:.3g} THz, P* = {self.terms}"


def cepstral(
    currents: CurrentSet, cutoff_THz: float | None = None, terms: int | None = None
) -> CepstralResult:
    """Cepstral estimates from the uniform bins of the periodograms; f* and P* as in `fit_cosines`."""
    return fit_cosines(currents.spectra.uniform, None, cutoff_THz, terms)


def fit_cosines(
    spectrum: Spectrum,
    axis: int | None = None,
    cutoff_THz: float | None = None,
    terms: int | None = None,
) -> CepstralResult:
    """Cepstral estimate of κ from the reduced spectrum, and of every L_ab, in one band.

    axis       : 0, 1 or 2 for one direction of an anisotropic material; all three when None
    cutoff_THz : f*, `choose_band` of the reduced spectrum when None
    terms      : P*, 8 when None
    """
    matrices, realisations = spectrum.mean(axis)
    reduced, dof = reduced_spectrum(matrices, realisations)
    width = float(spectrum.counts[0] * spectrum.resolution_THz)
    inflation = float(spectrum.variance_inflation[0])
    if cutoff_THz is None:
        band = choose_band(reduced, float(dof[0]), inflation)
    else:
        band = min(max(round(cutoff_THz / width), 2), len(reduced))
    kept = min(terms or TERMS, band)

    def limit(power: Array, nu: Array) -> Estimate:
        return cosine_series(power, float(nu[0]), inflation).estimate(kept)

    onsager = onsager_at_zero(matrices[:band], realisations[:band], limit)
    return CepstralResult(onsager, band * width, kept, float(dof[0]))


def stability(
    spectrum: Spectrum, cutoffs_THz: Array, terms: NDArray[np.int64], axis: int | None = None
) -> tuple[Array, Array]:
    """κ and its standard error, (cutoffs, terms) each, for a plot over f* and P*; NaN where P* > bins."""
    reduced, dof = reduced_spectrum(*spectrum.mean(axis))
    width = float(spectrum.counts[0] * spectrum.resolution_THz)
    values, errors = np.full((2, len(cutoffs_THz), len(terms)), np.nan)
    for row, cutoff in enumerate(cutoffs_THz):
        band = min(round(float(cutoff) / width), len(reduced))
        if band < 1:
            continue
        series = cosine_series(reduced[:band], float(dof[0]), float(spectrum.variance_inflation[0]))
        for column, count in enumerate(terms):
            if count <= band:
                estimate = series.estimate(int(count))
                values[row, column], errors[row, column] = estimate.value, estimate.standard_error
    return values, errors
