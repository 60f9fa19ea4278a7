"""Multivariate cepstral analysis: the zero-frequency limit of a log-spectrum as few cosine coefficients.

Bertossa, Grasselli, Ercole, Baroni, Phys. Rev. Lett. 122, 255901 (2019); one current: Ercole, Marcolongo,
Baroni, Sci. Rep. 7, 15835 (2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.special import digamma, polygamma

from ..flux.series import Array, FluxError
from .onsager import schur_complement
from .spectrum import Spectrum
from .uncertainty import Estimate

UNDERSMOOTHING = 2.0


@dataclass(frozen=True)
class LogSpectrumFit:
    """ln S(0) from the first P cosine coefficients of a log-spectrum.

    ln S(f_j) ≈ c_0 + 2 Σ_{p<P} c_p cos(πp(j+½)/F),   ln S(0) = c_0 + 2 Σ_{p<P} c_p
    variance of ln S(0): ψ'(ν) (2P-1)/F

    coefficients : (F,) c_p
    cut          : P*
    log_limits   : (F,) ln S(0) for P = 1..F
    variances    : (F,) their variances
    """

    coefficients: Array
    cut: int
    log_limits: Array
    variances: Array

    @property
    def estimate(self) -> Estimate:
        """S(0): exp of a normal variable, freed of its bias exp(σ²/2)."""
        variance = float(self.variances[self.cut - 1])
        value = float(np.exp(self.log_limits[self.cut - 1] - 0.5 * variance))
        return Estimate.log_normal(value, float(np.sqrt(variance)))


def fit_log_spectrum(power: Array, freedom: int, cut: int | None = None) -> LogSpectrumFit:
    """Fit a positive spectrum known at F frequencies, each with the noise of ν complex periodograms.

    power   : (F,) estimates S_j·g_j/ν with g_j independent Gamma(ν) variables
    freedom : ν
    cut     : P*; chosen by `choose_cut` when None

    Raises FluxError for non-positive power or freedom < 1.
    """
    if freedom < 1:
        raise FluxError(
            f"{freedom} degrees of freedom: more replicas than currents are needed, or per_bin > 1"
        )
    if not (power > 0).all():
        raise FluxError("a spectrum is not positive: a current is constant or depends on the others")
    n_bins = len(power)
    log_power = np.log(power) - (digamma(freedom) - np.log(freedom))
    coefficients = fft.dct(log_power, type=2) / (2 * n_bins)
    weights = np.full(n_bins, 2.0)
    weights[0] = 1.0
    log_limits = np.cumsum(weights * coefficients)
    noise = float(polygamma(1, freedom))
    variances = noise * (2 * np.arange(1, n_bins + 1) - 1) / n_bins
    if cut is None:
        cut = choose_cut(coefficients, noise)
    return LogSpectrumFit(coefficients, cut, log_limits, variances)


def choose_cut(coefficients: Array, noise: float) -> int:
    """P*: twice the minimum of Akaike's criterion."""
    n_bins = len(coefficients)
    squares = 2.0 * n_bins * coefficients**2 / noise
    left_out = np.cumsum(squares[::-1])[::-1]
    criterion = np.append(left_out[1:], 0.0) + 2.0 * np.arange(1, n_bins + 1)
    best = int(np.argmin(criterion)) + 1
    return min(int(np.ceil(UNDERSMOOTHING * best)), n_bins // 2)


@dataclass(frozen=True)
class CepstralResult:
    """Cepstral estimates of the Onsager matrix and of κ; SI.

    kappa     : Schur complement
    naive     : L_00 from the energy current alone
    matrix    : (M, M) values of L_ab, and `errors` their standard errors
    fits      : the fits behind kappa and naive, for stability plots over P*
    cutoff_THz: f*
    freedom   : ν of the reduced spectrum
    """

    kappa: Estimate
    naive: Estimate
    matrix: Array
    errors: Array
    fits: dict[str, LogSpectrumFit]
    cutoff_THz: float
    freedom: int


def cepstral(
    spectrum: Spectrum, cutoff_THz: float | None = None, axis: int | None = None, cut: int | None = None
) -> CepstralResult:
    """Cepstral estimate of every L_ab and of the Schur complement.

    Realisations ℓ = replicas x axes x frequencies per bin; reduced spectrum 1/[(S⁻¹)_00] with
    ν = ℓ - M + 1. Off-diagonal elements by polarisation, L_ab = ¼ s_a s_b [S(J_a/s_a + J_b/s_b) -
    S(J_a/s_a - J_b/s_b)] with s_a² the power of J_a.

    cutoff_THz : f*; `choose_cutoff` when None
    axis       : 0, 1 or 2 to analyse one direction of an anisotropic material; all three when None
    """
    matrices = spectrum.matrices if axis is None else spectrum.matrices[:, axis : axis + 1]
    realisations = matrices.shape[0] * matrices.shape[1] * spectrum.per_bin
    mean = matrices.mean(axis=(0, 1))
    n_currents = mean.shape[-1]
    freedom = realisations - n_currents + 1
    if freedom < 1:
        raise FluxError(
            f"{realisations} realisations for {n_currents} currents: "
            "give more replicas, or average more frequencies per bin"
        )
    reduced = schur_complement(mean) * (realisations / freedom)
    if cutoff_THz is None:
        cutoff_THz = choose_cutoff(reduced, spectrum.width_THz)
    n_bins = max(8, min(len(mean), round(cutoff_THz / spectrum.width_THz)))
    mean, reduced = mean[:n_bins], reduced[:n_bins]
    kappa = fit_log_spectrum(reduced, freedom, cut)
    naive = fit_log_spectrum(mean[:, 0, 0].real, realisations, cut)
    values, errors = _matrix(mean, realisations, cut)
    return CepstralResult(
        kappa.estimate,
        naive.estimate,
        values,
        errors,
        {"kappa": kappa, "naive": naive},
        n_bins * spectrum.width_THz,
        freedom,
    )


def _matrix(mean: Array, realisations: int, cut: int | None) -> tuple[Array, Array]:
    n_currents = mean.shape[-1]
    values, errors = np.empty((2, n_currents, n_currents))
    power = np.real(np.diagonal(mean, axis1=1, axis2=2))
    fits = [fit_log_spectrum(power[:, a], realisations, cut) for a in range(n_currents)]
    for a in range(n_currents):
        values[a, a], errors[a, a] = fits[a].estimate.value, fits[a].estimate.standard_error
        for b in range(a + 1, n_currents):
            size_a, size_b = np.sqrt(values[a, a]), np.sqrt(power[:, b].mean())
            size_a = np.sqrt(power[:, a].mean())
            cross = mean[:, a, b].real / (size_a * size_b)
            both = power[:, a] / size_a**2 + power[:, b] / size_b**2
            longest = cut or max(fits[a].cut, fits[b].cut)
            plus = fit_log_spectrum(both + 2 * cross, realisations, longest).estimate
            minus = fit_log_spectrum(both - 2 * cross, realisations, longest).estimate
            values[a, b] = values[b, a] = 0.25 * size_a * size_b * (plus.value - minus.value)
            # Wishart matrix with relative variance v of its diagonal: var L_ab = v (L_aa L_bb + L_ab²)/2
            relative = 0.5 * fits[a].variances[longest - 1] + 0.5 * fits[b].variances[longest - 1]
            spread = 0.5 * relative * (power_limit(fits[a]) * power_limit(fits[b]) + values[a, b] ** 2)
            errors[a, b] = errors[b, a] = float(np.sqrt(spread))
    return values, errors


def power_limit(fit: LogSpectrumFit) -> float:
    """S(0) of a fit."""
    return fit.estimate.value


def choose_cutoff(power: Array, width_THz: float, fraction: float = 0.99) -> float:
    """f*: the frequency below which 99 % of the reduced current's power lies; the rest is empty band."""
    cumulated = np.cumsum(power)
    return float((np.searchsorted(cumulated, fraction * cumulated[-1]) + 1) * width_THz)
