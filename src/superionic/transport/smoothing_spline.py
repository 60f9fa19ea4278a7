"""The zero-frequency limit of a spectrum by a smoothing spline through its logarithm in log(1 + f²/f0²).

Model of the logarithm of a spectrum known at J frequencies with the noise of ν_j periodograms:

    y_j = ln Ŝ_j - ψ(ν_j) + ln ν_j = g(x_j) + noise of variance ψ'(ν_j),   x = ½ ln(1 + f²/f0²)
    g(x) = α + β x + a/(1 + f²/w²) + τ ∫∫ white noise,   ln S(0) = α + a,   α and β without prior

=========  ======================  ========================================================
symbol     variable                meaning
=========  ======================  ========================================================
Ŝ_j        power                   averaged periodograms
f_j        centres                 their frequencies
ν_j        dof                     degrees of freedom of each
ψ'(ν_j)    noise²                  variance of ln Ŝ_j, with variance_inflation
f0         corner                  below it the spectrum is flat; grid of CORNER_RATIO
τ          ROUGHNESS               how far the spline may bend; grid
a          FEATURE_SIZES           feature at frequency zero; standard deviations of its prior
w          FEATURE_WIDTHS          half width of the feature; grid
ln S(0)    ZeroFrequencyLimit      posterior mean and variance
=========  ======================  ========================================================

Below f0 the spectrum is flat, as time-reversal symmetry asks; above, its features scale with their
frequency, and β = -2, τ = 0 is a Lorentzian of half width f0, however sharp. g is a cubic smoothing
spline in x. The term a, normal of mean zero, is a slow part or a valley of S at frequency zero, which a
spline as smooth as the rest of the spectrum would level out. f0, τ, w and the size of a are averaged over
with their marginal likelihood as weight, so the error bar includes their uncertainty. This adapts the
resolution to the data near zero alone: optical peaks elsewhere do not cost variance, and a narrow peak is
not smoothed away. A cosine series of one length (cepstral.py) has to choose.

Marginal likelihood of splines: Wahba, Spline Models for Observational Data (1990), chapters 1 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, polygamma

from ..conventions import Array
from ..flux.series import FluxError
from .uncertainty import Estimate

CORNER_RATIO = 1.4
"""Spacing of the values of f0."""

ROUGHNESS = tuple(10.0 ** (0.25 * step) for step in range(-4, 10))
"""Values of τ, a factor 1.78 apart."""

FEATURE_SIZES = ((0.0, 0.9), (0.1, 0.05), (0.4, 0.05))
"""Standard deviations of a, and their prior weights: nine spectra in ten have no feature at zero."""

FEATURE_WIDTHS = (2.0, 4.0, 8.0)
"""Half widths w of the feature, in units of the narrowest peak that the data resolve."""

UNDERSMOOTHING = 3
"""The limit is taken three steps of τ rougher, and half a step of f0 narrower, than the marginal likelihood
weights it, its variance half as many steps rougher. A smoother lowers maxima: this removes most of the bias
for 15 % more error and brings the coverage to its nominal value (tests/transport/calibrate.py)."""


@dataclass(frozen=True)
class ZeroFrequencyLimit:
    """ln S(0) for B spectra at once; (B,) each.

    mean     : posterior mean
    variance : posterior variance, for the intervals
    scatter  : the part of it due to the scatter of the mean between data sets
    """

    mean: Array
    variance: Array
    scatter: Array

    def estimate(self, index: int = 0) -> Estimate:
        """S(0) = exp(mean - scatter/2), corrected for the bias of a log-normal variable."""
        mean, variance, scatter = (float(part[index]) for part in (self.mean, self.variance, self.scatter))
        return Estimate.log_normal(float(np.exp(mean - 0.5 * scatter)), float(np.sqrt(variance)))


@dataclass(frozen=True)
class _Model:
    """One size and width of the feature, for T values of τ, in the eigenbasis of a corner.

    trend    : (J, K) whitened 1, x and feature (K = 2 without one)
    inverse  : (T, K, K) posterior covariance of their coefficients
    weights  : (T, J) linear map to ln S(0); variance : (T,) of ln S(0)
    evidence : (T,) data-independent part of the log-likelihood, with the prior weight
    """

    trend: Array
    inverse: Array
    weights: Array
    variance: Array
    evidence: Array


@dataclass(frozen=True)
class _Corner:
    """One f0 in the eigenbasis of its whitened spline kernel; T values of τ.

    vectors : (J, J) eigenvectors; shrink : (T, J) 1/(1 + τ² eigenvalue)
    """

    vectors: Array
    shrink: Array
    models: tuple[_Model, ...]


def zero_frequency_limit(
    power: Array,
    centres: Array,
    dof: Array,
    narrowest: float,
    variance_inflation: Array | float = 1.0,
) -> ZeroFrequencyLimit:
    """ln S(0) of B spectra.

    power     : (B, J) estimates, S_j times a Gamma(ν_j) variable over ν_j
    centres   : (J,) frequencies, in any unit
    dof       : (J,) ν_j
    narrowest : smallest f0, in the same unit: the narrowest peak that the data resolve
    variance_inflation : (J,) factor on the noise ψ'(ν_j), for correlated neighbours (Spectrum)

    Raises FluxError for non-positive power, ν < 1 or fewer than 20 bins.
    """
    if len(centres) < 20:
        raise FluxError(f"{len(centres)} bins are too few for a spectral fit: give a longer series")
    if not (dof >= 1).all():
        raise FluxError("more currents than realisations in a bin: give more replicas")
    if not (power > 0).all():
        raise FluxError("a spectrum is not positive: a current is constant or depends on the others")
    noise = np.sqrt(polygamma(1, dof) * variance_inflation)
    whitened = (np.log(power) - digamma(dof) + np.log(dof)) / noise
    at, below, above = (_rougher(n) for n in (UNDERSMOOTHING, UNDERSMOOTHING // 2, (UNDERSMOOTHING + 1) // 2))
    limits, variances, scatters, evidence = [], [], [], []
    for corner in _corners(tuple(centres.tolist()), tuple(noise.tolist()), narrowest):
        rotated = whitened @ corner.vectors
        plain = rotated**2 @ corner.shrink.T
        shrunk = rotated[:, None, :] * corner.shrink
        likelihood = []
        for model in corner.models:
            projected = shrunk @ model.trend
            misfit = plain - np.einsum("bti,tij,btj->bt", projected, model.inverse, projected)
            likelihood.append(model.evidence - 0.5 * misfit)
        weights = [model.weights for model in corner.models]
        evidence.append(np.concatenate(likelihood, axis=1))
        limits.append(np.concatenate([(rotated @ w.T)[:, at] for w in weights], axis=1))
        scatters.append(np.concatenate([np.sum(w**2, axis=1)[at] for w in weights]))
        variances.append(
            np.concatenate([0.5 * (m.variance[below] + m.variance[above]) for m in corner.models])
        )
    # the first corner serves only as the narrower neighbour of the second
    limits = [0.5 * (own + narrower) for narrower, own in pairwise(limits)]
    log_weight = np.concatenate(evidence[1:], axis=1)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    limit, variance = np.concatenate(limits, axis=1), np.concatenate(variances[1:])
    mean = np.sum(weight * limit, axis=1)
    spread = np.sum(weight * (variance + (limit - mean[:, None]) ** 2), axis=1)
    return ZeroFrequencyLimit(mean, spread, weight @ np.concatenate(scatters[1:]))


def _rougher(steps: int) -> NDArray[np.int64]:
    """Indices of τ moved up by `steps`, the last ones held."""
    return np.minimum(np.arange(len(ROUGHNESS)) + steps, len(ROUGHNESS) - 1)


@lru_cache(maxsize=16)
def _corners(centres: tuple[float, ...], noise: tuple[float, ...], narrowest: float) -> tuple[_Corner, ...]:
    """The model for every f0 from below the narrowest to half the band; independent of the data."""
    frequency, sigma = np.array(centres), np.array(noise)
    steps = max(2, int(np.ceil(np.log(0.5 * frequency[-1] / narrowest) / np.log(CORNER_RATIO))))
    corners = narrowest * CORNER_RATIO ** np.arange(-1, steps + 1)
    features = [1.0 / (1.0 + (frequency / (width * narrowest)) ** 2) for width in FEATURE_WIDTHS]
    return tuple(_corner(0.5 * np.log1p((frequency / f0) ** 2), sigma, features) for f0 in corners)


def _corner(x: Array, sigma: Array, features: list[Array]) -> _Corner:
    low, high = np.minimum.outer(x, x), np.maximum.outer(x, x)
    kernel = low**2 * high / 2 - low**3 / 6  # covariance of doubly integrated white noise
    eigenvalues, vectors = np.linalg.eigh(kernel / np.outer(sigma, sigma))
    growth = np.outer(np.square(ROUGHNESS), np.maximum(eigenvalues, 0.0))
    shrink = 1.0 / (1.0 + growth)
    models = []
    for size, prior in FEATURE_SIZES:
        if size == 0:
            models.append(_model(vectors, shrink, growth, [np.ones_like(x), x], sigma, size, prior))
            continue
        for feature in features:
            columns = [np.ones_like(x), x, feature]
            models.append(_model(vectors, shrink, growth, columns, sigma, size, prior / len(features)))
    return _Corner(vectors, shrink, tuple(models))


def _model(
    vectors: Array,
    shrink: Array,
    growth: Array,
    columns: list[Array],
    sigma: Array,
    size: float,
    prior: float,
) -> _Model:
    """Generalised least squares for the trend, its last coefficient normal of standard deviation `size`."""
    trend = vectors.T @ (np.stack(columns, axis=1) / sigma[:, None])
    precision = np.einsum("ji,tj,jk->tik", trend, shrink, trend)
    evidence = np.log(prior) - 0.5 * np.log1p(growth).sum(axis=1)
    at_zero = np.array([1.0, 0.0, 1.0])[: len(columns)]
    if size:
        precision[:, 2, 2] += size**-2
        evidence -= np.log(size)
    inverse = np.linalg.inv(precision)
    evidence -= 0.5 * np.linalg.slogdet(precision)[1]
    weights = np.einsum("i,tik,jk,tj->tj", at_zero, inverse, trend, shrink)
    return _Model(trend, inverse, weights, at_zero @ inverse @ at_zero, evidence)
