"""A folder of a material: names that cannot name tables, and figures.toml that promises what no run has."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from replication import material_folder, runs
from replication.material_folder import MaterialFolder
from superionic.config import ConfigError
from superionic.nep.format import write_nep
from tests.md.test_sweep import MATERIAL, SWEEP
from tests.models import random_parameters

FIGURES = """
[models.A]
colour = "#0072B2"
marker = "o"

[models.B]
variant_of = "A"

[committee]
temperature_K = 300.0
cell = "64"
models = ["A", "B"]

[conductivity]
cell = "64"
models = ["A", "B"]
span_K = [250.0, 450.0]
measured = { low = 0.3, high = 0.5, from_K = 300.0, to_K = 400.0, source = "measured" }
"""


@pytest.fixture
def salt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """replication/materials/salt."""
    folder = tmp_path / "salt"
    folder.mkdir()
    (folder / "material.toml").write_text(MATERIAL)
    (folder / "sweep.toml").write_text(SWEEP)
    (folder / "figures.toml").write_text(FIGURES)
    write_nep(folder / "A.txt", random_parameters(("Li", "F")))
    for module in (runs, material_folder):
        monkeypatch.setattr(module, "MATERIALS", tmp_path)
    return folder


def test_a_sound_folder(salt: Path) -> None:
    assert list(runs.runs_of("salt")) == [f"salt/{name}" for name in (
        "A-300K-64", "A-412.5K-64", "B-300K-64", "B-412.5K-64", "A-twice",
    )]  # fmt: skip
    assert MaterialFolder("salt").style("B").colour == "#0072B2"


def test_runs_of_one_material_and_those_that_want_a_gpu(salt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = salt.with_name("salted")
    shutil.copytree(salt, other)
    (other / "material.toml").write_text(MATERIAL.replace('"salt"', '"salted"'))
    assert {name.split("/")[0] for name in runs.described_runs()} == {"salt", "salted"}
    assert all(name.startswith("salt/") for name in runs.runs_of("salt"))
    monkeypatch.setattr(runs, "flux_file", lambda run: salt / f"{run.replace('/', '-')}.npz")
    assert runs.described_runs()["salt/A-twice"].gpu and "salt/A-twice" not in runs.all_runs()
    (salt / "salt-A-twice.npz").touch()
    assert "salt/A-twice" in runs.all_runs() and "salted/A-twice" not in runs.all_runs()


@pytest.mark.parametrize("kind", ["running", "gauge", "stability", "spectrum"])
def test_no_run_takes_the_name_of_a_table_of_another(salt: Path, kind: str) -> None:
    (salt / "sweep.toml").write_text(SWEEP.replace("{model}-twice", "{model}-300K-64-" + kind))
    with pytest.raises(ConfigError, match=f"A-300K-64-{kind} is the name of a table"):
        runs.described_runs()


def test_seeds_and_tables_belong_to_the_folder(salt: Path) -> None:
    (salt / "material.toml").write_text(MATERIAL.replace('"salt"', '"sugar"'))
    with pytest.raises(ConfigError, match="name is 'sugar', its folder 'salt'"):
        runs.described_runs()
    (salt / "other.toml").write_text(MATERIAL)
    (salt / "sweep.toml").write_text(SWEEP.replace('"material.toml"', '"other.toml"'))
    with pytest.raises(ConfigError, match=r'material must be "material\.toml"'):
        runs.described_runs()
    salt.rename(salt.with_name("rock salt"))
    with pytest.raises(ConfigError, match="rock salt: name the folder"):
        runs.described_runs()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"#0072B2"', '"blue"', "models.A.colour"),
        ('"#0072B2"', '"#0072B2;"', "models.A.colour"),
        ('"o"', '"zz"', "models.A.marker"),
        ('variant_of = "A"', 'variant_of = "B"', "a variant of 'B', which is one itself"),
        ('variant_of = "A"', 'variant_of = "Z"', "a variant of 'Z', which is not described"),
        ("[models.B]", "[models.Z]\n[models.B]", "names the model Z, which .*there are A, B"),
        ('300.0\ncell = "64"\nmodels = ["A", "B"]', '300.0\ncell = "64"\nmodels = ["A", "Z"]', "the model Z"),
        ('300.0\ncell = "64"', '300.0\ncell = "65"', "the cell 65, which .*there are 64"),
        (
            "[committee]",
            '[main]\nB = "A-300K-64"\n[committee]',
            "main gives B the run A-300K-64, which is of A",
        ),
        ("[committee]", '[main]\nA = "A-301K-64"\n[committee]', "names A-301K-64, which its sweep"),
        (
            "[committee]",
            '[labels]\nbond = ["Xx", "F"]\nlongest_A = 2.0\n[committee]',
            "names Xx, which material",
        ),
        ("300.0\ncell", "301.0\ncell", "committee: no run at 301 K in cell '64'"),
        ('models = ["A", "B"]\nspan', 'models = ["A", "Z"]\nspan', "the model Z"),
        ('models = ["A", "B"]\nspan', 'models = ["A", "A"]\nspan', "names one twice: A, A"),
        ("[250.0, 450.0]", "[450.0, 250.0]", "span_K goes from"),
        ("[250.0, 450.0]", "[250.0, 450.0]\ntops_W_per_mK = [0.0, 1.0]", "tops_W_per_mK are above zero"),
        ("[250.0, 450.0]", "[250.0, 450.0]\ncrossing_K = -1.0", "crossing_K"),
        ("low = 0.3", "low = 0.6", "a band goes from low to high"),
        ("from_K = 300.0", "from_K = 500.0", "a band goes from low to high"),
    ],
)
def test_figures_that_cannot_be_drawn_are_named(salt: Path, old: str, new: str, message: str) -> None:
    assert old in FIGURES
    (salt / "figures.toml").write_text(FIGURES.replace(old, new, 1))
    with pytest.raises(ConfigError, match=message) as refused:
        _ = MaterialFolder("salt").presentation
    assert "figures.toml" in str(refused.value)


@pytest.fixture
def reduced(salt: Path, monkeypatch: pytest.MonkeyPatch) -> MaterialFolder:
    """Without a figures.toml, and four runs reduced: two of A, and of B, at 300 K and one more."""
    (salt / "figures.toml").unlink()
    larger = SWEEP.split("[cells.64]")[1].split("[[grids]]")[0].replace("[2, 2, 2]", "[3, 3, 3]")
    grid = '[[grids]]\nmodels = ["B"]\ntemperatures_K = [300.0]\ncell = "216"\n'
    (salt / "sweep.toml").write_text(SWEEP.replace("[[grids]]", f"[cells.216]{larger}{grid}\n[[grids]]", 1))
    there = {f"salt/{name}" for name in ("B-300K-216", "A-300K-64", "B-300K-64", "B-412.5K-64")}
    monkeypatch.setattr(material_folder, "has_results", lambda run: run in there)
    return MaterialFolder("salt")


def test_runs_are_found_by_model_temperature_and_cell(reduced: MaterialFolder) -> None:
    assert reduced.run("B", 300.0, "64") == "salt/B-300K-64"
    assert reduced.run("B", 300.0, "216") == "salt/B-300K-216"
    assert reduced.run("A", 300.0, "216") is None  # no such run
    assert reduced.run("A", 412.5, "64") is None  # not reduced


def test_without_figures_toml_most_runs_decide(reduced: MaterialFolder) -> None:
    committee, chosen = reduced.committee(), reduced.conductivity()
    assert committee is not None and chosen is not None
    assert (committee.temperature_K, committee.cell) == (300.0, "64")
    assert set(committee.models) == {"A", "B"}
    assert (chosen.cell, chosen.models) == ("64", ("B",))
    styles = [reduced.style(model) for model in "AB"]
    assert styles[0].colour != styles[1].colour and styles[0].marker != styles[1].marker


def test_variants_have_the_colour_of_their_model(salt: Path) -> None:
    (salt / "figures.toml").write_text(
        FIGURES.replace('variant_of = "A"', 'variant_of = "A"\ncolour = "#000000"')
    )
    assert MaterialFolder("salt").style("B").colour == "#0072B2"


def test_a_sweep_that_is_a_link_to_nowhere_is_not_left_out(salt: Path) -> None:
    (salt / "sweep.toml").unlink()
    assert runs.described_runs() == {}
    (salt / "sweep.toml").symlink_to("sweep.toml")
    with pytest.raises(ConfigError, match=r"sweep\.toml: a link that leads nowhere"):
        runs.described_runs()
