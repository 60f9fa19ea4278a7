"""Periodograms: level, Hermitian symmetry, binnings that agree, invariance under relabelling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from superionic.flux.series import FluxError
from superionic.transport.current_set import select_currents
from superionic.transport.periodogram import RELATIVE_WIDTH, Spectrum, occupied_band, taper


def test_white_noise_is_flat_at_half_its_variance(smooth_series):
    rng = np.random.default_rng(0)
    white = {name: rng.standard_normal(c.shape) for name, c in smooth_series.currents.items()}
    series = replace(smooth_series, currents=white)
    currents = select_currents(series, ["Li"])
    spectrum = currents.spectra.uniform
    units = currents.to_si[1] / np.sqrt(1000.0) / 300.0
    power = spectrum.mean()[0][:, 1, 1].real / (0.5 * units**2)
    counts = spectrum.effective_bins * 3 * 4
    assert power.mean() == pytest.approx(1.0, abs=4 / np.sqrt(counts.sum()))
    assert power.var() == pytest.approx(1 / counts[0], rel=0.15)


def test_spectrum_follows_the_closed_one_at_every_frequency(yardstick_module):
    process = yardstick_module.yardsticks()["optical2"]
    series = process.series(np.random.default_rng(1), 20, 20_000)
    currents = select_currents(series, ["Li"])
    spectrum = currents.spectra.graded
    measured, realisations = spectrum.mean()
    units = currents.to_si / np.sqrt(1000.0) / 300.0
    for j in (0, 5, 20, 40):
        index = np.arange(spectrum.edges[j] + 1, spectrum.edges[j + 1] + 1)
        omega = 2 * np.pi * index * spectrum.resolution_THz * 1e-3
        exact = 0.5 * process.spectrum(omega).mean(axis=0) * np.outer(units, units)
        size = np.sqrt(np.outer(np.diag(exact), np.diag(exact)).real)
        assert (np.abs(measured[j] - exact) / size).max() < 5 / np.sqrt(realisations[j])


def test_matrices_are_hermitian_and_both_binnings_hold_the_same_power(three_current_series):
    both = select_currents(three_current_series, ["Li", "Na"]).spectra
    totals = []
    for spectrum in (both.uniform, both.graded):
        matrices, _ = spectrum.mean()
        np.testing.assert_array_equal(matrices, np.conj(np.swapaxes(matrices, 1, 2)))
        size = np.sqrt(np.real(np.diagonal(matrices, axis1=1, axis2=2)))
        coherence = matrices / (size[:, :, None] * size[:, None, :])
        assert (np.linalg.eigvalsh(coherence) > -1e-12).all()
        totals.append((matrices * spectrum.counts[:, None, None]).sum(axis=0))
    np.testing.assert_allclose(totals[0], totals[1], rtol=1e-10)


def test_graded_bins_widen_with_frequency(smooth_series):
    edges = select_currents(smooth_series, ["Li"]).spectra.graded.edges
    widths = np.diff(edges)
    assert (widths > 0).all()
    assert (widths[1:-1] <= np.maximum(2, RELATIVE_WIDTH * edges[1:-2] + 2)).all()


@given(st.permutations(range(4)), st.permutations(range(3)))
@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbering_of_replicas_and_axes_does_not_matter(smooth_series, replicas, axes):
    shuffled = replace(
        smooth_series,
        currents={k: v[list(replicas)][:, :, list(axes)] for k, v in smooth_series.currents.items()},
    )
    before = select_currents(smooth_series, ["Li"]).spectra.graded.mean()[0]
    after = select_currents(shuffled, ["Li"]).spectra.graded.mean()[0]
    np.testing.assert_allclose(after, before, rtol=1e-9)


def test_empty_band_is_left_out():
    power = np.array([1.0, 1.0, 1.0, 1e-6, 1e-6])
    assert occupied_band(power, np.ones(5, int)) == 3
    assert occupied_band(power[:3], np.array([1, 1, 1])) == 3


def test_a_short_series_is_refused(smooth_series):
    short = replace(smooth_series, currents={k: v[:, :150] for k, v in smooth_series.currents.items()})
    with pytest.raises(FluxError, match="too few for a spectrum"):
        _ = select_currents(short, ["Li"]).spectra


def test_the_taper_changes_no_variance_and_makes_neighbours_alike():
    """Correlation of neighbouring periodograms, and the variance of bins of them, on white noise."""
    window, correlation = taper(4000)
    assert np.mean(window**2) == pytest.approx(1)
    noise = np.random.default_rng(0).standard_normal((300, 4000))
    power = np.abs(np.fft.rfft(noise * window)[:, 1:1801]) ** 2 / 4000
    assert power.mean() == pytest.approx(1, abs=0.01)
    for apart in (1, 2):
        measured = np.mean((power[:, apart:] - 1) * (power[:, :-apart] - 1))
        assert measured == pytest.approx(correlation[apart], abs=0.006)
    spectrum = Spectrum(np.zeros((1, 3, 3, 1, 1), complex), np.array([0, 1, 4, 1804]), 1.0, 1, correlation)
    assert spectrum.effective_bins[0] == 1
    bins = power[:, :1800].reshape(300, 600, 3).mean(axis=2)
    assert bins.var() == pytest.approx(1 / spectrum.effective_bins[1], rel=0.03)
    assert power.mean(axis=1).var() == pytest.approx(1 / spectrum.effective_bins[2], rel=0.25)
    assert spectrum.effective_bins / spectrum.variance_inflation == pytest.approx(
        spectrum.counts / spectrum.variance_inflation[0]
    )


def test_the_taper_keeps_strong_power_from_leaking():
    """A slow ramp far stronger than the noise beside it: its jump from end to beginning hides the noise."""
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((1, 1, 3, 4000))
    ramp = 30 * np.linspace(-1, 1, 4000)
    bare = np.abs(np.fft.rfft(noise + ramp)[..., 200:2000]) ** 2 / 4000
    window, _ = taper(4000)
    tapered = np.abs(np.fft.rfft((noise + ramp) * window)[..., 200:2000]) ** 2 / 4000
    assert bare.mean() > 1.5
    assert tapered.mean() == pytest.approx(1, abs=0.05)


def test_a_slow_current_does_not_leak_over_quiet_frequencies(smooth_series):
    """Replicas that end elsewhere than they began, by a hundred times the noise of every sample."""
    rng = np.random.default_rng(0)
    shape = smooth_series.currents["mass_Li"].shape
    time = np.linspace(-0.5, 0.5, shape[1])[:, None]
    lithium = rng.standard_normal(shape) + 100 * time * rng.choice([-1, 1], (shape[0], 1, 3))
    series = replace(smooth_series, currents={**smooth_series.currents, "mass_Li": lithium})
    binned = select_currents(series, ["Li"]).spectra.graded
    power = binned.mean()[0][:, 1, 1].real
    quiet = power[binned.frequency_THz > 0.5 * binned.frequency_THz[-1]]
    noise = replace(series, currents={**series.currents, "mass_Li": rng.standard_normal(shape)})
    expected = select_currents(noise, ["Li"]).spectra.graded.mean()[0][:, 1, 1].real
    assert quiet.mean() / np.median(expected) == pytest.approx(1, abs=0.1)
