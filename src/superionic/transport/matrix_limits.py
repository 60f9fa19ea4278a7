"""Zero-frequency limits of a whole spectral matrix from an estimator of positive spectra."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..flux.series import Array, FluxError
from .onsager import schur_complement
from .uncertainty import Estimate

Limit = Callable[[Array, Array], Estimate]
"""(power (F,), degrees of freedom (F,)) → S(0)."""


@dataclass(frozen=True)
class MatrixLimits:
    """κ (Schur complement), and L_ab with standard errors; (M, M) each, SI."""

    kappa: Estimate
    naive: Estimate
    matrix: Array
    errors: Array

    @property
    def coupled(self) -> Estimate:
        """r = 1 - κ/L00, the fraction of the naive κ that flows with the ions.

        An estimate of the squared coherence of heat with all ion currents: var r = 2 v r (1 - r)², v the
        relative variance of L00 (Bendat and Piersol, Random Data, 4th ed., table 9.6).
        """
        fraction = 1.0 - self.kappa.value / self.naive.value
        relative = self.naive.standard_error / self.naive.value
        error = relative * (1.0 - fraction) * float(np.sqrt(2.0 * max(fraction, 0.0)))
        return Estimate.symmetric(fraction, error)

    @property
    def heat_of_transport(self) -> Estimate:
        """L01/L11 in J/kg, the heat that a unit mass of ions carries along; of one mobile species.

        A coefficient of regression: its variance is ½ v κ/L11, v the relative variance of L11 (same source).
        Raises FluxError unless there is one mobile species.
        """
        if len(self.matrix) != 2:
            raise FluxError(f"a heat of transport needs one mobile species, not {len(self.matrix) - 1}")
        ions, relative = self.matrix[1, 1], self.errors[1, 1] / self.matrix[1, 1]
        error = relative * np.sqrt(0.5 * self.kappa.value / ions)
        return Estimate.symmetric(float(self.matrix[0, 1] / ions), float(error))


def reduced_spectrum(matrices: NDArray[np.complex128], realisations: Array) -> tuple[Array, Array]:
    """1/[(S⁻¹)_00] of averaged cross-periodograms, and its degrees of freedom ν = ℓ - M + 1.

    The Schur complement of a complex Wishart matrix of ℓ realisations is a Gamma(ν) variable: dividing
    by ν instead of ℓ keeps its mean (Bertossa et al., Phys. Rev. Lett. 122, 255901 (2019)).

    Raises FluxError for ν < 1.
    """
    freedom = realisations - matrices.shape[-1] + 1
    if (freedom < 1).any():
        raise FluxError(
            f"{realisations.min():.3g} realisations for {matrices.shape[-1]} currents: "
            "give more replicas or fewer mobile species"
        )
    return schur_complement(matrices) * (realisations / freedom), freedom


def matrix_limits(matrices: NDArray[np.complex128], realisations: Array, limit: Limit) -> MatrixLimits:
    """Apply `limit` to the reduced spectrum, to every diagonal element, and to sums and differences.

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
    kappa = limit(*reduced_spectrum(matrices, realisations)) if size > 1 else alone[0]
    return MatrixLimits(kappa, alone[0], values, errors)
