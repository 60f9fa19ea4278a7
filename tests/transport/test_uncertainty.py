"""Jackknife, intervals and planning."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.flux.series import FluxError
from superionic.transport.uncertainty import Estimate, jackknife, jackknife_estimate, planned_duration_ps


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
