"""The zero-frequency limit of a spectrum whose logarithm is smooth in log(1 + f²/f0²).

Model of the logarithm of a spectrum known at J frequencies with the noise of ν_j periodograms:

    y_j = ln Ŝ_j - ψ(ν_j) + ln ν_j = g(x_j) + noise of variance ψ'(ν_j),   x = ½ ln(1 + f²/f0²)
    g(x) = ln S(0) + β x + τ ∫∫ white noise,   β ~ normal(0, 2²), ln S(0) without prior

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

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, polygamma

from ..flux.series import Array, FluxError
from .uncertainty import Estimate

SLOPE_SPREAD = 2.0
NARROWEST = 12
"""Smallest f0 in units of the frequency resolution 1/T: a peak narrower than that is not resolved."""

N_CORNERS = 12
ROUGHNESS = tuple(10.0 ** (0.25 * step) for step in range(-4, 10))
"""Values of τ, a factor 1.78 apart."""

UNDERSMOOTHING = 1
"""The limit is taken this many steps of τ rougher than the likelihood weights it: that halves the shrinkage
of a maximum or minimum at frequency zero at 3 % more error (tests/transport/calibrate.py)."""


@dataclass(frozen=True)
class LogLimit:
    """ln S(0), its posterior mean and variance, for B spectra at once; (B,) each."""

    mean: Array
    variance: Array

    def estimate(self, index: int = 0) -> Estimate:
        """S(0) = exp(mean - variance/2): the exponential of a normal variable, freed of its bias."""
        mean, variance = float(self.mean[index]), float(self.variance[index])
        return Estimate.log_normal(float(np.exp(mean - 0.5 * variance)), float(np.sqrt(variance)))


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


def log_limit(power: Array, centres: Array, freedom: NDArray[np.int64]) -> LogLimit:
    """ln S(0) of B spectra.

    power   : (B, J) estimates, S_j times a Gamma(ν_j) variable over ν_j
    centres : (J,) frequencies in units of the resolution 1/T
    freedom : (J,) ν_j

    Raises FluxError for non-positive power, ν < 1 or fewer than 20 bins.
    """
    if len(centres) < 20:
        raise FluxError(f"{len(centres)} bins are too few for a spectral fit: give a longer series")
    if not (freedom >= 1).all():
        raise FluxError("more currents than realisations in a bin: give more replicas")
    if not (power > 0).all():
        raise FluxError("a spectrum is not positive: a current is constant or depends on the others")
    noise = np.sqrt(polygamma(1, freedom))
    whitened = (np.log(power) - digamma(freedom) + np.log(freedom)) / noise
    limits, variances, evidence = [], [], []
    for corner in _corners(tuple(centres.tolist()), tuple(noise.tolist())):
        rotated = whitened @ corner.vectors
        projected = np.einsum("bj,tj,jk->btk", rotated, corner.shrink, corner.trend)
        misfit = rotated**2 @ corner.shrink.T
        misfit -= np.einsum("bti,tij,btj->bt", projected, corner.inverse, projected)
        evidence.append(corner.evidence - 0.5 * misfit)
        rougher = np.minimum(np.arange(len(ROUGHNESS)) + UNDERSMOOTHING, len(ROUGHNESS) - 1)
        limits.append((rotated @ corner.weights.T)[:, rougher])
        variances.append(corner.inverse[:, 0, 0])
    log_weight = np.concatenate(evidence, axis=1)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    limit, variance = np.concatenate(limits, axis=1), np.concatenate(variances)
    mean = np.sum(weight * limit, axis=1)
    spread = np.sum(weight * (variance + (limit - mean[:, None]) ** 2), axis=1)
    return LogLimit(mean, spread)


@lru_cache(maxsize=16)
def _corners(centres: tuple[float, ...], noise: tuple[float, ...]) -> tuple[_Corner, ...]:
    """The model for every f0 between the resolution and half the band; the data enter nowhere."""
    frequency, sigma = np.array(centres), np.array(noise)
    corners = np.geomspace(NARROWEST, max(0.5 * frequency[-1], 2 * NARROWEST), N_CORNERS)
    return tuple(_corner(0.5 * np.log1p((frequency / f0) ** 2), sigma) for f0 in corners)


def _corner(x: Array, sigma: Array) -> _Corner:
    low, high = np.minimum.outer(x, x), np.maximum.outer(x, x)
    kernel = low**2 * high / 2 - low**3 / 6  # covariance of doubly integrated white noise
    eigenvalues, vectors = np.linalg.eigh(kernel / np.outer(sigma, sigma))
    growth = np.outer(np.square(ROUGHNESS), np.maximum(eigenvalues, 0.0))
    shrink = 1.0 / (1.0 + growth)
    trend = vectors.T @ (np.stack([np.ones_like(x), x], axis=1) / sigma[:, None])
    precision = np.einsum("ji,tj,jk->tik", trend, shrink, trend)
    precision[:, 1, 1] += SLOPE_SPREAD**-2
    inverse = np.linalg.inv(precision)
    weights = np.einsum("tk,jk,tj->tj", inverse[:, 0], trend, shrink)
    evidence = -0.5 * np.log1p(growth).sum(axis=1) - 0.5 * np.linalg.slogdet(precision)[1]
    return _Corner(vectors, shrink, trend, inverse, weights, evidence)
