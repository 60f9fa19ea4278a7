"""The table of our potentials: from the JSON files alone, plain about missed targets, never stale."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from replication import potentials
from replication.committee import training_reports

ERRORS = {
    "frames": 4, "force_meV_per_A": 95.0, "force_of_labels_meV_per_A": 800.0, "energy_meV_per_atom": 2.4,
    "energy_offset_removed_meV_per_atom": 1.9, "stress_GPa": None,
}  # fmt: skip
REPORT = {
    "task": "t", "epochs": 80, "best_epoch": 51, "wall_seconds": 61.2,
    "settings": {
        "seed": 1, "cutoffs_A": [6.0, 4.5], "n_max": [6, 5], "basis_size": [8, 8], "neurons": 20,
        "energy_meV_per_atom": 30.0, "force_meV_per_A": 60.0, "virial_meV_per_atom": 100.0,
        "weight_decay": 0.4,
    },
    "errors": {"train": ERRORS, "validation": ERRORS, "test": ERRORS},
    "mean_site_energy_eV": {"Li": -3.5, "P": -3.361, "S": -5.24},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(training_reports, "POTENTIALS", tmp_path)
    (tmp_path / "li3ps4").mkdir()
    return tmp_path / "li3ps4"


def write(folder: Path, name: str, force: float | None) -> None:
    report = copy.deepcopy(REPORT)
    if force is None:
        report["errors"]["test"] = None
    else:
        report["errors"]["test"]["force_meV_per_A"] = force
    (folder / f"{name}.json").write_text(json.dumps(report))


def test_missed_targets_are_said_with_their_numbers(folder: Path) -> None:
    write(folder, "A", 61.0)
    write(folder, "B", 95.04)
    page = potentials.table()
    assert "**Targets**, on 4 test frames: force target of 70 meV/Å: met by A; missed by B 95.0." in page
    assert "Energy target of 3 meV/atom: met by A, B." in page
    assert "| A | -3.500 | -3.361 | -5.240 |" in page
    assert "No potential yet" in page  # the other material


def test_without_test_labels_no_target_is_judged(folder: Path) -> None:
    write(folder, "A", None)
    page = potentials.table()
    assert "not judged" in page
    assert "target of" not in page


def test_sizes_of_another_task_are_left_out(folder: Path) -> None:
    write(folder, "A", 61.0)
    part = {"part": "2", "frames": 2, "errors": REPORT["errors"]}
    (folder / "A_sizes.json").write_text(json.dumps({"task": "t", "trainings": [part]}))
    assert [row["frames"] for row in training_reports.learning_curves("li3ps4", "sizes")["A"]] == [2, 4]
    (folder / "A_sizes.json").write_text(json.dumps({"task": "older", "trainings": [part]}))
    assert training_reports.learning_curves("li3ps4", "sizes") == {}


def test_the_committed_table_is_current() -> None:
    assert potentials.main(["--check"]) == 0
