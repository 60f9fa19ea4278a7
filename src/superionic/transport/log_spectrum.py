"""The zero-frequency limit of a spectrum whose logarithm is smooth in log(1 + f²/f0²).

Model of the logarithm of a spectrum known at J frequencies with the noise of ν_j periodograms:

    y_j = ln Ŝ_j - ψ(ν_j) + ln ν_j = g(x_j) + noise of variance ψ'(ν_j),   x = ½ ln(1 + f²/f0²)
    g(x) = ln S(0) + β x + τ ∫∫ white noise,   ln S(0) and β without prior

Below f0 the spectrum is flat, as time-reversal symmetry asks; above, its features scale with their
frequency, and β = -2, τ = 0 is a Lorentzian of half width f0, however sharp. g is a cubic smoothing
spline in x; f0 and τ are averaged over with their marginal likelihood as weight, so the error bar holds
the doubt about them. This adapts the resolution to the data near zero alone: optical peaks elsewhere do
not cost variance, and a narrow peak is not smoothed away. A cosine series of one length (cepstral.py)
has to choose.

Marginal likelihood of splines: Wahba, Spline Models for Observational Data (1990), chapters 1 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, polygamma

from ..flux.series import Array, FluxError
from .uncertainty import Estimate

CORNER_RATIO = 1.4
"""Spacing of the values of f0."""

ROUGHNESS = tuple(10.0 ** (0.25 * step) for step in range(-4, 10))
"""Values of τ, a factor 1.78 apart."""

UNDERSMOOTHING = 3
"""The limit is taken three steps of τ rougher, and half a step of f0 narrower, than the likelihood weights
it; its variance, half as many steps rougher. A smoother lowers maxima: this takes most of the bias away at
15 % more error, and brings the coverage to its nominal value (tests/transport/calibrate.py)."""


@dataclass(frozen=True)
class LogLimit:
    """ln S(0) for B spectra at once; (B,) each.

    mean     : posterior mean
    variance : posterior variance, which the intervals are made from
    scatter  : the part of it that is scatter of the mean from one data set to the next
    """

    mean: Array
    variance: Array
    scatter: Array

    def estimate(self, index: int = 0) -> Estimate:
        """S(0) = exp(mean - scatter/2): the exponential of a normal variable, freed of its bias."""
        mean, variance, scatter = (float(part[index]) for part in (self.mean, self.variance, self.scatter))
        return Estimate.log_normal(float(np.exp(mean - 0.5 * scatter)), float(np.sqrt(variance)))


@dataclass(frozen=True)
class _Corner:
    """One f0 in the eigenbasis of its whitened spline kernel; T values of τ.

    vectors : (J, J) eigenvectors; shrink : (T, J) 1/(1 + τ² eigenvalue)
    trend   : (J, 2) whitened 1 and x in that basis
    inverse : (T, 2, 2) posterior covariance of (ln S(0), β)
    weights : (T, J) linear map to ln S(0); evidence : (T,) data-independent part of the log-likelihood
    """

    vectors: Array
    shrink: Array
    trend: Array
    inverse: Array
    weights: Array
    evidence: Array


def log_limit(
    power: Array, centres: Array, freedom: Array, narrowest: float, excess: Array | float = 1.0
) -> LogLimit:
    """ln S(0) of B spectra.

    power     : (B, J) estimates, S_j times a Gamma(ν_j) variable over ν_j
    centres   : (J,) frequencies, in any unit
    freedom   : (J,) ν_j
    narrowest : smallest f0, in the same unit: the narrowest peak that the data resolve
    excess    : (J,) factor on the noise ψ'(ν_j), for correlated neighbours (Spectrum.excess)

    Raises FluxError for non-positive power, ν < 1 or fewer than 20 bins.
    """
    if len(centres) < 20:
        raise FluxError(f"{len(centres)} bins are too few for a spectral fit: give a longer series")
    if not (freedom >= 1).all():
        raise FluxError("more currents than realisations in a bin: give more replicas")
    if not (power > 0).all():
        raise FluxError("a spectrum is not positive: a current is constant or depends on the others")
    noise = np.sqrt(polygamma(1, freedom) * excess)
    whitened = (np.log(power) - digamma(freedom) + np.log(freedom)) / noise
    limits, variances, scatters, evidence = [], [], [], []
    for corner in _corners(tuple(centres.tolist()), tuple(noise.tolist()), narrowest):
        rotated = whitened @ corner.vectors
        projected = np.einsum("bj,tj,jk->btk", rotated, corner.shrink, corner.trend, optimize=True)
        misfit = rotated**2 @ corner.shrink.T
        misfit -= np.einsum("bti,tij,btj->bt", projected, corner.inverse, projected)
        evidence.append(corner.evidence - 0.5 * misfit)
        limits.append((rotated @ corner.weights.T)[:, _rougher(UNDERSMOOTHING)])
        variance = corner.inverse[:, 0, 0]
        below, above = _rougher(UNDERSMOOTHING // 2), _rougher((UNDERSMOOTHING + 1) // 2)
        variances.append(0.5 * (variance[below] + variance[above]))
        scatters.append(np.sum(corner.weights**2, axis=1)[_rougher(UNDERSMOOTHING)])
    # the first corner is there only as the narrower neighbour of the second
    limits = [0.5 * (here + narrower) for narrower, here in pairwise(limits)]
    log_weight = np.concatenate(evidence[1:], axis=1)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    limit, variance = np.concatenate(limits, axis=1), np.concatenate(variances[1:])
    mean = np.sum(weight * limit, axis=1)
    spread = np.sum(weight * (variance + (limit - mean[:, None]) ** 2), axis=1)
    return LogLimit(mean, spread, weight @ np.concatenate(scatters[1:]))


def _rougher(steps: int) -> NDArray[np.int64]:
    """Indices of τ moved up by `steps`, the last ones held."""
    return np.minimum(np.arange(len(ROUGHNESS)) + steps, len(ROUGHNESS) - 1)


@lru_cache(maxsize=16)
def _corners(centres: tuple[float, ...], noise: tuple[float, ...], narrowest: float) -> tuple[_Corner, ...]:
    """The model for every f0 from below the narrowest to half the band; the data enter nowhere."""
    frequency, sigma = np.array(centres), np.array(noise)
    steps = max(2, int(np.ceil(np.log(0.5 * frequency[-1] / narrowest) / np.log(CORNER_RATIO))))
    corners = narrowest * CORNER_RATIO ** np.arange(-1, steps + 1)
    return tuple(_corner(0.5 * np.log1p((frequency / f0) ** 2), sigma) for f0 in corners)


def _corner(x: Array, sigma: Array) -> _Corner:
    low, high = np.minimum.outer(x, x), np.maximum.outer(x, x)
    kernel = low**2 * high / 2 - low**3 / 6  # covariance of doubly integrated white noise
    eigenvalues, vectors = np.linalg.eigh(kernel / np.outer(sigma, sigma))
    growth = np.outer(np.square(ROUGHNESS), np.maximum(eigenvalues, 0.0))
    shrink = 1.0 / (1.0 + growth)
    trend = vectors.T @ (np.stack([np.ones_like(x), x], axis=1) / sigma[:, None])
    precision = np.einsum("ji,tj,jk->tik", trend, shrink, trend)
    inverse = np.linalg.inv(precision)
    weights = np.einsum("tk,jk,tj->tj", inverse[:, 0], trend, shrink)
    evidence = -0.5 * np.log1p(growth).sum(axis=1) - 0.5 * np.linalg.slogdet(precision)[1]
    return _Corner(vectors, shrink, trend, inverse, weights, evidence)
