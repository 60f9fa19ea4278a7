"""The Onsager matrix at zero frequency, given an estimator of the limit of one positive spectrum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..conventions import Array
from ..flux.series import FluxError
from .onsager import OnsagerEstimate, schur_complement
from .uncertainty import Estimate

BREADTH = 1.5
"""The regression of energy on mass currents uses this many times the realisations that the limits of the
ions' spectra average over. A parabola in f has 9/4 of the variance of a mean over the same band at f = 0:
its error is a fifth larger than that of the limits, its smoothing bias a fraction of it (calibrate.py)."""

FEWEST_IN_REGRESSION = 4
"""Fewest bins of the regression."""

Limit = Callable[[Array, Array], Estimate]
"""(power (F,), degrees of freedom (F,)) → S(0)."""


def reduced_spectrum(matrices: NDArray[np.complex128], realisations: Array) -> tuple[Array, Array]:
    """1/[(S⁻¹)_00] of averaged cross-periodograms, and its degrees of freedom ν = ℓ - M + 1.

    The Schur complement of a complex Wishart matrix of ℓ realisations is a Gamma(ν) variable: dividing
    by ν instead of ℓ keeps its mean (Bertossa et al., Phys. Rev. Lett. 122, 255901 (2019)).

    Raises FluxError for ν < 1.
    """
    dof = realisations - matrices.shape[-1] + 1
    if (dof < 1).any():
        raise FluxError(
            f"{realisations.min():.3g} realisations for {matrices.shape[-1]} currents: "
            "give more replicas or fewer mobile species"
        )
    return schur_complement(matrices) * (realisations / dof), dof


def onsager_at_zero(
    matrices: NDArray[np.complex128],
    realisations: Array,
    limit: Limit,
    regression_realisations: float | None = None,
) -> OnsagerEstimate:
    """κ from the reduced spectrum, L_st of the ions from theirs, and q from the regression of J_E on the J_s.

    L_0s = Σ_t q_t L_ts,  L00 = κ + q·L q:  exactly covariant. J_E + Σ c_s J_s gives q + c and leaves κ and
    the L of the ions unchanged; a separate estimate of L00 would break this.

    var L_0s = L Cov(q) L + ½ v (L_ss q·L q + L_0s²), v the mean relative variance of L_ss   (Wishart)

    matrices     : (F, M, M) averaged cross-periodograms; realisations : (F,) behind each
    limit        : estimator of S(0) of one spectrum
    regression_realisations : in the band of q; `realisations_for_regression` of the ions' limits when None
    """
    if matrices.shape[-1] == 1:
        alone = limit(matrices[:, 0, 0].real, realisations)
        one = np.array([[alone.value]]), np.array([[alone.standard_error]])
        return OnsagerEstimate(alone, alone, Estimate.symmetric(0.0, 0.0), *one, np.zeros(0), np.zeros(0))
    kappa = limit(*reduced_spectrum(matrices, realisations))
    flow, flow_errors = _flow_limits(matrices[:, 1:, 1:], realisations, limit)
    variance = _relative_variance(flow, flow_errors)
    heat, covariance = _regression(matrices, realisations, regression_realisations or BREADTH / variance)
    covariance = kappa.value * covariance

    coupling = flow @ heat
    carried = float(heat @ coupling)
    coupling_variance = np.diagonal(flow @ covariance @ flow)
    coupling_variance = coupling_variance + 0.5 * variance * (np.diagonal(flow) * carried + coupling**2)
    carried_variance = float(4.0 * coupling @ covariance @ coupling + variance * carried**2)
    value = kappa.value + carried
    error = float(np.hypot(kappa.standard_error, np.sqrt(carried_variance)))
    matrix, errors = np.empty((2, len(flow) + 1, len(flow) + 1))
    matrix[1:, 1:], errors[1:, 1:] = flow, flow_errors
    matrix[0, 1:] = matrix[1:, 0] = coupling
    errors[0, 1:] = errors[1:, 0] = np.sqrt(coupling_variance)
    matrix[0, 0], errors[0, 0] = value, error
    # r = carried/(κ + carried)
    coupled_error = float(np.hypot(kappa.value * np.sqrt(carried_variance), carried * kappa.standard_error))
    return OnsagerEstimate(
        kappa=kappa,
        naive_kappa=Estimate.log_normal(value, error / value),
        coupled=Estimate.symmetric(carried / value, coupled_error / value**2),
        matrix=matrix,
        errors=errors,
        heat=heat,
        heat_errors=np.sqrt(np.diagonal(covariance)),
    )


def realisations_for_regression(estimate: OnsagerEstimate) -> float:
    """BREADTH times the realisations that the limits of the ions' spectra average over: the band of q."""
    return BREADTH / _relative_variance(estimate.matrix[1:, 1:], estimate.errors[1:, 1:])


def _relative_variance(flow: Array, errors: Array) -> float:
    """Mean over the species of the relative variance of L_ss."""
    return float(np.mean((np.diagonal(errors) / np.diagonal(flow)) ** 2))


def _regression(matrices: NDArray[np.complex128], realisations: Array, total: float) -> tuple[Array, Array]:
    """q at zero frequency from J_E = (q + p f²)·J + rest over the lowest frequencies, and cov q/κ.

    The band contains `total` realisations. Normal equations from the averaged cross-periodograms; the real
    part of the complex regression is used, hence the 2 (Bendat and Piersol, Random Data, 4th ed., section
    9.3). The abscissa of a bin is its mean cumulative number of realisations, which grows with the frequency.
    """
    reached = np.cumsum(realisations)
    band = max(int(np.searchsorted(reached, total)) + 1, FEWEST_IN_REGRESSION)
    weights, low = realisations[:band], matrices[:band].real
    place = (reached[:band] - 0.5 * weights) / reached[min(band, len(reached)) - 1]
    size = np.sqrt(np.einsum("f,faa->a", weights, low))  # energy and mass entries differ by 1e15 in SI
    low = low / np.outer(size, size)
    powers = np.stack([np.ones_like(place), place**2])
    ions = low.shape[-1] - 1
    normal = np.einsum("f,if,jf,fab->iajb", weights, powers, powers, low[:, 1:, 1:]).reshape(2 * ions, -1)
    right = np.einsum("f,if,fa->ia", weights, powers, low[:, 1:, 0]).reshape(-1)
    heat = np.linalg.solve(normal, right)[:ions] * size[0] / size[1:]
    covariance = 0.5 * np.linalg.inv(normal)[:ions, :ions] / np.outer(size[1:], size[1:])
    return heat, covariance


def _flow_limits(matrices: NDArray[np.complex128], realisations: Array, limit: Limit) -> tuple[Array, Array]:
    """L_st of the ions alone and their standard errors: `limit` of every diagonal element, and of sums and
    differences.

    L_ab = ¼ s_a s_b [S(J_a/s_a + J_b/s_b) - S(J_a/s_a - J_b/s_b)],  s_a² = L_aa   (polarisation)
    var L_ab = ½ v (L_aa L_bb + L_ab²), v the mean relative variance of L_aa and L_bb   (Wishart)
    """
    size = matrices.shape[-1]
    diagonal = np.real(np.diagonal(matrices, axis1=1, axis2=2))
    alone = [limit(diagonal[:, a], realisations) for a in range(size)]
    values, errors = np.empty((2, size, size))
    for a in range(size):
        values[a, a], errors[a, a] = alone[a].value, alone[a].standard_error
        for b in range(a + 1, size):
            scale = np.sqrt(alone[a].value * alone[b].value)
            both = diagonal[:, a] / alone[a].value + diagonal[:, b] / alone[b].value
            cross = 2.0 * matrices[:, a, b].real / scale
            difference = limit(both + cross, realisations).value - limit(both - cross, realisations).value
            relative = 0.5 * sum((alone[i].standard_error / alone[i].value) ** 2 for i in (a, b))
            values[a, b] = values[b, a] = 0.25 * scale * difference
            errors[a, b] = errors[b, a] = np.sqrt(0.5 * relative * (scale**2 + values[a, b] ** 2))
    return values, errors
