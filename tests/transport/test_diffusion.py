"""Diffusion and ionic conductivity against numbers known by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import constants
from scipy.signal import lfilter

from superionic.flux.displacement import mean_squared_displacement
from superionic.flux.series import FluxError
from superionic.transport.analysis import analyse
from superionic.transport.current_set import select_currents
from superionic.transport.diffusion import (
    charge_per_mass,
    conductivity_of,
    ion_transport,
    self_diffusion,
    self_diffusion_from_velocities,
)
from superionic.transport.running_integrals import running_integrals

WINDOW = (0.1, 0.2)


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


def with_framework(series):
    counts = {"Li": 3, "P": 1, "S": 4}
    masses = {"Li": 6.94, "P": 30.97, "S": 32.06}
    return replace(series, counts=counts, masses=masses)


def test_recoil_of_the_framework_enters_the_charge_current(smooth_series):
    charge = np.array([constants.e])
    alone = charge_per_mass(replace(smooth_series, masses={"Li": 6.94}), ("Li",), charge)
    recoiling = charge_per_mass(with_framework(smooth_series), ("Li",), charge)
    assert alone[0] == pytest.approx(constants.e / (6.94 * constants.atomic_mass))
    assert (recoiling / alone)[0] == pytest.approx(1 + 3 * 6.94 / (30.97 + 4 * 32.06))
    assert ((recoiling / alone)[0]) ** 2 == pytest.approx(1.28, abs=0.005)


def test_charge_current_equals_that_of_all_species_in_the_frame_of_the_framework():
    """Three ions and a rigid neutralising framework with zero total momentum, by hand."""
    mass, heavy, charge = 2.0, 10.0, 1.5
    flow = 3 * mass * 0.4  # mass current of three ions at 0.4
    recoil = -flow / heavy
    by_hand = 3 * charge * (0.4 - recoil)
    assert (charge / mass + 3 * charge / heavy) * flow == pytest.approx(by_hand)


def test_haven_ratio_of_the_nernst_einstein_limit_is_one(smooth_series):
    series = replace(smooth_series, masses={"Li": 6.94}, counts={"Li": 10})
    integrals = running_integrals(select_currents(series, "Li"), 0.2)
    charges = {"Li": 1.0}
    sigma = ion_transport(series, integrals, WINDOW, charges).conductivity_S_per_m
    flow = integrals.plateau(WINDOW).mean(axis=0)[2:, 2:]
    per_mass = charge_per_mass(series, ("Li",), np.array([constants.e]))
    assert sigma.value == pytest.approx(float(conductivity_of(flow, per_mass, 300.0)), rel=1e-9)
    # the D that makes ions independent: σ k_B T V / (N e²)
    volume = 1000.0 * constants.angstrom**3
    wanted = sigma.value * constants.k * 300.0 * volume / (10 * constants.e**2)
    lags = np.arange(50) * 10.0
    msd = np.tile(6 * wanted * lags * constants.femto / constants.angstrom**2, (4, 1))
    result = ion_transport(replace(series, msd={"Li": msd}, msd_dt_fs=10.0), integrals, WINDOW, charges)
    assert result.haven_ratio.value == pytest.approx(1.0, rel=1e-9)
    assert result.nernst_einstein_S_per_m.value == pytest.approx(sigma.value, rel=1e-9)
    assert result.self_diffusion_m2_per_s["Li"].value == pytest.approx(wanted, rel=1e-9)


def test_every_charged_species_counts_whatever_the_order(smooth_series):
    """Na and Cl, charges ±1, total momentum zero: one mass current is dropped, neither ion is."""
    sodium = smooth_series.currents["mass_Li"]
    lags = np.arange(50) * 10.0
    salt = replace(
        smooth_series,
        currents={
            **{name: c for name, c in smooth_series.currents.items() if "mass" not in name},
            "mass_Na": sodium,
            "mass_Cl": -sodium,
        },
        masses={"Na": 23.0, "Cl": 35.5},
        counts={"Na": 10, "Cl": 10},
        msd={"Na": np.tile(0.02 * lags, (4, 1)), "Cl": np.tile(0.01 * lags, (4, 1))},
        msd_dt_fs=10.0,
    )
    options = {"charges": {"Na": 1.0, "Cl": -1.0}, "max_lag_ps": 0.2, "plateau_ps": WINDOW}
    first, second = (analyse(salt, order, **options).ions for order in (("Na", "Cl"), ("Cl", "Na")))
    alone = replace(salt, masses={"Na": 23.0, "Cl": 35.5}, msd={"Na": salt.msd["Na"]})
    sodium_alone = analyse(alone, ("Na",), **options).ions.nernst_einstein_S_per_m.value
    assert first.nernst_einstein_S_per_m.value == pytest.approx(1.5 * sodium_alone)
    assert second.nernst_einstein_S_per_m.value == pytest.approx(first.nernst_einstein_S_per_m.value)
    assert second.conductivity_S_per_m.value == pytest.approx(first.conductivity_S_per_m.value, rel=1e-6)
    assert second.haven_ratio.value == pytest.approx(first.haven_ratio.value, rel=1e-6)


def test_charges_must_name_the_mobile_species(smooth_series):
    integrals = running_integrals(select_currents(smooth_series, "Li"), 0.2)
    with pytest.raises(FluxError, match="Li missing"):
        ion_transport(smooth_series, integrals, WINDOW, {"P": 5.0})
    assert ion_transport(smooth_series, integrals, WINDOW, None).conductivity_S_per_m is None


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
