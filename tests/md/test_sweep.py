"""Sweep files: every point is a run file, and what is wrong with one is said by name."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import pytest

from superionic.cli import main
from superionic.config import ConfigError
from superionic.md.arguments import add_run_arguments, inputs_from
from superionic.md.sweep import changed, derived_seed, load_sweep
from superionic.nep.format import write_nep
from tests.models import random_parameters

MATERIAL = """
name = "salt"
title = "Salt"
elements = ["Li", "F"]
mobile = ["Li"]
charges = { Li = 1.0, F = -1.0 }

[structure]
source = "invented"
space_group = 225
cell = [4.03, 4.03, 4.03, 90.0, 90.0, 90.0]
primitive = false
unit = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
sites = [{ element = "Li", position = [0.5, 0.0, 0.0] }, { element = "F", position = [0.0, 0.0, 0.0] }]
"""

SWEEP = """
material = "material.toml"

[potentials]
A = { path = "A.txt" }
B = { path = "A.txt" }

[cells.64]
supercell = [2, 2, 2]
replicas = 2
segment_ps = 1.0
stages = [
  { ensemble = "nvt", duration_ps = 1.0 },
  { ensemble = "nvt", duration_ps = 4.0, sample = true },
]

[[grids]]
models = ["A", "B"]
temperatures_K = [300.0, 412.5]
cell = "64"
changes = { snapshot_ps = 0.25 }

[[grids]]
models = ["A"]
temperatures_K = [300.0]
cell = "64"
seed = 7
name = "{model}-twice"
gpu = true

[points]
B-300K-64 = { replicas = 3, sample_ps = 8.0, snapshot_ps = 0.5 }
"""


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    (tmp_path / "material.toml").write_text(MATERIAL)
    write_nep(tmp_path / "A.txt", random_parameters(("Li", "F")))
    (tmp_path / "sweep.toml").write_text(SWEEP)
    return tmp_path / "sweep.toml"


def test_points_of_a_sweep(sweep: Path) -> None:
    points = load_sweep(sweep)
    assert list(points) == ["A-300K-64", "A-412.5K-64", "B-300K-64", "B-412.5K-64", "A-twice"]
    one, changed_one, last = (points[name] for name in ("A-412.5K-64", "B-300K-64", "A-twice"))
    assert (one.model, one.cell, one.temperature_K, one.gpu) == ("A", "64", 412.5, False)
    assert one.config.snapshot_ps == 0.25 and last.config.snapshot_ps == 0.5
    assert changed_one.config.snapshot_ps == 0.5  # a point's own change beats its grid's
    assert changed_one.config.replicas == 3 and one.config.replicas == 2
    assert [stage.duration_ps for stage in changed_one.config.stages] == [1.0, 8.0]
    assert last.gpu and last.config.seed == 7
    seeds = {point.config.seed for point in points.values()}
    assert len(seeds) == 5 and one.config.seed == derived_seed("salt/A-412.5K-64")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('models = ["A", "B"]', 'models = ["A", "D"]', "the model 'D'; described are A, B"),
        ('cell = "64"\nchanges', 'cell = "65"\nchanges', "the cell '65'; described are 64"),
        ('"{model}-twice"', '"{model}-300K-64"', "two points are called 'A-300K-64'"),
        ('"{model}-twice"', '"{atoms}"', "may hold {model}, {temperature} and {cell}"),
        ("B-300K-64 =", "B-301K-64 =", "points names B-301K-64, which no grid has"),
        ("replicas = 3", "replica = 3", "point B-300K-64.*\n.*replica: unknown key"),
        ("segment_ps = 1.0", "segment_ps = 0.7", "must be a whole number"),
        *[
            ('"{model}-twice"', name, "name models, cells and grids with")
            for name in (
                '"../{model}"',
                '"a/{model}"',
                '"{model} 1"',
                '""',
                '".{model}"',
                '"-{model}"',
                "'{model}%'",
            )
        ],
        ('"{model}-twice"', '"' + 101 * "x" + '"', "name models, cells and grids with"),
        ('"{model}-twice"', '"{model.length}"', "may hold {model}, {temperature} and {cell}"),
        ("replicas = 2", "replicas = 2\ntemperature_K = 300.0", "cells.64 may not change temperature_K"),
        ("{ snapshot_ps", '{ potential = { path = "A.txt" }, snapshot_ps', "grid 1 may not change potential"),
        ("{ replicas = 3", '{ material = "x", replicas = 3', "points.B-300K-64 may not change material"),
        *[
            ("{ replicas = 3", f"{{ stages = {stages}, replicas = 3", "point B-300K-64.*\n.*stages")
            for stages in ("5", "[]", "[1, 2]", "{ a = 1 }", '"ab"')
        ],
        ("[cells.64]", "[cells.64]\nx = " + 5000 * "[", "not valid TOML .tables or lists nested too deeply"),
    ],
)
def test_faults_are_named(sweep: Path, old: str, new: str, message: str) -> None:
    assert old in SWEEP
    sweep.write_text(SWEEP.replace(old, new))
    with pytest.raises(ConfigError, match=message.replace("{", r"\{")):
        load_sweep(sweep)


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    return parser.parse_args([*words])


def test_a_point_on_the_command_line_with_keys_changed(sweep: Path) -> None:
    plain = inputs_from(parse(str(sweep), "--point", "A-300K-64"))
    assert plain.config.replicas == plain.start.n_replicas == 2
    more = inputs_from(
        parse(str(sweep), "--point", "A-300K-64", "--set", "replicas=4", "--set", "sample_ps=2.0")
    )
    assert more.start.n_replicas == 4 and more.config.stages[-1].duration_ps == 2.0
    twice = ["--set", "replicas=4", "--set", "replicas=3"]
    assert inputs_from(parse(str(sweep), "--point", "A-300K-64", *twice)).config.replicas == 3
    longer = inputs_from(parse(str(sweep), "--point", "A-300K-64", "--set", "sample_ps=12.0"))
    assert longer.identity == plain.identity != more.identity


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "is a sweep of many runs: choose one with --point; there are A-300K-64"),
        (["--point", "C"], "has no point 'C'"),
        (["--point", "A-twice", "--set", "replicas"], "write it as KEY=VALUE"),
        (["--point", "A-twice", "--set", "replicas=4\nseed=5"], "one key each; give --set again"),
        (["--point", "A-twice", "--set", "stages=" + 5000 * "["], "nested too deeply"),
        (["--point", "A-twice", "--set", "stages=[1]", "--set", "sample_ps=2.0"], "stages.0"),
        (["--point", "A-twice", "--set", "replicas=two"], r"replicas.*\(got 'two'\)"),
        (["--point", "A-twice", "--set", "replica=2"], "replica: unknown key"),
    ],
)
def test_what_a_command_line_may_have_wrong(sweep: Path, words: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        inputs_from(parse(str(sweep), *words))


def test_changes_leave_the_original_alone() -> None:
    content = {"seed": 1, "stages": [{"duration_ps": 1.0}, {"duration_ps": 2.0, "sample": True}]}
    before = repr(content)
    assert changed(content, {"sample_ps": 3.0})["stages"][-1] == {"duration_ps": 3.0, "sample": True}
    assert repr(content) == before


def test_the_template_parses_as_toml() -> None:
    assert tomllib.loads(SWEEP)["grids"]


def test_the_command_lists_points_and_wants_a_folder(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["md", str(sweep), "--list"]) == 0
    assert capsys.readouterr().out.split() == list(load_sweep(sweep))
    assert main(["md", str(sweep), "--point", "A-twice"]) == 2
    assert "say with --out which folder" in capsys.readouterr().err


def test_repeats_have_seeds_and_names_of_their_own(sweep: Path) -> None:
    sweep.write_text(SWEEP.replace("seed = 7\n", "seed = 7\nrepeats = 3\n"))
    points = load_sweep(sweep)
    names = ["A-twice", "A-twice.2", "A-twice.3"]
    assert [name for name, point in points.items() if point.repeat_of == "A-twice"] == names
    assert points["A-300K-64"].repeat_of == "A-300K-64"
    seeds = [points[name].config.seed for name in names]
    assert seeds == [7, derived_seed("salt/A-twice.2"), derived_seed("salt/A-twice.3")]
