"""Series that are not stationary are refused, others are not; doubts are named."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from superionic.flux.series import FluxError, FluxSeries
from superionic.transport.analysis import analyse
from superionic.transport.checks import doubts, refuse_unsteady
from superionic.transport.current_set import select_currents
from superionic.transport.uncertainty import Estimate

LAGS = {"max_lag_ps": 0.2, "plateau_ps": (0.1, 0.2)}


def check(series: FluxSeries, mobile) -> None:
    refuse_unsteady(select_currents(series, mobile))


def shifted(series: FluxSeries, name: str, by) -> FluxSeries:
    """The current `name` plus `by` (n,) times its standard deviation, in every replica and axis."""
    current = series.currents[name]
    return replace(series, currents={**series.currents, name: current + current.std() * by[:, None]})


def test_no_process_of_the_calibration_is_refused(yardstick_module) -> None:
    """720 series: false alarms are rarer than one in 200, at 95 % confidence."""
    for name, process in yardstick_module.yardsticks().items():
        mobile = yardstick_module.SYMBOLS[: process.n_currents - 1]
        for size, (replicas, samples) in yardstick_module.sizes(name).items():
            for seed in range(20):
                rng = np.random.default_rng([seed, *size.encode()])
                check(process.series(rng, replicas, min(samples, 20_000)), mobile)


@pytest.mark.parametrize("name", ["energy_potential", "mass_Li"])
def test_a_drift_of_half_a_standard_deviation_is_refused(yardstick_module, name) -> None:
    process = yardstick_module.yardsticks()["smooth2"]
    for seed in range(20):
        series = process.series(np.random.default_rng(seed), 8, 5000)
        with pytest.raises(FluxError, match=r"has a drift .* has not settled"):
            check(shifted(series, name, np.linspace(-0.5, 0.5, 5000)), ["Li"])


def test_an_offset_of_a_tenth_of_a_standard_deviation_is_refused(yardstick_module) -> None:
    process = yardstick_module.yardsticks()["smooth2"]
    for seed in range(20):
        series = process.series(np.random.default_rng(seed), 8, 5000)
        with pytest.raises(FluxError, match=r"energy current has an offset .* external force"):
            analyse(shifted(series, "energy_potential", np.full(5000, 0.1)), ["Li"], **LAGS)


def test_doubts_are_named(yardstick_module) -> None:
    series = yardstick_module.yardsticks()["smooth2"].series(np.random.default_rng(3), 8, 5000)
    result = analyse(series, ["Li"], **LAGS)
    assert result.doubts == ()
    kappa = result.quoted.kappa
    far = Estimate.symmetric(kappa.value * 2, kappa.standard_error)
    wrong = replace(result.green_kubo, onsager=replace(result.green_kubo.onsager, kappa=far))
    assert "standard errors apart" in doubts(series, result.spectral, wrong, 0.2)[0]
    # half of the replicas conduct twice as much heat
    louder = np.where(np.arange(8) < 4, 1.0, 2.0)[:, None, None]
    uneven = {name: current * louder for name, current in series.currents.items() if "energy" in name}
    result = analyse(replace(series, currents={**series.currents, **uneven}), ["Li"], **LAGS)
    assert any("different states" in doubt for doubt in result.doubts)


def test_warnings_of_the_run_and_a_moving_framework_are_doubts(yardstick_module) -> None:
    plain = yardstick_module.yardsticks()["smooth2"].series(np.random.default_rng(3), 8, 5000)
    msd = {"S": np.linspace(0, 20, 8 * 10).reshape(8, 10)}
    series = replace(
        plain, msd=msd, msd_dt_fs=500.0, provenance={"warnings": ["hot"], "framework_msd_A2": {"S": 14.0}}
    )
    hot, moved = analyse(series, ["Li"], **LAGS).doubts
    assert (hot, moved[:18]) == ("hot", "S has moved 20.0 Å")
    assert analyse(series, ["Li"], framework_msd_A2={"S": 21.0}, **LAGS).doubts == ("hot",)


def test_a_spectrum_that_rises_or_falls_below_the_fit_is_a_doubt(yardstick_module) -> None:
    series = yardstick_module.yardsticks()["smooth2"].series(np.random.default_rng(3), 8, 5000)
    result = analyse(series, ["Li"], **LAGS)
    assert abs(result.spectral.lowest.value) < 3 * result.spectral.lowest.standard_error
    for excess, said in ((0.5, r"\+50% off κ, 5\.0 .*slow part"), (-0.5, r"-50% off κ, 5\.0 .*valley")):
        wrong = replace(result.spectral, lowest=Estimate.symmetric(excess, 0.1))
        (doubt,) = doubts(series, wrong, result.green_kubo, 0.2)
        assert re.search(said, doubt)


def test_a_short_series_gets_shorter_lags_and_says_so(yardstick_module) -> None:
    series = yardstick_module.yardsticks()["smooth2"].series(np.random.default_rng(3), 1, 5000)
    short = replace(series, msd={"Li": np.ones((1, 5))}, msd_dt_fs=1.0)
    with pytest.raises(FluxError, match="fewer than 4 blocks"):
        analyse(short, ["Li"])
    result = analyse(short, ["Li"], shorten=True)
    assert (result.green_kubo.max_lag_ps, result.green_kubo.plateau_ps) == (0.25, (0.125, 0.25))
    assert [doubt[:19] for doubt in result.doubts] == ["the series is short", "the mean squared di"]
    assert result.ions.self_diffusion_m2_per_s == {}
    kept = analyse(series, ["Li"], shorten=True, **LAGS)
    assert (kept.green_kubo.max_lag_ps, kept.doubts) == (0.2, ())
