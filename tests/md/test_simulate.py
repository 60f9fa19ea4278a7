"""Runs in segments: resumed runs are bit-identical, damage and explosions are caught, nothing is lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from superionic.config import ConfigError, validate
from superionic.engines.base import Evaluation
from superionic.engines.torch_engine import TorchEngine
from superionic.md.config import RunConfig
from superionic.md.guards import UnstableTrajectoryError
from superionic.md.lock import FolderInUse, alone_in
from superionic.md.segments import SegmentError, read_segment, segment_path
from superionic.md.simulate import Run, simulate
from superionic.system import System
from tests.models import random_parameters, random_structure

ARRAYS = ("positions", "velocities", "cell", "mean_cell", "currents", "potential_energy", "snapshots")


def config(**changes) -> RunConfig:
    raw = {
        "material": "material.toml",
        "potential": {"path": "nep.txt"},
        "supercell": [1, 1, 1],
        "replicas": 2,
        "temperature_K": 300.0,
        "timestep_fs": 0.5,
        "sample_fs": 1.0,
        "snapshot_ps": 0.005,
        "flux_fs": 2.0,
        "segment_ps": 0.01,
        "seed": 4,
        "max_temperature_ratio": 50.0,
        "max_drift_meV_per_atom": 500.0,
        "closest_contact": 0.0,
        "stages": [
            {"ensemble": "npt", "duration_ps": 0.02, "barostat_fs": 5000.0},
            {"ensemble": "nvt", "duration_ps": 0.01},
            {"ensemble": "nvt", "duration_ps": 0.03, "sample": True},
        ],
    }
    return validate({**raw, **changes}, RunConfig, "run.toml")


def make_run(folder: Path, **changes) -> Run:
    engine = TorchEngine(random_parameters(cutoffs=(4.0, 3.5), seed=3))
    atoms = random_structure(engine.elements, 12, 6.5, seed=3)
    return Run(
        config=config(**changes),
        engine=engine,
        start=System.from_atoms(atoms, engine.elements, n_replicas=2),
        folder=folder,
        identity="identity of the run",
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    simulate(make_run(folder))
    return folder


def test_segments_hold_what_was_asked_for(finished) -> None:
    names = sorted(path.name for path in finished.iterdir())
    assert names == [
        "stage0-00000.npz", "stage0-00001.npz", "stage1-00000.npz",
        "stage2-00000.npz", "stage2-00001.npz", "stage2-00002.npz",
    ]  # fmt: skip
    segment = read_segment(segment_path(finished, 2, 1))
    assert segment.currents.shape == (2, 10, 5, 3)
    assert segment.snapshots.shape == (2, 2, 12, 3)
    assert segment.header["engine"] == "torch"
    assert np.array_equal(segment.cell[0], segment.cell[1])
    relaxed = read_segment(segment_path(finished, 0, 1)).mean_cell
    assert np.allclose(segment.cell[0], relaxed.mean(axis=0))


def test_what_a_killed_run_left_half_written_is_ignored(finished, tmp_path) -> None:
    for path in sorted(finished.iterdir())[:4]:
        shutil.copy(path, tmp_path)
    (tmp_path / ".stage2-00001.npz.123.partial").write_bytes(b"half written")
    simulate(make_run(tmp_path))
    for path in finished.iterdir():
        one, other = read_segment(path), read_segment(tmp_path / path.name)
        for name in ARRAYS:
            assert np.array_equal(getattr(one, name), getattr(other, name)), (path.name, name)


def test_finished_run_does_nothing_and_longer_run_goes_on(finished, tmp_path) -> None:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    told = []
    simulate(make_run(tmp_path), told.append)
    assert told == []
    stages = config().model_dump(mode="json")["stages"]
    stages[-1]["duration_ps"] = 0.04
    longer = make_run(tmp_path, stages=stages)
    assert longer.config.identity() == config().identity()
    simulate(longer, told.append)
    assert [(news["stage"], news["index"]) for news in told] == [(2, 3)]


def test_damaged_and_foreign_segments_are_refused(finished, tmp_path) -> None:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    last = segment_path(tmp_path, 2, 2)
    whole = last.read_bytes()
    last.write_bytes(whole[: len(whole) // 2])
    longer = config().model_dump(mode="json")["stages"]
    longer[-1]["duration_ps"] = 0.04
    with pytest.raises(SegmentError, match="unreadable segment"):
        simulate(make_run(tmp_path, stages=longer))
    last.write_bytes(whole)
    with pytest.raises(SegmentError, match="belongs to another run"):
        simulate(replace(make_run(tmp_path, stages=longer), identity="other"))
    segment_path(tmp_path, 2, 1).unlink()
    with pytest.raises(SegmentError, match="is missing though later segments exist"):
        simulate(make_run(tmp_path))


def test_what_has_changed_is_named(finished, tmp_path) -> None:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    other = replace(make_run(tmp_path, seed=99), identity="other")
    with pytest.raises(SegmentError, match=r"seed was 4, is 99\): restore the run file, or move the old"):
        simulate(other)
    with pytest.raises(SegmentError, match="its material or its potential was another"):
        simulate(replace(make_run(tmp_path), identity="other"))


def test_bounds_may_change_without_another_run() -> None:
    wider = config(max_temperature_ratio=5.0, max_drift_meV_per_atom=100.0)
    assert wider.identity() == config().identity()
    assert config(timestep_fs=0.25).identity() != config().identity()


def test_another_engine_goes_on_only_when_asked_to(finished, tmp_path) -> None:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    segment_path(tmp_path, 2, 2).unlink()
    run = make_run(tmp_path)
    run.engine.name = "other"
    with pytest.raises(SegmentError, match=r"made by the torch engine .* ask for --engine torch"):
        simulate(run)
    simulate(replace(run, mix_engines=True))
    assert read_segment(segment_path(tmp_path, 2, 2)).header["engine"] == "other"


def test_a_second_process_leaves_and_remains_of_killed_ones_go(tmp_path) -> None:
    left = tmp_path / ".stage0-00000.npz.123.partial"
    left.write_bytes(b"half written")
    with alone_in(tmp_path):
        assert not left.exists()
        with pytest.raises(FolderInUse, match="another process is running this already"), alone_in(tmp_path):
            pass
    with alone_in(tmp_path):
        pass


def test_a_segment_that_may_not_be_read_is_not_to_be_deleted(finished, tmp_path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(np, "load", refuse)
    with pytest.raises(SegmentError, match=r"Permission denied.*mend its permissions"):
        read_segment(segment_path(finished, 0, 0))


def test_explosions_stop_the_run_and_keep_what_was_good(tmp_path) -> None:
    run = make_run(tmp_path, max_temperature_ratio=1.001)
    with pytest.raises(UnstableTrajectoryError, match="above the bound"):
        simulate(run)
    run = make_run(tmp_path / "drift", max_drift_meV_per_atom=1e-9)
    with pytest.raises(UnstableTrajectoryError, match=r"stage 1 \(nvt\).*conserved energy"):
        simulate(run)
    kept = sorted(path.name for path in (tmp_path / "drift").iterdir())
    assert kept == ["stage0-00000.npz", "stage0-00001.npz"]
    broken = replace(make_run(tmp_path / "broken"), engine=FailsLater())
    with pytest.raises(UnstableTrajectoryError, match=r"stage 0 \(npt\), segment 1: .*(finite|NaN)"):
        simulate(broken)
    assert [path.name for path in (tmp_path / "broken").iterdir()] == ["stage0-00000.npz"]


class FailsLater(TorchEngine):
    """A potential that breaks down in the second segment of the second replica."""

    def __init__(self) -> None:
        super().__init__(random_parameters(cutoffs=(4.0, 3.5), seed=3))
        self.calls = 0

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        self.calls += 1
        good = super().compute(system, atomic_virials=atomic_virials)
        if self.calls > 30:
            good.forces[1, 4] = np.nan
        return good


@pytest.mark.parametrize(
    "changes",
    [
        {"supercell": [1, 1, 2]},
        {"vacancies": {"Li": 1}},
        {"replicas": 3},
        {"temperature_K": 301.0},
        {"pressure_GPa": 0.1},
        {"bulk_modulus_GPa": 26.0},
        {"timestep_fs": 0.25},
        {"sample_fs": 0.5},
        {"snapshot_ps": 0.01},
        {"segment_ps": 0.005},
        {"seed": 5},
        {"stages": [{"ensemble": "nvt", "duration_ps": 0.02}, {"ensemble": "nvt", "duration_ps": 0.01}]},
        {"stages": [{"ensemble": "nve", "duration_ps": 0.02}, {"ensemble": "nvt", "duration_ps": 0.01}]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_changes_the_path_changes_the_identity(changes) -> None:
    assert config(**changes).identity() != config().identity()


def test_what_is_packed_and_how_long_the_last_stage_is_are_no_part_of_the_identity() -> None:
    stages = config().model_dump(mode="json")["stages"]
    stages[-1]["duration_ps"] = 0.05
    assert config(flux_fs=1.0, stages=stages).identity() == config().identity()
    stages[0]["duration_ps"] = 0.03
    assert config(stages=stages).identity() != config().identity()


def test_run_file_faults_are_all_shown_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        config(temperature_K="hot", replicas=0, tempo=3)
    text = str(caught.value)
    assert "3 error(s)" in text
    assert all(key in text for key in ("temperature_K", "replicas", "tempo: unknown key"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_fs": 1.3}, "sample_fs / timestep_fs must be a whole number"),
        ({"segment_ps": 0.012}, "segment_ps / snapshot_ps"),
        ({"potential": {"path": "a", "name": "b"}}, "give either path"),
        ({"stages": [{"ensemble": "npt", "duration_ps": 0.01, "sample": True}]}, "fixed cell"),
        (
            {"stages": [{"ensemble": "nvt", "duration_ps": 0.01, "sample": True}] * 2},
            "only the last stage",
        ),
    ],
)
def test_inconsistent_run_files_are_refused(changes, message) -> None:
    with pytest.raises((ConfigError, ValidationError), match=message):
        config(**changes)
