"""Jackknife, intervals and planning."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.flux.series import FluxError
from superionic.transport.uncertainty import (
    Estimate,
    formatted,
    jackknife,
    jackknife_estimate,
    planned_duration_ps,
    ratio,
)


def test_of_a_mean_it_is_the_standard_error_of_the_mean():
    units = np.random.default_rng(0).standard_normal((20, 3))
    value, error = jackknife(lambda mean: mean, units)
    np.testing.assert_allclose(value, units.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(error, units.std(axis=0, ddof=1) / np.sqrt(20), rtol=1e-12)


def test_it_removes_the_bias_of_a_square():
    # E[mean²] = μ² + σ²/U; the jackknife leaves μ²
    rng = np.random.default_rng(1)
    plain, corrected = [], []
    for _ in range(2000):
        units = 1.0 + rng.standard_normal(10)
        plain.append(units.mean() ** 2)
        corrected.append(float(jackknife(np.square, units)[0]))
    assert np.mean(plain) == pytest.approx(1.1, abs=0.05)
    assert np.mean(corrected) == pytest.approx(1.0, abs=0.05)


def test_student_intervals_cover_with_few_units():
    rng = np.random.default_rng(2)
    hits = [
        estimate.interval_95[0] < 0 < estimate.interval_95[1]
        for estimate in (jackknife_estimate(np.asarray, rng.standard_normal(4)) for _ in range(2000))
    ]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.015)


def test_log_normal_intervals_are_symmetric_in_the_logarithm():
    estimate = Estimate.log_normal(2.0, 0.1)
    np.testing.assert_allclose(np.log(np.array(estimate.interval_68) / 2.0), [-0.1, 0.1], rtol=1e-9)
    assert estimate.standard_error == pytest.approx(0.2)


def test_half_the_error_takes_four_times_the_length():
    estimate = Estimate.symmetric(2.0, 0.2)
    assert planned_duration_ps(estimate, 100.0, 0.1) == pytest.approx(100.0)
    assert planned_duration_ps(estimate, 100.0, 0.05) == pytest.approx(400.0)
    with pytest.raises(FluxError, match="positive"):
        planned_duration_ps(estimate, 100.0, 0.0)


def test_one_unit_is_refused():
    with pytest.raises(FluxError, match="at least two units"):
        jackknife(np.asarray, np.ones((1, 2)))


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.5329, 0.0126, "0.533(13)"),
        (8.82e-9, 0.69e-9, "8.82(69)e-9"),
        (1.696e-15, 0.041e-15, "1.696(41)e-15"),
        (-0.311, 0.013, "-0.311(13)"),
        (2.256, 0.075, "2.256(75)"),
        (650.0, 0.0, "650"),
        (0.02, 0.31, "0.02(31)"),
        (652.0, 12.0, "652(12)"),
        (1.041, 0.0998, "1.04(10)"),
        (1.041e-8, 0.0998e-8, "1.04(10)e-8"),
        (1.0, np.inf, "1"),
        (np.nan, 1.0, "nan"),
    ],
)
def test_numbers_show_their_error_in_the_last_digits(value, error, text) -> None:
    assert formatted(value, error) == text


def test_an_estimate_reads_as_value_and_error_and_scales_as_a_unit_does():
    estimate = Estimate.log_normal(0.533, 0.0236)
    assert (str(estimate), f"{estimate}") == ("0.533(13)", "0.533(13)")
    assert repr(estimate) == "<Estimate 0.533(13), 95 % within 0.5089 to 0.5582>"
    milli, expected = estimate.scaled(1e3), Estimate.log_normal(533.0, 0.0236)
    assert milli.standard_error == pytest.approx(expected.standard_error)
    assert (*milli.interval_68, *milli.interval_95) == pytest.approx(
        (*expected.interval_68, *expected.interval_95)
    )


def test_the_error_of_a_ratio_is_that_of_drawn_numbers():
    rng = np.random.default_rng(0)
    one, other = Estimate.symmetric(2.0, 0.04), Estimate.symmetric(-5.0, 0.15)
    drawn = (2.0 + 0.04 * rng.standard_normal(20_000)) / (-5.0 + 0.15 * rng.standard_normal(20_000))
    assert ratio(one, other).value == -0.4
    assert ratio(one, other).standard_error == pytest.approx(drawn.std(), rel=0.03)
