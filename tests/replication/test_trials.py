"""Trials of potentials: what is measured is what is meant, and a finished trial is not run again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from replication import paths, potential_files, trials
from replication.committee import trials as results
from replication.committee.trials import Trials
from replication.paths import MATERIALS
from replication.potential_files import potential_sha256
from replication.runs import runs_of
from superionic.config import validate
from superionic.md.guards import UnstableTrajectoryError
from superionic.provenance import sha256_file
from superionic.transport.uncertainty import Estimate
from superionic.units import BOLTZMANN_EV_PER_K

SMALL = {
    "supercell": [1, 1, 1],
    "replicas": 3,
    "timestep_fs": 2.0,
    "temperatures_K": [600.0, 700.0],
    "quoted_K": 600.0,
    "npt_ps": 5.0,
    "nvt_ps": 5.0,
    "sample_ps": 5.0,
    "hottest": {"temperature_K": 700.0, "sample_ps": 10.0},
    "framework": "P",
    "groups": {"centre": "P", "ligand": "S", "number": 4, "within_A": 2.7},
    "reference_volume_A3": 20.456,
    "reference_temperature_K": 906.0,
    "reference": "nothing",
}


def small(**changes) -> Trials:
    return validate({**SMALL, **changes}, Trials, "trials.toml")


def arrhenius(temperatures: list[float], energy: float, relative: float) -> list[dict]:
    values = {t: 1e-7 * np.exp(-energy / (BOLTZMANN_EV_PER_K * t)) for t in temperatures}
    return [
        {"temperature_K": t, "replicas": 3, "diffusion_m2_per_s": {"Li": [d, relative * d]}}
        for t, d in values.items()
    ]


UP_TO_800 = small(hottest={"temperature_K": 800.0, "sample_ps": 1.0})


def test_activation_energy_of_an_exact_line() -> None:
    found = results.activation(arrhenius([500.0, 600.0, 700.0, 800.0], 0.25, 0.05), UP_TO_800, "Li")
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(0.25, abs=1e-9)
    # the textbook error of a slope with equal relative errors
    beta = 1 / (BOLTZMANN_EV_PER_K * np.array([500.0, 600.0, 700.0, 800.0]))
    assert found.standard_error == pytest.approx(0.05 / np.sqrt(((beta - beta.mean()) ** 2).sum()), rel=1e-6)
    assert results.activation(arrhenius([500.0, 600.0], 0.25, 0.05), UP_TO_800, "Li") is None


def test_activation_energy_leaves_out_temperatures_hotter_than_in_use() -> None:
    melted = arrhenius([900.0], 0.1, 0.01)
    points = arrhenius([500.0, 600.0, 800.0], 0.25, 0.05)
    assert results.activation(points + melted, UP_TO_800, "Li") == results.activation(points, UP_TO_800, "Li")


def test_scatter_beyond_the_error_bars_widens_the_error() -> None:
    points = arrhenius([500.0, 600.0, 700.0, 800.0], 0.25, 0.01)
    quiet = results.activation(points, UP_TO_800, "Li")
    points[1]["diffusion_m2_per_s"]["Li"][0] *= 1.3
    loud = results.activation(points, UP_TO_800, "Li")
    assert quiet is not None
    assert loud is not None
    assert loud.standard_error > 5 * quiet.standard_error


@pytest.mark.network
def test_a_published_potential_is_the_registered_one(potential_file: Callable[[str], Path]) -> None:
    potential_file("li3ps4/nepA")
    run = trials.plan("li3ps4", "nepA", small(published=["nepA"]))[0]
    assert run.potential_sha256 == potential_sha256("li3ps4", "nepA")
    assert run.potential_sha256.startswith("6d76de4d")


def test_the_long_run_is_one_replica_and_identities_differ() -> None:
    runs = trials.plan("li3ps4", "A", small())
    assert [run.start.n_replicas for run in runs] == [3, 3, 1]
    assert [run.config.temperature_K for run in runs] == [600.0, 700.0, 700.0]
    assert len({run.identity for run in runs}) == 3


def test_a_trial_is_measured_and_resumes(tmp_path: Path) -> None:
    wanted = small()
    (first, *_) = trials.plan("li3ps4", "A", wanted)
    result = trials.run_trial(first, tmp_path, wanted, ["Li"])
    assert 17.0 < result["volume_per_site_A3"][0] < 24.0
    lengths = [length for length, _ in result["cell_lengths_A"]]
    assert np.allclose(lengths, np.linalg.norm(first.start.cell[0], axis=1), rtol=0.1)
    assert result["diffusion_m2_per_s"]["Li"][0] > 0
    assert result["groups_whole"] == 1.0
    assert result["framework_moved_A"] < 2.0
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert trials.run_trial(first, tmp_path, wanted, ["Li"]) == result
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == stamps


def test_an_explosion_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(run) -> None:
        raise UnstableTrajectoryError("stage 0: too hot")

    monkeypatch.setattr(trials, "simulate", explode)
    wanted = small()
    result = trials.run_trial(trials.plan("li3ps4", "A", wanted)[0], tmp_path, wanted, ["Li"])
    assert result["explosion"] == "stage 0: too hot"
    assert "too hot" in trials.describe(result)


def test_trials_of_another_potential_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "POTENTIALS", tmp_path)
    monkeypatch.setattr(potential_files, "POTENTIALS", tmp_path)
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "A.txt").write_text("a potential")
    content = {"potential_sha256": sha256_file(tmp_path / "toy" / "A.txt"), "trials": [
        {"temperature_K": 700.0, "replicas": 1}, {"temperature_K": 700.0, "replicas": 3},
        {"temperature_K": 600.0, "replicas": 3},
    ]}  # fmt: skip
    (tmp_path / "toy" / "A_trials.json").write_text(json.dumps(content))
    order = [(trial["temperature_K"], trial["replicas"]) for trial in results.read_trials("toy", "A")]
    assert order == [(600.0, 3), (700.0, 3), (700.0, 1)]
    (tmp_path / "toy" / "A.txt").write_text("trained again")
    assert results.read_trials("toy", "A") == []
    with pytest.raises(ValueError, match=r"no entry .toy/B\.txt"):
        potential_sha256("toy", "B")
    assert results.read_trials("toy", "B") == []


@pytest.mark.parametrize("material", sorted(path.parent.name for path in MATERIALS.glob("*/trials.toml")))
def test_committed_trials_are_those_of_their_settings(material: str) -> None:
    """Nothing is run again by accident: two hours of molecular dynamics."""
    wanted = results.load_trials(material)
    for file in paths.POTENTIALS.glob(f"{material}/*_trials.json"):
        model = file.stem.removesuffix("_trials")
        if model in wanted.published:
            continue
        identities = {run.identity for run in trials.plan(material, model, wanted)}
        assert {trial["identity"] for trial in results.read_trials(material, model)} == identities


@pytest.mark.parametrize("material", sorted(path.parent.name for path in MATERIALS.glob("*/trials.toml")))
def test_committed_trials_quote_a_temperature_they_run(material: str) -> None:
    wanted = results.load_trials(material)
    assert wanted.quoted_K in wanted.temperatures_K
    used = [point.temperature_K for point in runs_of(material).values() if not point.gpu]
    assert wanted.hottest.temperature_K >= max([*used, wanted.quoted_K])
