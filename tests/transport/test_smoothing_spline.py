"""The spline estimate on spectra without noise, with noise, and under changes that must not matter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma, polygamma

from superionic.flux.series import FluxError
from superionic.transport import smoothing_spline as module
from superionic.transport.smoothing_spline import zero_frequency_limit

CENTRES = np.concatenate([np.arange(1.0, 40.0), np.geomspace(40.0, 20_000.0, 80)])
DOF = np.maximum(10, (CENTRES * 0.5).astype(int))


def noisy(spectrum: np.ndarray, seeds: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    return spectrum * rng.gamma(DOF, 1 / DOF, (seeds, len(DOF)))


def test_a_flat_spectrum_is_found_with_nearly_the_error_of_its_mean():
    limit = zero_frequency_limit(noisy(np.full(len(CENTRES), 3.0), 200), CENTRES, DOF, 12.0)
    assert np.exp(limit.mean).mean() == pytest.approx(3.0, rel=0.005)
    spread = limit.mean.std()
    # on the simplest spectrum of all the doubt about f0 and τ makes the error bar too long, never too short
    assert 1.0 < np.sqrt(limit.variance.mean()) / spread < 1.6
    assert spread < 0.018  # a ninth of it pays for the possibility of a feature at zero


@pytest.mark.parametrize("width", [30.0, 300.0, 3000.0])
def test_a_lorentzian_of_any_width_is_found(width):
    spectrum = 0.05 + 2.0 / (1 + (CENTRES / width) ** 2)
    limit = zero_frequency_limit(noisy(spectrum, 300), CENTRES, DOF, 12.0)
    error = limit.mean - np.log(2.05)
    assert abs(error.mean()) < 0.3 * error.std()
    covered = np.mean(np.abs(error) < 1.96 * np.sqrt(limit.variance))
    assert 0.90 < covered < 0.99


def test_an_optical_peak_far_away_costs_little():
    flat = np.ones(len(CENTRES))
    peak = flat + sum(300.0 / (1 + ((CENTRES - centre) / 200.0) ** 2) for centre in (-8000.0, 8000.0))
    alone = zero_frequency_limit(noisy(flat, 100), CENTRES, DOF, 12.0)
    beside = zero_frequency_limit(noisy(peak, 100), CENTRES, DOF, 12.0)
    error = beside.mean - np.log(peak[0])
    assert abs(error.mean()) < 0.5 * error.std()
    assert np.median(np.sqrt(beside.variance)) < 0.06
    assert np.median(np.sqrt(alone.variance)) < np.median(np.sqrt(beside.variance))


@given(st.floats(1e-30, 1e30), st.integers(0, 99))
@settings(deadline=None, max_examples=25)
def test_units_shift_the_logarithm_and_nothing_else(factor, row):
    power = noisy(1 / (1 + (CENTRES / 500) ** 2), 100)[row : row + 1]
    here = zero_frequency_limit(power, CENTRES, DOF, 12.0)
    there = zero_frequency_limit(power * factor, CENTRES, DOF, 12.0)
    assert there.mean[0] - here.mean[0] == pytest.approx(np.log(factor), abs=1e-7)
    assert there.variance[0] == pytest.approx(here.variance[0], rel=1e-6)


def test_many_at_once_equal_one_by_one():
    power = noisy(1 / (1 + (CENTRES / 100) ** 2), 5)
    together = zero_frequency_limit(power, CENTRES, DOF, 12.0)
    for row in range(5):
        alone = zero_frequency_limit(power[row : row + 1], CENTRES, DOF, 12.0)
        assert alone.mean[0] == pytest.approx(together.mean[row], rel=1e-10)
    estimate = together.estimate(2)
    assert np.log(estimate.value) == pytest.approx(together.mean[2] - together.scatter[2] / 2)


def test_wrong_input_is_refused():
    power = np.ones((1, len(CENTRES)))
    with pytest.raises(FluxError, match="too few"):
        zero_frequency_limit(power[:, :10], CENTRES[:10], DOF[:10], 12.0)
    with pytest.raises(FluxError, match="not positive"):
        zero_frequency_limit(0 * power, CENTRES, DOF, 12.0)
    with pytest.raises(FluxError, match="more currents than realisations"):
        zero_frequency_limit(power, CENTRES, 0 * DOF, 12.0)


@pytest.mark.parametrize("depth", [-0.4, 0.6])
def test_a_valley_or_a_slow_part_that_the_noise_does_not_hide_is_found(depth):
    """Half width 60 where the narrowest peak is 12 wide: the spline alone leaves half of it out."""
    spectrum = 1 + depth / (1 + (CENTRES / 60.0) ** 2) ** 2
    limit = zero_frequency_limit(noisy(spectrum, 300), CENTRES, DOF, 12.0)
    error = limit.mean - np.log(1 + depth)
    assert abs(error.mean()) < 0.15 * abs(np.log(1 + depth))
    assert np.mean(np.abs(error) < 1.96 * np.sqrt(limit.variance)) > 0.85


def by_brute_force(power: np.ndarray, centres: np.ndarray, dof: np.ndarray, narrowest: float):
    """Mean and variance of ln S(0) from dense covariance matrices, model after model (no undersmoothing)."""
    sigma2, found = polygamma(1, dof), []
    y = np.log(power) - digamma(dof) + np.log(dof)
    steps = max(2, int(np.ceil(np.log(0.5 * centres[-1] / narrowest) / np.log(module.CORNER_RATIO))))
    for corner in narrowest * module.CORNER_RATIO ** np.arange(-1, steps + 1):
        x = 0.5 * np.log1p((centres / corner) ** 2)
        low, high = np.minimum.outer(x, x), np.maximum.outer(x, x)
        spline = low**2 * high / 2 - low**3 / 6
        models = []
        for size, prior in module.FEATURE_SIZES:
            for width in module.FEATURE_WIDTHS if size else (1.0,):
                feature = size / (1 + (centres / (width * narrowest)) ** 2)
                share = prior / (len(module.FEATURE_WIDTHS) if size else 1)
                for roughness in module.ROUGHNESS:
                    covariance = np.diag(sigma2) + roughness**2 * spline + np.outer(feature, feature)
                    inverse, trend = np.linalg.inv(covariance), np.stack([np.ones_like(x), x], axis=1)
                    precision = trend.T @ inverse @ trend
                    beta = np.linalg.solve(precision, trend.T @ inverse @ y)
                    left = y - trend @ beta
                    log_weight = np.log(share) - 0.5 * (
                        np.linalg.slogdet(covariance)[1]
                        + np.linalg.slogdet(precision)[1]
                        + left @ inverse @ left
                    )
                    at_zero = size * feature  # covariance of the feature at zero with that at the bins
                    unexplained = np.array([1.0, 0.0]) - trend.T @ inverse @ at_zero
                    limit = beta[0] + at_zero @ inverse @ left
                    variance = size**2 - at_zero @ inverse @ at_zero
                    variance += unexplained @ np.linalg.solve(precision, unexplained)
                    models.append((limit, variance, log_weight))
        found.append(np.array(models).T)
    limits = [0.5 * (here[0] + before[0]) for before, here in pairwise(found)]
    limit, variance = np.concatenate(limits), np.concatenate([one[1] for one in found[1:]])
    log_weight = np.concatenate([one[2] for one in found[1:]])
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = weight @ limit
    return mean, weight @ (variance + (limit - mean) ** 2)


@pytest.mark.parametrize("depth", [0.0, -0.5])
def test_the_fast_path_equals_the_dense_one(monkeypatch, depth):
    monkeypatch.setattr(module, "UNDERSMOOTHING", 0)
    centres, dof = np.arange(1.0, 41.0), np.full(40, 24.0)
    rng = np.random.default_rng(5)
    spectrum = (1 + depth / (1 + (centres / 8) ** 2)) / (1 + (centres / 30) ** 2)
    power = spectrum * rng.gamma(24, 1 / 24, 40)
    limit = zero_frequency_limit(power[None], centres, dof, 3.0)
    mean, variance = by_brute_force(power, centres, dof, 3.0)
    assert limit.mean[0] == pytest.approx(mean, rel=1e-7)
    assert limit.variance[0] == pytest.approx(variance, rel=1e-7)
