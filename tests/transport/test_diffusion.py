"""Self-diffusion against numbers known by hand, from displacements and from velocities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import constants
from scipy.signal import lfilter

from superionic.flux.displacement import mean_squared_displacement
from superionic.flux.series import FluxError
from superionic.transport.diffusion import self_diffusion, self_diffusion_from_velocities


def test_slope_of_the_msd_over_six():
    lags = np.arange(200) * 50.0  # fs
    diffusion = np.array([1.0, 1.1, 0.9, 1.0])[:, None] * 1e-9  # m²/s
    msd = 6 * diffusion * lags * constants.femto / constants.angstrom**2 + 0.3
    estimate = self_diffusion(msd, 50.0)
    assert estimate.value == pytest.approx(1e-9, rel=1e-9)
    assert estimate.standard_error == pytest.approx(np.std([1, 1.1, 0.9, 1], ddof=1) / 2 * 1e-9, rel=1e-6)
    assert self_diffusion(msd[:1], 50.0).value == pytest.approx(1e-9, rel=1e-9)
    with pytest.raises(FluxError, match="too few"):
        self_diffusion(msd[:, :5], 50.0)


@pytest.fixture(scope="module")
def langevin_velocities():
    """(R, n, N, 3) Å/fs of variance 1e-6 and correlation time 40 fs, and their D."""
    rng = np.random.default_rng(3)
    decay = np.exp(-5.0 / 40.0)
    noise = rng.standard_normal((4, 6000, 30, 3)) * np.sqrt(1 - decay**2)
    noise[:, 0] /= np.sqrt(1 - decay**2)
    velocities = 1e-3 * lfilter([1.0], [1.0, -decay], noise, axis=1)
    exact = 1e-6 * 5.0 * (1 / (1 - decay) - 0.5) * 1e-5  # trapezia; Å²/fs in m²/s
    return velocities, exact


def test_velocities_give_the_diffusion_of_langevin_particles(langevin_velocities):
    velocities, exact = langevin_velocities
    found = self_diffusion_from_velocities(velocities, 5.0, 0.6, (0.3, 0.6))
    assert found.value == pytest.approx(exact, abs=4 * found.standard_error)
    assert found.standard_error < 0.05 * exact
    few = self_diffusion_from_velocities(velocities[:1], 5.0, 0.6, (0.3, 0.6))
    assert few.value == pytest.approx(exact, abs=4 * few.standard_error)


def test_velocities_and_displacements_agree(langevin_velocities):
    velocities, _ = langevin_velocities
    positions = 5.0 * np.cumsum(0.5 * (velocities[:, 1:] + velocities[:, :-1]), axis=1)
    msd = np.stack([mean_squared_displacement(one, 120) for one in positions])
    by_slope = self_diffusion(msd, 5.0, fit_from=0.5)
    by_velocity = self_diffusion_from_velocities(velocities, 5.0, 0.6, (0.3, 0.6))
    error = np.hypot(by_slope.standard_error, by_velocity.standard_error)
    assert by_slope.value == pytest.approx(by_velocity.value, abs=3 * error)


def test_lags_beyond_the_velocities_are_refused(langevin_velocities):
    with pytest.raises(FluxError, match="give longer series"):
        self_diffusion_from_velocities(langevin_velocities[0][:, :50], 5.0, 0.6, (0.3, 0.6))
    with pytest.raises(FluxError, match="no error bar"):
        self_diffusion_from_velocities(langevin_velocities[0][:1, :, :2], 5.0, 0.6, (0.3, 0.6))
