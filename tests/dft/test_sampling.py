"""Sampling rounds: reproducible, balanced, with the cells and temperatures asked for."""

import csv
import sys
import tomllib

import ase.io
import numpy as np
import pytest
from ase import Atoms

from superionic.cli import main
from superionic.config import ConfigError, validate
from superionic.dft.dynamics import plan_trajectory, run_trajectory
from superionic.dft.sampling import (
    Round,
    Sampling,
    disordered_round,
    interleaved,
    load_sampling,
    scaled_crystals,
)
from superionic.materials import load_material
from superionic.nep.format import write_nep
from tests.models import random_parameters

MATERIAL = """
name = "copper_gold"
title = "Cu3Au"
elements = ["Cu", "Au"]
mobile = ["Cu"]
charges = { Cu = 1.0, Au = -3.0 }
[structure]
source = "test"
space_group = 221
cell = [3.75, 3.75, 3.75, 90.0, 90.0, 90.0]
primitive = false
unit = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
sites = [
  { element = "Au", position = [0.0, 0.0, 0.0] },
  { element = "Cu", position = [0.0, 0.5, 0.5] },
]
"""

SAMPLING = """
structures = "ROOT/structures"
work = "ROOT/work"
[shapes]
double = [[2, 0, 0], [0, 1, 0], [0, 0, 1]]
[contacts]
bonds = {}
minimum = { Cu-Cu = 2.0 }

[rounds.round0]
seed = 1
[[rounds.round0.disorder]]
name = "many"
shape = "double"
count = 4
amplitudes = AMPLITUDES
[[rounds.round0.disorder]]
name = "vacancy"
shape = "double"
count = 2
vacancies = { Cu = 1 }
amplitudes = AMPLITUDES

[rounds.crystal]
seed = 3
[[rounds.crystal.scaled]]
name = "eos"
shape = "double"
volume_strain = [-0.1, 0.0, 0.1]

[rounds.round1]
seed = 2
[rounds.round1.potential]
calculator = "ase.calculators.emt:EMT"
closest_A = 1.0
[rounds.round1.selection]
keep = 2
committee = ["ROOT/first.txt", "ROOT/second.txt"]
disagreement = [0.0, 1e9]
[[rounds.round1.trajectories]]
name = "anneal"
shape = "double"
runs = 2
segments = 2
steps = 4
timestep_fs = 2.0
friction_per_fs = 0.02
temperature_K = [300.0, 600.0]
volume_strain = [0.01, 0.02]
strain = 0.01
start = AMPLITUDES
[[rounds.round1.trajectories]]
name = "test"
shape = "double"
runs = 1
segments = 1
steps = 4
timestep_fs = 2.0
friction_per_fs = 0.02
temperature_K = [650.0, 700.0]
volume_strain = [0.0, 0.0]
strain = 0.0
split = "test"
start = AMPLITUDES
"""

AMPLITUDES = (
    "{ group_shift = 0.05, group_turn = 0.0, distortion = 0.0, mobile_shift = 0.1, hop_fraction = 0.0, "
    "strain = 0.01, volume_strain = [-0.05, 0.05] }"
)


@pytest.fixture
def folder(tmp_path):
    """A material and its sampling.toml; two potentials that disagree."""
    (tmp_path / "material.toml").write_text(MATERIAL)
    (tmp_path / "sampling.toml").write_text(
        SAMPLING.replace("ROOT", str(tmp_path)).replace("AMPLITUDES", AMPLITUDES)
    )
    for seed, name in enumerate(("first", "second")):
        write_nep(tmp_path / f"{name}.txt", random_parameters(("Cu", "Au"), seed=seed))
    return tmp_path


def test_a_round_is_reproducible_and_balanced(folder):
    sampling, material = load_sampling(folder / "sampling.toml"), load_material(folder / "material.toml")
    first = disordered_round(sampling, material, "round0")
    second = disordered_round(sampling, material, "round0")
    assert all(np.array_equal(a.positions, b.positions) for a, b in zip(first, second, strict=True))
    assert [len(atoms) for atoms in first] == [8, 7, 8, 8, 7, 8]
    assert len({atoms.info["id"] for atoms in first}) == 6
    assert np.abs(first[0].positions - first[2].positions).max() > 0.01


def test_a_round_that_exists_is_not_replaced(folder, capsys):
    command = ["sample", str(folder / "sampling.toml"), "--round", "round0"]
    assert main(command) == 0
    assert main(command) == 2
    assert "delete it first" in capsys.readouterr().err
    assert main([*command[:-1], "round9"]) == 2
    assert "in the file: round0, crystal, round1" in capsys.readouterr().err


def test_trajectories_make_candidates_and_the_best_are_kept(folder):
    """Two of four training candidates are kept, every test frame is; scores stand beside the structures."""
    assert main(["sample", str(folder / "sampling.toml"), "--round", "round1"]) == 0
    found = ase.io.read(folder / "structures" / "round1.extxyz", index=":")
    assert sorted(atoms.info["split"] for atoms in found) == ["test", "train", "train"]
    crystal_volume = 2 * 3.75**3
    for atoms in found:
        test = atoms.info["split"] == "test"
        assert (
            (650 <= atoms.info["temperature_K"] <= 700)
            if test
            else (300 <= atoms.info["temperature_K"] <= 600)
        )
        strain = atoms.get_volume() / crystal_volume - 1
        assert strain == pytest.approx(0, abs=1e-6) if test else 0.0099 <= strain <= 0.0201
    with (folder / "structures" / "round1.csv").open() as handle:
        scores = list(csv.DictReader(handle))
    assert len(scores) == 4
    assert sorted(int(row["order"]) for row in scores) == [-1, -1, 0, 1]
    assert all(float(row["disagreement_eV_per_A"]) > 0 for row in scores)


def test_a_trajectory_is_run_once_and_is_the_same_again(folder):
    sampling, material = load_sampling(folder / "sampling.toml"), load_material(folder / "material.toml")
    plan = sampling.rounds["round1"]

    def request():
        return plan_trajectory(
            sampling, material, plan.trajectories[0], plan.potential, np.random.default_rng(5)
        )

    python = sys.executable
    first = run_trajectory(folder / "one", request(), python)
    kept = run_trajectory(folder / "one", request(), "/nowhere/python")
    second = run_trajectory(folder / "two", request(), python)
    assert len(first) == 3
    for a, b, c in zip(first, kept, second, strict=True):
        assert np.array_equal(a.positions, b.positions)
        assert np.array_equal(a.positions, c.positions)


def test_a_trajectory_that_breaks_keeps_what_came_before(folder, capsys):
    """EMT squeezed to a third of its volume brings atoms closer than allowed."""
    sampling, material = load_sampling(folder / "sampling.toml"), load_material(folder / "material.toml")
    plan = sampling.rounds["round1"]
    request = plan_trajectory(
        sampling, material, plan.trajectories[0], plan.potential, np.random.default_rng(5)
    )
    request["closest_A"] = 2.0
    request["segments"][2]["deformation"] = (0.69 * np.eye(3)).tolist()
    assert len(run_trajectory(folder / "broken", request, sys.executable)) == 2
    assert "ended after 2 segments" in (folder / "broken.log").read_text()


def test_a_set_without_any_frame_is_refused(folder, capsys):
    text = (folder / "sampling.toml").read_text()
    (folder / "sampling.toml").write_text(text.replace("closest_A = 1.0", "closest_A = 5.0"))
    assert main(["sample", str(folder / "sampling.toml"), "--round", "round1"]) == 2
    assert "every run of anneal broke before its first frame" in capsys.readouterr().err


def test_a_potential_trained_anew_means_a_new_run(folder):
    sampling, material = load_sampling(folder / "sampling.toml"), load_material(folder / "material.toml")
    plan = sampling.rounds["round1"]
    potential = plan.potential.model_copy(update={"parameters": {"path": str(folder / "first.txt")}})

    def request():
        return plan_trajectory(sampling, material, plan.trajectories[0], potential, np.random.default_rng(5))

    before = request()
    assert request() == before
    write_nep(folder / "first.txt", random_parameters(("Cu", "Au"), seed=7))
    assert request()["files"] != before["files"]


def test_crystals_are_scaled_to_the_volumes_asked_for(folder):
    sampling, material = load_sampling(folder / "sampling.toml"), load_material(folder / "material.toml")
    found = scaled_crystals(sampling, material, "crystal")
    volumes = [atoms.get_volume() / (2 * 3.75**3) for atoms in found]
    assert volumes == pytest.approx([0.9, 1.0, 1.1])
    assert np.allclose(found[0].get_scaled_positions(), found[2].get_scaled_positions())
    assert [atoms.info["id"] for atoms in found] == [f"crystal-eos-{k:03d}" for k in range(3)]


def test_interleaving_keeps_any_first_part_balanced():
    sets = [[Atoms("H") for _ in range(6)], [Atoms("He") for _ in range(3)]]
    symbols = "".join(atoms.symbols[0][:2].ljust(2) for atoms in interleaved(sets))
    assert symbols.replace(" ", "") == "HHeHHHeHHHeH"


def test_trajectories_without_a_potential_are_refused():
    potential = {"calculator": "ase.calculators.emt:EMT", "closest_A": 1.0}
    with pytest.raises(ConfigError, match="trajectories need a potential"):
        validate({"seed": 1, "potential": potential}, Round, where="here")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("volume_strain = [-0.05, 0.05]", "volume_strain = [-1.0, -1.0]", "volume_strain"),
        ("mobile_shift = 0.1", "mobile_shift = 1e300", "mobile_shift"),
        ("strain = 0.01", "strain = 1e300", "strain"),
        ("temperature_K = [650.0, 700.0]", "temperature_K = [0.0, 0.0]", "temperature_K"),
    ],
)
def test_amplitudes_without_sense_are_refused(folder, old, new, message):
    text = (folder / "sampling.toml").read_text()
    assert old in text
    (folder / "sampling.toml").write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=message):
        load_sampling(folder / "sampling.toml")


def edited(folder, change):
    raw = tomllib.loads((folder / "sampling.toml").read_text())
    change(raw)
    return validate(raw, Sampling, "sampling.toml")


def first_set(raw):
    return next(one for plan in raw["rounds"].values() for one in plan.get("disorder", []))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: first_set(raw).update(shape="triple"), "needs the shapes triple"),
        (lambda raw: first_set(raw).update(name="a/b"), "name"),
        (lambda raw: raw["rounds"].update({"../x": next(iter(raw["rounds"].values()))}), "named after it"),
        (lambda raw: raw["rounds"].update(empty={"seed": 1}), "rounds.empty makes nothing"),
        (lambda raw: raw["contacts"]["minimum"].update({"Xx-Cu": 1.0}), "no pair of elements"),
        (lambda raw: raw["contacts"].update(minimum={"Au-Cu": 1.0, "Cu-Au": 2.0}), "in both orders"),
        (lambda raw: raw["contacts"].update(minimum={"Au-Cu": -1.0}), "greater than 0"),
    ],
)
def test_plans_that_cannot_be_made_are_refused(folder, change, message):
    edited(folder, lambda raw: None)
    with pytest.raises(ConfigError, match=message):
        edited(folder, change)
