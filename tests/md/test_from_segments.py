"""From segments to flux file: joined in order, decimated, with displacements of every species."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superionic.conventions import ENERGY_KINETIC, mass_current
from superionic.flux.decimate import decimate
from superionic.flux.displacement import mean_squared_displacement
from superionic.flux.files import read_flux, write_flux
from superionic.flux.series import FluxError
from superionic.md import from_segments
from superionic.md.from_segments import cell_volumes, load_segments, to_series
from superionic.md.guards import Review
from superionic.md.simulate import simulate
from superionic.units import BOLTZMANN_EV_PER_K
from tests.md.test_simulate import config, make_run


def test_series_of_a_run(tmp_path) -> None:
    stages = [
        {"ensemble": "nvt", "duration_ps": 0.01},
        {"ensemble": "nvt", "duration_ps": 0.1, "sample": True},
    ]
    settings = {"segment_ps": 0.05, "snapshot_ps": 0.01}
    stages[0]["duration_ps"] = 0.05
    run = make_run(tmp_path, stages=stages, **settings)
    with pytest.raises(FluxError, match="run `superionic md` first"):
        load_segments(tmp_path, run.config, run.identity)
    simulate(run)
    segments = load_segments(tmp_path, run.config, run.identity)
    series = to_series(segments, run.config, run.start, {"identity": run.identity})
    raw = np.concatenate([segment.currents for segment in segments], axis=1)
    assert raw.shape[1] == 100
    assert np.allclose(series.currents[ENERGY_KINETIC], decimate(raw[:, :, 0], 2))
    assert np.allclose(series.currents[mass_current("S")], decimate(raw[:, :, 4], 2))
    assert series.dt_fs == 2.0
    assert series.counts == {
        symbol: int((run.start.species == i).sum()) for i, symbol in enumerate(run.start.elements)
    }
    kinetic = np.concatenate([segment.kinetic_energy for segment in segments], axis=1).mean(axis=1)
    assert np.allclose(series.temperature_K, 2 * kinetic / (33 * BOLTZMANN_EV_PER_K))
    assert set(series.msd) == {"Li", "P", "S"}
    assert series.msd["Li"].shape == (2, 5)
    assert (series.msd["Li"][:, 1] > 0).all()
    write_flux(tmp_path / "flux.npz", series)
    assert np.allclose(read_flux(tmp_path / "flux.npz").msd["P"], series.msd["P"], rtol=1e-6)


def test_elements_of_the_potential_that_the_structure_lacks_have_no_current(tmp_path) -> None:
    stages = [{"ensemble": "nvt", "duration_ps": 0.1, "sample": True}]
    run = make_run(tmp_path, stages=stages, segment_ps=0.05, snapshot_ps=0.01)
    sulphur = run.start.elements.index("S")
    species = np.where(run.start.species == run.start.elements.index("P"), sulphur, run.start.species)
    run = replace(run, start=replace(run.start, species=species))
    simulate(run)
    series = to_series(load_segments(tmp_path, run.config, run.identity), run.config, run.start, {})
    assert series.species == ("Li", "S")
    assert set(series.counts) == set(series.masses) == {"Li", "S"}


def test_run_without_sampling_has_no_flux(tmp_path) -> None:
    unsampled = config(stages=[{"ensemble": "nvt", "duration_ps": 0.01}])
    with pytest.raises(FluxError, match="no stage with sample = true"):
        load_segments(tmp_path, unsampled, "any")


def test_long_runs_are_thinned_evenly_across_segments(tmp_path, monkeypatch) -> None:
    """15 snapshots in three segments, every second of them: 0, 2, 4 and so on of the whole run."""
    stages = [{"ensemble": "nvt", "duration_ps": 0.15, "sample": True}]
    run = make_run(tmp_path, stages=stages, segment_ps=0.05, snapshot_ps=0.01)
    simulate(run)
    monkeypatch.setattr(from_segments, "MOST_SNAPSHOTS", 8)
    segments = load_segments(tmp_path, run.config, run.identity)
    series = to_series(iter(segments), run.config, run.start, {})
    every_second = np.concatenate([segment.snapshots for segment in segments], axis=1)[:, ::2]
    lithium = run.start.species == run.start.elements.index("Li")
    expected = [mean_squared_displacement(replica[:, lithium], 4) for replica in every_second]
    assert series.msd_dt_fs == 20.0
    assert np.allclose(series.msd["Li"], expected, rtol=1e-5)


def test_what_had_not_settled_goes_with_the_flux(tmp_path) -> None:
    stages = [
        {"ensemble": "npt", "duration_ps": 0.4, "barostat_fs": 200.0},
        {"ensemble": "nvt", "duration_ps": 0.1, "sample": True, "thermostat_fs": 1000.0},
    ]
    run = make_run(tmp_path, stages=stages, segment_ps=0.05, snapshot_ps=0.01, temperature_K=300.0)
    simulate(run)
    segments = load_segments(tmp_path, run.config, run.identity)
    volumes = cell_volumes(tmp_path, run.config, run.identity)
    assert [len(volume) for volume in volumes] == [2] * 8
    review = Review(run.config, run.start.n_atoms, cell_volumes=volumes)
    for segment in segments:
        review.add(segment)
    found = to_series(segments, run.config, run.start, {"identity": "x"}, volumes).provenance
    assert found["identity"] == "x"
    assert found["warnings"] == review.warnings()
    hot = run.config.model_copy(update={"temperature_K": 30.0})
    warnings = to_series(segments, hot, run.start, {}, volumes).provenance["warnings"]
    assert any("30 K is asked for" in warning for warning in warnings)
