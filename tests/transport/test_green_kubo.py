"""Running integrals against sums by hand, closed processes and unit conversions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import constants

from superionic.flux.series import FluxError, FluxSeries
from superionic.transport.current_set import select_currents
from superionic.transport.onsager import combine, schur_complement
from superionic.transport.running_integrals import RunningIntegrals, correlation, running_integrals
from superionic.units import FS_PER_TIME_UNIT


def running(series: FluxSeries, mobile: list[str], max_lag_ps: float = 0.1) -> RunningIntegrals:
    return running_integrals(select_currents(series, mobile), max_lag_ps)


def test_correlation_is_the_sum_by_hand():
    values = np.random.default_rng(0).standard_normal((2, 3, 50))
    fast = correlation(values, 7)
    for lag in range(8):
        ab = np.einsum("axt,bxt->ab", values[..., lag:], values[..., : 50 - lag]) / (3 * (50 - lag))
        np.testing.assert_allclose(fast[lag], 0.5 * (ab + ab.T), atol=1e-12)


def test_independent_ions_obey_nernst_einstein_in_si():
    """N free Brownian ions: L_11 = N m² D / (k_B V T²), D = k_B T / (m γ)."""
    ions, mass, temperature, volume, friction_fs = 50, 6.94, 650.0, 2000.0, 40.0
    rng = np.random.default_rng(3)
    thermal = np.sqrt(constants.k * temperature / (mass * constants.atomic_mass))  # m/s
    velocity_unit = constants.angstrom / (FS_PER_TIME_UNIT * constants.femto)
    decay = np.exp(-1.0 / friction_fs)
    momentum = np.empty((8, 20_000, 3))
    state = rng.standard_normal((8, 3)) * np.sqrt(ions)
    for step in range(momentum.shape[1]):
        state = decay * state + np.sqrt((1 - decay**2) * ions) * rng.standard_normal((8, 3))
        momentum[:, step] = state
    momentum *= mass * thermal / velocity_unit
    zero = rng.standard_normal(momentum.shape)
    series = FluxSeries(
        {"energy_kinetic": zero, "energy_potential": zero, "mass_Li": momentum},
        1.0, volume, temperature, {"Li": mass}, {"Li": ions},
    )  # fmt: skip
    # trapezoid of the sampled exponential
    memory = 0.5 * (1 + decay) / (1 - decay) * constants.femto
    kilograms = mass * constants.atomic_mass
    diffusion = constants.k * temperature / kilograms * memory
    per_volume = ions / (volume * constants.angstrom**3)
    expected = per_volume * kilograms**2 * diffusion / (constants.k * temperature**2)
    integrals = running(series, ["Li"], max_lag_ps=0.4)
    value, error = integrals.onsager()
    late = len(integrals.time_ps) * 3 // 4
    assert abs(value[late, 1, 1] - expected) < 3 * error[late, 1, 1]
    assert error[late, 1, 1] < 0.1 * expected


def test_closed_process_within_errors(yardstick_module):
    process = yardstick_module.yardsticks()["smooth2"]
    series = process.series(np.random.default_rng(5), 12, 20_000)
    integrals = running(series, ["Li"], max_lag_ps=0.2)
    units = select_currents(series, ["Li"]).to_si / np.sqrt(1000.0) / 300.0
    exact = 0.5 * process.spectrum(0.0).real * np.outer(units, units)
    value, error = integrals.onsager()
    late = len(integrals.time_ps) // 2
    assert (np.abs(value[late] - exact) < 3.5 * error[late]).all()
    kappa, kappa_error = integrals.kappa()
    assert abs(kappa[late] - schur_complement(exact)) < 3.5 * kappa_error[late]
    assert integrals.units == "12 replicas"


def test_no_mean_is_removed_so_short_series_have_no_bias(yardstick_module):
    """Removing the sample mean would lower the plateau at lag t by 2t/T: 20 % here."""
    process = yardstick_module.yardsticks()["smooth1"]
    series = process.series(np.random.default_rng(6), 2000, 300)
    value, error = running(series, [], max_lag_ps=0.03).naive()
    units = select_currents(series, []).to_si[0] / np.sqrt(1000.0) / 300.0
    exact = 0.5 * process.spectrum(0.0).real[0, 0] * units**2
    assert abs(value[-1] - exact) < 3 * error[-1]
    assert error[-1] < 0.02 * exact


def test_few_replicas_are_cut_into_blocks(smooth_series):
    assert running(smooth_series, ["Li"], max_lag_ps=0.1).units == "16 blocks of 4 replica(s)"
    one = replace(smooth_series, currents={k: v[:1] for k, v in smooth_series.currents.items()})
    assert running(one, ["Li"], max_lag_ps=0.2).units == "8 blocks of 1 replica(s)"
    with pytest.raises(FluxError, match="fewer than 4 blocks"):
        running(one, ["Li"], max_lag_ps=2.0)


def test_plateau_is_a_mean_and_must_fit(smooth_series):
    integrals = running(smooth_series, ["Li"], max_lag_ps=0.1)
    inside = (integrals.time_ps >= 0.05 - 1e-9) & (integrals.time_ps <= 0.1 + 1e-9)
    np.testing.assert_allclose(integrals.plateau((0.05, 0.1)), integrals.basis[:, inside].mean(axis=1))
    with pytest.raises(FluxError, match="does not fit"):
        integrals.plateau((0.05, 0.2))


def test_combine_adds_kinetic_and_potential():
    basis = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal(combine(basis), [[0 + 1 + 3 + 4, 2 + 5], [6 + 7, 8]])


def test_a_drifting_system_is_refused(three_current_series):
    series = three_current_series
    total = series.currents["mass_Li"] + series.currents["mass_Na"]
    drifting = replace(
        series,
        currents={**series.currents, "mass_S": 5.0 - total},
        masses={**series.masses, "S": 1.0},
        counts={**series.counts, "S": 1},
    )
    with pytest.raises(FluxError, match="drifts as a whole"):
        running(drifting, ["Li"], max_lag_ps=0.1)


def test_unknown_or_repeated_species_are_refused(smooth_series):
    with pytest.raises(FluxError, match="no mass current of Cu"):
        running(smooth_series, ["Cu"])
    with pytest.raises(FluxError, match="each once"):
        running(smooth_series, ["Li", "Li"])
