"""The tables of a run: every estimate for one mobile species and for several, made anew only when needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from replication import reduce
from replication.paths import flux_file
from replication.reduced import results
from replication.reduced.stamped_table import StampedTable
from superionic.conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from superionic.flux.files import write_flux
from superionic.flux.series import FluxSeries

MATERIAL = """
name = "salt"
title = "Salt"
elements = ["Li", "Na", "S"]
mobile = [{mobile}]
charges = {{ Li = 1.0, Na = 1.0, S = -2.0 }}

[structure]
space_group = 225
cell = [6.0, 6.0, 6.0, 90.0, 90.0, 90.0]
unit = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
primitive = false
sites = [{{ element = "S", position = [0.0, 0.0, 0.0] }}, {{ element = "Li", position = [0.25, 0.25, 0.25] }}]
source = "invented"
"""


@pytest.fixture
def salt(tmp_path, monkeypatch) -> FluxSeries:
    """Two conducting species beside a framework that takes up their momentum, in eight replicas."""
    random = np.random.default_rng(5)
    lithium, sodium, heat, work = random.standard_normal((4, 8, 1500, 3))
    masses = {"Li": 6.9, "Na": 23.0, "S": 32.1}
    series = FluxSeries(
        currents={
            ENERGY_KINETIC: heat + lithium - 0.5 * sodium,
            ENERGY_POTENTIAL: work + 0.3 * lithium,
            mass_current("Li"): lithium,
            mass_current("Na"): sodium,
            mass_current("S"): -lithium - sodium,
        },
        dt_fs=20.0,
        volume_A3=2000.0,
        temperature_K=700.0,
        masses=masses,
        counts={"Li": 32, "Na": 32, "S": 32},
    )
    write_flux(tmp_path / "flux.npz", series)
    monkeypatch.setattr(reduce, "REDUCED", tmp_path / "reduced")
    monkeypatch.setattr(results, "REDUCED", tmp_path / "reduced")
    monkeypatch.setattr(reduce, "flux_file", lambda run: tmp_path / "flux.npz")
    monkeypatch.setattr(reduce, "repeats_of", lambda run: [run])
    monkeypatch.setattr(reduce, "material_file", lambda run: tmp_path / "material.toml")
    monkeypatch.setattr(reduce, "matches_sweep", lambda run: True)  # no sweep describes these
    return series


@pytest.mark.parametrize("mobile", [("Li",), ("Li", "Na")])
def test_tables_of_one_and_of_two_mobile_species(salt, tmp_path, mobile) -> None:
    names = ", ".join(f'"{symbol}"' for symbol in mobile)
    (tmp_path / "material.toml").write_text(MATERIAL.format(mobile=names))
    assert reduce.reduce_run("salt/one") == "reduced"
    assert reduce.reduce_run("salt/one") == "up to date"
    found = results.read_results("salt/one")
    kappa, naive = (found.get(name).value for name in ("kappa_onsager", "kappa_naive"))
    error = found.get("kappa_onsager").standard_error
    # variances of J_E: 1 + 1 + 1.3² + 0.5², of which the flow of the mobile species is taken away
    left = {1: 2.25, 2: 2.0}[len(mobile)]
    assert kappa / naive == pytest.approx(left / 3.94, abs=4 * error / naive)
    assert (("heat_of_transport", "spectral") in found.rows) == (len(mobile) == 1)
    gauge = results.read_curves("salt/one", "gauge")
    assert np.ptp(gauge["kappa_onsager"]) < 1e-5 * gauge["kappa_onsager"].mean()
    assert np.ptp(gauge["kappa_naive"]) > 0.5 * gauge["kappa_naive"].mean()


def test_a_run_without_flux_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(reduce, "flux_file", lambda run: tmp_path / "absent.npz")
    monkeypatch.setattr(reduce, "repeats_of", lambda run: [run])
    assert reduce.reduce_run("salt/none") == "no flux yet"


def test_an_edited_or_cut_table_is_made_anew(salt, tmp_path) -> None:
    (tmp_path / "material.toml").write_text(MATERIAL.format(mobile='"Li"'))
    assert reduce.reduce_run("salt/one") == "reduced"
    table = tmp_path / "reduced" / "salt" / "one.csv"
    whole = table.read_text(encoding="utf-8")
    for damaged in (whole.replace("spectral", "Spectral", 1), whole[:-40], whole + "more\n"):
        table.write_text(damaged, encoding="utf-8")
        assert reduce.reduce_run("salt/one") == "reduced"
        assert table.read_text(encoding="utf-8") == whole


def test_a_run_that_is_too_short_does_not_stop_the_others(salt, tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "material.toml").write_text(MATERIAL.format(mobile='"Li"'))
    short = {name: current[:, :150] for name, current in salt.currents.items()}
    write_flux(tmp_path / "short.npz", replace(salt, currents=short))
    files = {"salt/a-short": "short.npz", "salt/one": "flux.npz"}
    monkeypatch.setattr(reduce, "flux_file", lambda run: tmp_path / files[run])
    monkeypatch.setattr(reduce, "all_runs", lambda: list(files))
    assert reduce.main() == 1
    said = capsys.readouterr()
    assert "salt/one: reduced" in said.out
    assert "not reduced: salt/a-short" in said.err
    assert not (tmp_path / "reduced" / "salt" / "a-short.csv").exists()


def test_repeats_of_a_run_are_analysed_together(salt, tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "material.toml").write_text(MATERIAL.format(mobile='"Li"'))
    again = {name: current[:, ::-1] for name, current in salt.currents.items()}  # other numbers, same spectra
    write_flux(tmp_path / "again.npz", replace(salt, currents=again))
    files = {"salt/one": "flux.npz", "salt/one.2": "again.npz", "salt/one.3": "absent.npz"}
    monkeypatch.setattr(reduce, "flux_file", lambda run: tmp_path / files[run])
    monkeypatch.setattr(reduce, "repeats_of", lambda run: list(files))
    monkeypatch.setattr(reduce, "all_runs", lambda: list(files))
    assert reduce.main() == 0
    assert capsys.readouterr().out.splitlines()[0] == "salt/one: reduced"
    found = results.read_results("salt/one")
    assert found.get("replicas", "direct").value == 2 * salt.n_replicas
    monkeypatch.setattr(reduce, "repeats_of", lambda run: ["salt/one"])
    assert reduce.reduce_run("salt/one") == "reduced"  # one file less is another table
    alone = results.read_results("salt/one")
    assert alone.get("replicas", "direct").value == salt.n_replicas
    errors = [one.get("kappa_naive").standard_error for one in (found, alone)]
    assert errors[0] < 0.9 * errors[1]


def test_flux_that_another_run_left_in_the_place_is_refused(tmp_path, monkeypatch, capsys) -> None:
    own, other = (flux_file(f"li3ps4/{model}-650K-192") for model in ("A", "B"))
    files = {"li3ps4/A-650K-192": other, "li3ps4/B-650K-192": other}
    assert reduce.matches_sweep("li3ps4/A-650K-192") and own != other
    monkeypatch.setattr(reduce, "flux_file", lambda run: files[run])
    monkeypatch.setattr(reduce, "REDUCED", tmp_path)
    monkeypatch.setattr(reduce, "all_runs", lambda: ["li3ps4/A-650K-192"])
    assert reduce.matches_sweep("li3ps4/B-650K-192")
    assert reduce.main() == 1
    said = capsys.readouterr().err
    assert "is not of this run" in said and "not reduced: li3ps4/A-650K-192" in said
    assert not list(tmp_path.iterdir())


def test_a_table_that_is_no_text_is_not_current(tmp_path) -> None:
    product = StampedTable(tmp_path / "t.csv", (), 1)
    product.write(["a"], [[1.0]])
    assert product.is_current()
    product.path.write_bytes(b"\xff\xfe\x00")
    assert not product.is_current()


def test_a_table_is_of_its_inputs_and_of_a_version_of_the_analysis(tmp_path) -> None:
    for name in ("flux", "material"):
        (tmp_path / name).write_text("as it was")
    product = StampedTable(tmp_path / "t.csv", (tmp_path / "flux", tmp_path / "material"), 1)
    product.write(["a"], [[1.0]])
    assert product.is_current() and not replace(product, version=2).is_current()
    for path in product.inputs:
        path.write_text("changed")
        assert not product.is_current(), path.name
        path.write_text("as it was")
    assert product.is_current()
