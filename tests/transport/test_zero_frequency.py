"""Quotients of the zero-frequency matrix: their errors against the scatter of many white series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superionic.transport.current_set import select_currents
from superionic.transport.onsager import OnsagerEstimate, gauge_transform
from superionic.transport.periodogram import Spectrum
from superionic.transport.spectral import fit_spectrum
from superionic.transport.uncertainty import Estimate
from superionic.transport.zero_frequency import onsager_at_zero

BINS, REALISATIONS, SERIES = 20, 24, 1600
COVARIANCE = np.array([[2.0, 0.9], [0.9, 1.5]])


def mean_over_bins(power: np.ndarray, dof: np.ndarray) -> Estimate:
    """The estimator of a spectrum known to be white."""
    value = float(power.mean())
    return Estimate.symmetric(value, value / float(np.sqrt(dof.sum())))


@pytest.fixture(scope="module")
def estimates() -> list[OnsagerEstimate]:
    random = np.random.default_rng(5)
    root = np.linalg.cholesky(COVARIANCE)
    results = []
    for _ in range(SERIES):
        parts = random.standard_normal((2, BINS, REALISATIONS, 2)) / np.sqrt(2)
        amplitude = (parts[0] + 1j * parts[1]) @ root.T
        matrices = np.einsum("fra,frb->fab", amplitude, amplitude.conj()) / REALISATIONS
        results.append(onsager_at_zero(matrices, np.full(BINS, float(REALISATIONS)), mean_over_bins))
    return results


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("coupled", COVARIANCE[0, 1] ** 2 / (COVARIANCE[0, 0] * COVARIANCE[1, 1])),
        ("heat_of_transport", COVARIANCE[0, 1] / COVARIANCE[1, 1]),
    ],
)
def test_quotients_scatter_as_their_errors_say(estimates, name, exact) -> None:
    quotients = [getattr(one, name) for one in estimates]
    values = np.array([quotient.value for quotient in quotients])
    error = np.mean([quotient.standard_error for quotient in quotients])
    assert values.mean() == pytest.approx(exact, abs=4 * error / np.sqrt(SERIES))
    assert error == pytest.approx(values.std(), rel=0.08)


def test_heat_of_transport_is_that_of_one_species(yardstick_module) -> None:
    assert fit_spectrum(binned(yardstick_module, "smooth3")).fit.heat_of_transport is None
    one = fit_spectrum(binned(yardstick_module, "smooth2")).fit
    assert one.heat_of_transport.value == one.heat[0]
    # eV per ion of 2 u: J/kg times kilograms over joules of an electronvolt
    per_ion = one.heat[0] * 2 * 1.66053907e-27 / 1.602176634e-19
    assert one.heat_per_ion(2.0).value == pytest.approx(per_ion, rel=1e-7)


def binned(yardstick_module, name: str, replicas: int = 8) -> Spectrum:
    process = yardstick_module.yardsticks()[name]
    series = process.series(np.random.default_rng(3), replicas, 4000)
    return select_currents(series, yardstick_module.SYMBOLS[: process.n_currents - 1]).spectra.graded


@pytest.mark.parametrize("name", ["smooth2", "optical2", "smooth3"])
def test_a_gauge_shift_moves_the_heat_by_itself_and_nothing_else(yardstick_module, name) -> None:
    """J_E + Σ c_s J_s, of each replica: κ and the ions' L and all their errors stay, q becomes q + c."""
    spectrum = binned(yardstick_module, name)
    before = fit_spectrum(spectrum)
    size = np.sqrt(np.diagonal(before.fit.matrix))
    shift = np.array([7.0, -3.0])[: len(size) - 1] * size[0] / size[1:]
    # the basis is (kinetic, potential, ions ...): the shift goes to the potential part
    mixing = np.eye(spectrum.bins.shape[-1])
    mixing[1, 2:] = shift
    after = fit_spectrum(replace(spectrum, bins=mixing @ spectrum.bins @ mixing.T))
    for one, other in ((before.fit, after.fit), (before.replicas, after.replicas)):
        assert other.kappa.value == pytest.approx(one.kappa.value, rel=1e-9)
        assert other.kappa.standard_error == pytest.approx(one.kappa.standard_error, rel=1e-6)
        np.testing.assert_allclose(other.heat - one.heat, shift, rtol=1e-9)
        np.testing.assert_allclose(other.heat_errors, one.heat_errors, rtol=1e-6)
        expected = gauge_transform(one.matrix, shift)
        np.testing.assert_allclose(other.matrix / expected, 1.0, rtol=1e-8)
        np.testing.assert_allclose(other.errors[1:, 1:], one.errors[1:, 1:], rtol=1e-6)


def test_the_quoted_error_is_the_larger_of_fit_and_replicas(yardstick_module) -> None:
    result = fit_spectrum(binned(yardstick_module, "smooth2"))
    fit, replicas, quoted = result.fit, result.replicas, result.onsager
    np.testing.assert_array_equal(quoted.errors, np.maximum(fit.errors, replicas.errors))
    for name in ("kappa", "naive_kappa", "coupled", "heat_of_transport"):
        mine, theirs, both = (getattr(one, name) for one in (fit, replicas, quoted))
        assert both.value == mine.value
        assert both.standard_error == max(mine.standard_error, theirs.standard_error)
        widest = max(mine.standard_error, theirs.standard_error) / mine.standard_error
        assert both.interval_95[1] - both.value == pytest.approx(widest * (mine.interval_95[1] - mine.value))
    assert fit_spectrum(binned(yardstick_module, "smooth2", 7)).replicas is None


def test_the_jackknife_over_replicas_finds_the_error_of_the_fit_where_that_is_right(yardstick_module) -> None:
    """Its variance is uncertain by sqrt(2/7) each time, which ten series average."""
    process = yardstick_module.yardsticks()["smooth2"]
    ratios = []
    for seed in range(10):
        series = process.series(np.random.default_rng([seed, 77]), 8, 3000)
        result = fit_spectrum(select_currents(series, "Li").spectra.graded)
        assert result.replicas is not None
        ratios.append(result.replicas.kappa.standard_error / result.fit.kappa.standard_error)
    assert 0.65 < np.sqrt(np.mean(np.square(ratios))) < 1.4
