"""Cosine series of the log-spectrum, the choice of f* and P*, and agreement of the estimators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import polygamma

from superionic.flux.series import FluxError
from superionic.transport.analysis import analyse
from superionic.transport.cepstral import (
    TERMS,
    akaike_terms,
    choose_band,
    cosine_series,
    fit_cosines,
    stability,
)
from superionic.transport.current_set import select_currents
from superionic.transport.onsager import schur_complement


def test_a_finite_cosine_series_is_recovered_exactly_but_for_the_bias_of_the_logarithm():
    grid = (np.arange(500) + 0.5) / 500
    log_power = 0.7 + 2 * 0.3 * np.cos(np.pi * grid) - 2 * 0.1 * np.cos(3 * np.pi * grid)
    huge = 10**9
    series = cosine_series(np.exp(log_power), huge)
    np.testing.assert_allclose(series.coefficients[:5], [0.7, 0.3, 0, -0.1, 0], atol=1e-9)
    assert series.limits[3] == pytest.approx(0.7 + 0.6 - 0.2, abs=1e-9)
    assert akaike_terms(series) == 4


@pytest.mark.parametrize("dof", [1, 2, 5, 30])
def test_variance_and_bias_on_white_noise(dof):
    rng = np.random.default_rng(dof)
    limits = []
    for _ in range(400):
        series = cosine_series(rng.gamma(dof, 1 / dof, 400), dof)
        limits.append(series.limits[4])
    assert series.variances[4] == pytest.approx(polygamma(1, dof) * 9 / 400)
    assert np.mean(limits) == pytest.approx(0.0, abs=4 * np.sqrt(series.variances[4] / 400))
    assert np.var(limits) == pytest.approx(series.variances[4], rel=0.25)


def test_the_band_shrinks_to_a_narrow_peak_and_stays_wide_on_a_plain_spectrum():
    rng = np.random.default_rng(0)
    grid = np.arange(4000) + 0.5
    noise = rng.gamma(20, 1 / 20, 4000)
    plain = choose_band(noise / (1 + (grid / 3000) ** 2), 20)
    peaked = choose_band(noise * (1 + 30 / (1 + (grid / 40) ** 2)), 20)
    optical = choose_band(noise * (1 + 200 / (1 + ((grid - 2000) / 60) ** 2)), 20)
    assert plain > 1000
    assert 40 < peaked < 400
    assert 500 < optical < 2100


def test_estimators_agree_on_one_series(yardstick_module):
    """Green-Kubo, smooth log-spectrum and cosine series: same data, so far closer than errors add up."""
    for name in ("smooth2", "optical2", "smooth3"):
        process = yardstick_module.yardsticks()[name]
        series = process.series(np.random.default_rng(9), 12, 10_000)
        mobile = yardstick_module.SYMBOLS[: process.n_currents - 1]
        result = analyse(series, mobile, max_lag_ps=0.2, plateau_ps=(0.1, 0.2))
        units = select_currents(series, mobile).to_si / np.sqrt(1000.0) / 300.0
        exact = schur_complement(0.5 * process.spectrum(0.0).real * np.outer(units, units))
        integral = result.green_kubo.onsager
        smooth, cosine = result.spectral.fit, result.cepstral.onsager
        for estimate in (integral.kappa, smooth.kappa, cosine.kappa):
            assert abs(estimate.value - exact) < 3.5 * estimate.standard_error
        assert abs(smooth.kappa.value - integral.kappa.value) < 3 * integral.kappa.standard_error
        both = np.hypot(smooth.errors, cosine.errors)
        assert (np.abs(smooth.matrix - cosine.matrix) < 3.5 * both).all()
        assert result.spectral.replicas.kappa.standard_error == pytest.approx(
            smooth.kappa.standard_error, rel=0.7
        )


def test_forced_f_star_and_p_star_are_those_of_the_stability_table(smooth_series):
    spectrum = select_currents(smooth_series, ["Li"]).spectra.uniform
    values, errors = stability(spectrum, np.array([100.0, 300.0]), np.array([2, 6, 10**6]))
    forced = fit_cosines(spectrum, cutoff_THz=300.0, terms=6)
    assert forced.terms == 6
    assert forced.cutoff_THz == pytest.approx(300.0, rel=0.01)
    assert forced.onsager.kappa.value == pytest.approx(values[1, 1], rel=1e-12)
    assert forced.onsager.kappa.standard_error == pytest.approx(errors[1, 1], rel=1e-12)
    assert np.isnan(values[:, 2]).all()
    assert fit_cosines(spectrum).terms == TERMS


def test_degrees_of_freedom_count_replicas_axes_and_currents(three_current_series):
    spectrum = select_currents(three_current_series, ["Li", "Na"]).spectra.uniform
    assert fit_cosines(spectrum).dof == 3 * 3 * spectrum.counts[0] - 2
    assert fit_cosines(spectrum, axis=1).dof == 3 * spectrum.counts[0] - 2


def test_more_currents_than_realisations_are_refused(three_current_series):
    turned = [np.roll(np.arange(3), replica) for replica in range(3)]  # axes renamed: no replica twice
    many = replace(
        three_current_series,
        currents={
            name: np.concatenate([current[..., order] for order in turned])[:8]
            for name, current in three_current_series.currents.items()
        },
    )
    spectrum = select_currents(many, ["Li", "Na"]).spectra.uniform
    single = replace(spectrum, bins=spectrum.bins[:, :1], replicas=1, edges=np.arange(len(spectrum.edges)))
    with pytest.raises(FluxError, match="1 realisations for 3 currents"):
        fit_cosines(single)
