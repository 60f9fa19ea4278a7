"""Decimation keeps frequency zero exactly and lets nothing fold back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from superionic.flux.decimate import PASS_FRACTION, decimate, decimate_series, low_pass
from superionic.flux.series import FluxError

factors = st.integers(2, 12)


def gain(factor: int, frequency: np.ndarray) -> np.ndarray:
    """|H| at frequencies in cycles per input sample."""
    coefficients = low_pass(factor)
    return np.abs(np.exp(-2j * np.pi * np.outer(frequency, np.arange(len(coefficients)))) @ coefficients)


@given(factors)
@settings(deadline=None)
def test_gain_is_one_at_zero_flat_in_the_pass_band_and_nil_above_nyquist(factor):
    assert low_pass(factor).sum() == pytest.approx(1.0, abs=4e-16)
    nyquist = 0.5 / factor
    np.testing.assert_allclose(gain(factor, np.linspace(0, PASS_FRACTION * nyquist, 200)), 1.0, atol=2e-5)
    assert gain(factor, np.linspace(nyquist, 0.5, 400)).max() < 2e-5


@given(factors, st.integers(0, 2**31), st.integers(0, 40))
@settings(deadline=None, max_examples=30)
def test_samples_come_from_full_windows_centred_on_their_instant(factor, seed, extra):
    half = (len(low_pass(factor)) - 1) // 2
    samples = 2 * half + 1 + 10 * factor + extra
    signal = np.random.default_rng(seed).standard_normal(samples)
    out = decimate(signal, factor, axis=0)
    first = half if 2 * half % factor == 0 else None
    start = -(-2 * half // factor) * factor - half
    assert first is None or start == half
    direct = [
        low_pass(factor) @ signal[centre - half : centre + half + 1]
        for centre in range(start, samples - half, factor)
    ]
    np.testing.assert_allclose(out, direct, atol=1e-12)


def test_a_constant_stays_and_an_alias_dies():
    time = np.arange(4000)
    np.testing.assert_allclose(decimate(np.full(4000, 3.7), 5, axis=0), 3.7, rtol=1e-14)
    folding = np.cos(2 * np.pi * (0.2 + 1e-3) * time)
    assert np.abs(decimate(folding, 5, axis=0)).max() < 2e-5


def test_series_keep_shape_and_note_the_filter(make):
    series = make(samples=2000)
    thin = decimate_series(series, 4)
    assert thin.dt_fs == 20.0
    assert thin.currents["mass_S"].shape[2] == 3
    assert 440 < thin.n_samples < 500
    assert thin.provenance["decimated"]["factor"] == 4


def test_wrong_requests_are_refused():
    with pytest.raises(FluxError, match="at least 2"):
        low_pass(1)
    with pytest.raises(FluxError, match="shorter than the filter"):
        decimate(np.zeros(50), 5, axis=0)
