"""Paths in every TOML file are relative to that file, wherever the command runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from superionic.config import load_toml, relative_to, validate
from superionic.dft.sampling import SamplingCalculator, Selection, load_sampling
from superionic.dft.settings import load_settings
from superionic.materials import load_material
from superionic.provenance import sha256_file
from superionic.training.command import label_names, task_of
from superionic.training.settings import TrainingSettings

ROOT = Path(__file__).parent.parent
MATERIALS = sorted((ROOT / "replication/materials").glob("*/material.toml"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("material", MATERIALS, ids=lambda path: path.parent.name)
def test_settings_of_a_material_name_places_in_the_repository(material: Path) -> None:
    folder, name = material.parent, material.parent.name
    dft, sampling = load_settings(folder / "dft.toml"), load_sampling(folder / "sampling.toml")
    training = load_toml(folder / "training.toml", TrainingSettings)
    assert dft.structures == sampling.structures == ROOT / f"data/dft/{name}/structures"
    assert dft.labels == ROOT / f"data/dft/{name}"
    assert training.potentials == ROOT / f"data/potentials/{name}"
    assert all(file.is_relative_to(dft.labels) for file in training.label_files())
    committees = [r.selection.committee for r in sampling.rounds.values() if r.selection is not None]
    assert committees and all(path.is_relative_to(ROOT) for paths in committees for path in paths)


@pytest.mark.parametrize("material", MATERIALS, ids=lambda path: path.parent.name)
def test_committed_models_are_up_to_date(material: Path) -> None:
    """The hash that decides whether to train holds names of labels that no machine or folder changes."""
    path, elements = material.parent / "training.toml", load_material(material).elements
    settings = load_toml(path, TrainingSettings)
    files = settings.label_files()
    for paths in (path, Path(os.path.relpath(path))):
        data = dict(zip(label_names(files, paths), map(sha256_file, files), strict=True))
        for name, model in settings.models.items():
            report = json.loads((settings.potentials / f"{name}.json").read_text())
            assert task_of(model, elements, data) == report["task"], name


def test_labels_of_the_same_name_keep_their_folders(tmp_path: Path) -> None:
    files = [tmp_path / "a/labels.extxyz", tmp_path.parent / "a/labels.extxyz"]
    assert label_names(files, tmp_path / "training.toml") == ["a/labels.extxyz", "../a/labels.extxyz"]


def test_parameters_with_leading_dots_are_paths(tmp_path: Path) -> None:
    text = 'calculator = "a:B"\nclosest_A = 1.0\n[parameters]\n'
    text += 'path = "../nep.txt"\nmodel = "./m.pt"\nname = "0.3.0"\nn = 2\n'
    file = tmp_path / "deep/sampling.toml"
    file.parent.mkdir()
    file.write_text(text)
    expected = {"path": str(tmp_path / "nep.txt"), "model": str(tmp_path / "deep/m.pt")}
    assert load_toml(file, SamplingCalculator).parameters == {**expected, "name": "0.3.0", "n": 2}


def test_absolute_paths_stay_and_unread_ones_are_left_alone(tmp_path: Path) -> None:
    assert relative_to("some/run.toml", "/data/x") == Path("/data/x")
    raw = {"keep": 1, "committee": ["a.txt"], "disagreement": [0.0, 1.0]}
    assert validate(raw, Selection, "here").committee == (Path("a.txt"),)
    assert validate(raw, Selection, "here", file=tmp_path / "s.toml").committee == (tmp_path / "a.txt",)
