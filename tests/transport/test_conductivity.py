"""Ionic conductivity, Nernst-Einstein and Haven ratio against numbers known by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import constants

from superionic.flux.series import FluxError
from superionic.transport.analysis import analyse
from superionic.transport.conductivity import charge_per_mass, conductivity_of, ion_transport
from superionic.transport.current_set import select_currents
from superionic.transport.running_integrals import running_integrals

WINDOW = (0.1, 0.2)


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


def test_charge_current_equals_that_of_all_species_in_the_frame_of_the_framework(smooth_series):
    """Three ions and a rigid neutralising framework with zero total momentum, by hand."""
    mass, heavy, charge, speed = 2.0, 10.0, 1.5, 0.4
    series = replace(smooth_series, masses={"Li": mass, "S": heavy}, counts={"Li": 3, "S": 1})
    flow = 3 * mass * speed * constants.atomic_mass
    recoil = -3 * mass * speed / heavy
    by_hand = 3 * charge * (speed - recoil)
    assert charge_per_mass(series, ("Li",), np.array([charge])) * flow == pytest.approx(by_hand)


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
