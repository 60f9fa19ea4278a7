"""Quotients of the zero-frequency matrix: their errors against the scatter of many white series."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.flux.series import FluxError
from superionic.transport.matrix_limits import MatrixLimits, matrix_limits
from superionic.transport.uncertainty import Estimate

BINS, REALISATIONS, SERIES = 20, 24, 1600
COVARIANCE = np.array([[2.0, 0.9], [0.9, 1.5]])


def mean_over_bins(power: np.ndarray, freedom: np.ndarray) -> Estimate:
    """The estimator of a spectrum known to be white."""
    value = float(power.mean())
    return Estimate.symmetric(value, value / float(np.sqrt(freedom.sum())))


@pytest.fixture(scope="module")
def limits() -> list[MatrixLimits]:
    random = np.random.default_rng(5)
    root = np.linalg.cholesky(COVARIANCE)
    found = []
    for _ in range(SERIES):
        parts = random.standard_normal((2, BINS, REALISATIONS, 2)) / np.sqrt(2)
        amplitude = (parts[0] + 1j * parts[1]) @ root.T
        matrices = np.einsum("fra,frb->fab", amplitude, amplitude.conj()) / REALISATIONS
        found.append(matrix_limits(matrices, np.full(BINS, float(REALISATIONS)), mean_over_bins))
    return found


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("coupled", COVARIANCE[0, 1] ** 2 / (COVARIANCE[0, 0] * COVARIANCE[1, 1])),
        ("heat_of_transport", COVARIANCE[0, 1] / COVARIANCE[1, 1]),
    ],
)
def test_quotients_scatter_as_their_errors_say(limits, name, exact) -> None:
    estimates = [getattr(one, name) for one in limits]
    values = np.array([estimate.value for estimate in estimates])
    error = np.mean([estimate.standard_error for estimate in estimates])
    assert values.mean() == pytest.approx(exact, abs=4 * error / np.sqrt(SERIES))
    assert error == pytest.approx(values.std(), rel=0.08)


def test_heat_of_transport_is_that_of_one_species() -> None:
    one = Estimate.symmetric(1.0, 0.1)
    with pytest.raises(FluxError, match="one mobile species, not 2"):
        _ = MatrixLimits(one, one, np.eye(3), 0.1 * np.eye(3)).heat_of_transport
