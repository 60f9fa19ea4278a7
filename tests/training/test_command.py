"""`superionic train` from labels to a potential that other programs read."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import ase.io
import numpy as np
import pytest
from calorine.calculators import CPUNEP

from superionic.calculator import NEPCalculator
from superionic.cli import main
from superionic.nep.format import read_nep

MATERIAL = """
name = "toy"
title = "toy"
elements = ["Li", "P", "S"]
mobile = ["Li"]
charges = { Li = 1.0, P = 5.0, S = -2.0 }
[structure]
source = "none"
space_group = 225
cell = [5.0, 5.0, 5.0, 90.0, 90.0, 90.0]
primitive = false
unit = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
sites = [{ element = "Li", position = [0.0, 0.0, 0.0] }]
"""
MODELS = """
labels = ["{labels}"]
potentials = "{folder}/potentials"
work = "{folder}/work"
[models.A]
seed = 1
cutoffs_A = [4.5, 3.5]
n_max = [2, 2]
basis_size = [3, 3]
neurons = 4
epochs = 3
zbl_A = [0.5, 1.0]
[models.B]
seed = 2
cutoffs_A = [4.0, 3.5]
n_max = [2, 1]
basis_size = [3, 3]
neurons = 3
l_max = [2, 0, 0]
zbl_A = [0.5, 1.0]
epochs = 2
"""


@pytest.fixture(scope="module")
def trained(labelled_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    (folder / "material.toml").write_text(MATERIAL)
    (folder / "training.toml").write_text(MODELS.format(labels=labelled_file, folder=folder))
    assert main(["train", str(folder / "training.toml"), "--model", "A"]) == 0
    return folder


def test_products_say_what_they_are(trained: Path) -> None:
    report = json.loads((trained / "potentials/A.json").read_text())
    assert report["errors"]["train"]["frames"] == 11
    assert report["errors"]["test"]["frames"] == 2
    assert set(report["mean_site_energy_eV"]) == {"Li", "P", "S"}
    assert report["epochs"] == 3
    assert report["settings"]["cutoffs_A"] == [4.5, 3.5]
    with (trained / "potentials/A_learning.csv").open() as handle:
        history = list(csv.DictReader(handle))
    assert [int(row["epoch"]) for row in history] == [1, 2, 3]
    best = min(history, key=lambda row: float(row["validation_loss"]))
    # the engine that evaluates the file and the trainer that wrote it share no code
    validation = report["errors"]["validation"]
    assert validation["force_meV_per_A"] == pytest.approx(float(best["force_meV_per_A"]), rel=1e-3)
    assert validation["energy_meV_per_atom"] == pytest.approx(float(best["energy_meV_per_atom"]), rel=1e-3)
    with (trained / "potentials/A_parity.csv").open() as handle:
        parity = list(csv.DictReader(handle))
    assert sum(row["quantity"] == "force_eV_per_A" for row in parity) == 3 * 12 * 3
    assert sum(row["quantity"] == "energy_eV_per_atom" for row in parity) == 14


def test_another_program_reads_the_potential(trained: Path, labelled_file: Path) -> None:
    path = trained / "potentials/A.txt"
    for atoms in ase.io.read(labelled_file, index="12:"):
        ours, theirs = atoms.copy(), atoms.copy()
        ours.calc, theirs.calc = NEPCalculator(path, engine="torch"), CPUNEP(str(path))
        scale = np.abs(ours.get_forces()).max()
        assert np.allclose(ours.get_forces(), theirs.get_forces(), atol=5e-7 * scale)
        assert ours.get_potential_energy() == pytest.approx(theirs.get_potential_energy(), rel=1e-6)


def test_cutoff_line_holds_the_largest_neighbour_counts(trained: Path, labelled_file: Path) -> None:
    from superionic.neighbors import find_edges

    parameters = read_nep(trained / "potentials/A.txt")
    largest = []
    for cutoff in (4.5, 3.5):
        counts = [
            np.bincount(find_edges(a.positions, a.cell.array, (True,) * 3, cutoff).center.numpy()).max()
            for a in ase.io.read(labelled_file, index=":12")
        ]
        largest.append(max(counts))
    assert list(parameters.max_neighbors) == largest


def test_a_model_that_is_up_to_date_is_left_alone(trained: Path, capsys: pytest.CaptureFixture) -> None:
    before = (trained / "potentials/A.txt").stat().st_mtime_ns
    assert main(["train", str(trained / "training.toml"), "--model", "A"]) == 0
    assert "A: up to date" in capsys.readouterr().out
    assert (trained / "potentials/A.txt").stat().st_mtime_ns == before


def test_all_models_are_trained_without_a_choice(trained: Path) -> None:
    assert main(["train", str(trained / "training.toml")]) == 0
    assert read_nep(trained / "potentials/B.txt").shape.l_max == (2, 0, 0)


def test_parts_of_the_frames_are_trained_for_as_many_steps(
    trained: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["train", str(trained / "training.toml"), "--model", "A", "--sizes"]) == 0
    report = json.loads((trained / "potentials/A.json").read_text())
    sizes = json.loads((trained / "potentials/A_sizes.json").read_text())
    assert sizes["task"] == report["task"]
    frames = [training["frames"] for training in sizes["trainings"]]
    assert frames == [2, 3, 6]
    assert [training["part"] for training in sizes["trainings"]] == ["2", "3", "6"]
    for training in sizes["trainings"]:
        assert training["epochs"] == round(3 * 11 / training["frames"])
        for split in ("validation", "test"):
            assert training["errors"][split]["frames"] == report["errors"][split]["frames"]
    capsys.readouterr()
    assert main(["train", str(trained / "training.toml"), "--model", "A", "--sizes"]) == 0
    assert "A: sizes up to date" in capsys.readouterr().out


def test_rounds_are_trained_one_after_the_other(trained: Path, labelled_file: Path, tmp_path: Path) -> None:
    frames = ase.io.read(labelled_file, index=":")
    (tmp_path / "labels").mkdir()
    for number, part in enumerate((frames[:6], frames[6:])):
        ase.io.write(tmp_path / "labels" / f"round{number}.extxyz", part, format="extxyz")
    shutil.copy(trained / "material.toml", tmp_path)
    text = (trained / "training.toml").read_text().replace(str(labelled_file), str(tmp_path / "labels"))
    (tmp_path / "training.toml").write_text(text.replace(str(trained), str(tmp_path)))
    assert main(["train", str(tmp_path / "training.toml"), "--model", "A", "--rounds"]) == 0
    report = json.loads((tmp_path / "potentials/A.json").read_text())
    (training,) = json.loads((tmp_path / "potentials/A_rounds.json").read_text())["trainings"]
    assert training["part"] == "round0"
    assert training["frames"] < report["errors"]["train"]["frames"]
    assert training["errors"]["test"]["frames"] == report["errors"]["test"]["frames"] == 2


def test_mistakes_are_named(trained: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["train", str(trained / "training.toml"), "--model", "Z"]) == 2
    assert "no model Z in the file; there: A, B" in capsys.readouterr().err
    wrong = trained / "wrong.toml"
    wrong.write_text(MODELS.format(labels="nowhere", folder=trained))
    assert main(["train", str(wrong)]) == 2
    assert f"no label files at {trained}/nowhere" in capsys.readouterr().err
