"""Replicas of several files side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superionic.conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from superionic.flux.files import write_flux
from superionic.flux.join import join_replicas
from superionic.flux.readers import read_series
from superionic.flux.series import FluxError, FluxSeries


def series(seed: int, replicas: int = 2, samples: int = 50) -> FluxSeries:
    values = np.random.default_rng(seed).normal(size=(3, replicas, samples, 3))
    names = (ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current("Li"))
    return FluxSeries(
        currents=dict(zip(names, values, strict=True)),
        dt_fs=5.0,
        volume_A3=1000.0 + seed,
        temperature_K=300.0 + np.arange(replicas),
        masses={"Li": 6.94},
        counts={"Li": 8},
        msd={"Li": np.full((replicas, 10 + seed), float(seed))},
        msd_dt_fs=100.0,
        provenance={"identity": f"run{seed}", "warnings": ["hot", f"own{seed}"]},
    )


def test_replicas_lengths_and_conditions() -> None:
    one, two = series(1, replicas=2, samples=50), series(2, replicas=3, samples=40)
    both = join_replicas([one, two])
    assert (both.n_replicas, both.n_samples) == (5, 40)
    np.testing.assert_array_equal(both.currents["mass_Li"][2:], two.currents["mass_Li"])
    np.testing.assert_array_equal(both.currents["mass_Li"][:2], one.currents["mass_Li"][:, :40])
    np.testing.assert_array_equal(both.volume_A3, [1001, 1001, 1002, 1002, 1002])
    np.testing.assert_array_equal(both.temperature_K, [300, 301, 300, 301, 302])
    assert both.msd is not None and both.msd["Li"].shape == (5, 11)
    assert both.provenance["joined"] == ["run1", "run2"]
    assert both.provenance["warnings"] == ["hot", "own1", "own2"]
    assert join_replicas([one]) is one


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dt_fs": 10.0}, r"dt_fs 5\.0 and 10\.0"),
        ({"counts": {"Li": 16}}, "counts"),
        ({"masses": {"Li": 7.0}}, "masses"),
        ({"msd": None, "msd_dt_fs": 100.0}, "only one holds"),
    ],
)
def test_what_is_not_one_system_is_refused(changes, message) -> None:
    with pytest.raises(FluxError, match=f"series 1 and 3.*{message}"):
        join_replicas([series(1), series(2), replace(series(3), **changes)])


def test_several_flux_files_are_read_as_replicas(tmp_path) -> None:
    for seed in (1, 2):
        write_flux(tmp_path / f"{seed}.npz", series(seed))
    both = read_series([tmp_path / "1.npz", tmp_path / "2.npz"])
    assert both.n_replicas == 4
