"""Labels made again: the same settings give the same label, others show what they change."""

import csv

import ase.io
import pytest

from superionic.cli import main
from superionic.dft.settings import load_settings


def rows(path, kind):
    with (load_settings(path).labels / "checks" / f"{kind}.csv").open() as handle:
        return list(csv.DictReader(handle))


def test_the_same_settings_give_the_same_label(make_queue, structure):
    path = make_queue([structure(name, seed=i) for i, name in enumerate("abc")])
    assert main(["label", str(path)]) == 0
    assert main(["label", str(path), "--check", "2"]) == 0
    found = rows(path, "same")
    assert len(found) == 2
    for row in found:
        assert float(row["energy_meV_per_atom"]) == 0
        assert float(row["force_max_meV_per_A"]) == 0
        assert float(row["raw_pressure_difference_GPa"]) == pytest.approx(0, abs=1e-6)


def test_other_settings_show_their_difference(make_queue, structure):
    """Another cutoff of the effective-medium neighbour list changes energy and pressure."""
    path = make_queue([structure("a")], tight="asap_cutoff = true")
    assert main(["label", str(path)]) == 0
    assert main(["label", str(path), "--check", "1", "--tight", "other"]) == 0
    (row,) = rows(path, "other")
    assert abs(float(row["energy_meV_per_atom"])) > 0.1


def test_nothing_to_check_is_said(make_queue, structure, capsys):
    path = make_queue([structure("a")])
    assert main(["label", str(path), "--check", "1"]) == 2
    assert "run `superionic label` first" in capsys.readouterr().err


def test_a_label_that_does_not_come_back_fails_the_check(make_queue, structure, capsys):
    """A label whose forces someone changed by 10 meV/Å."""
    path = make_queue([structure("a")])
    assert main(["label", str(path)]) == 0
    labels = load_settings(path).labels / "round0.extxyz"
    label = ase.io.read(labels)
    label.calc.results["forces"] = label.calc.results["forces"] + 0.01
    ase.io.write(labels, label, format="extxyz")
    assert main(["label", str(path), "--check", "1"]) == 1
    assert "are NOT the same" in capsys.readouterr().out


def test_rows_of_other_frames_stay(make_queue, structure):
    path = make_queue([structure(name, seed=i) for i, name in enumerate("abc")])
    assert main(["label", str(path)]) == 0
    for seed in range(5):
        assert main(["label", str(path), "--check", "1", "--seed", str(seed)]) == 0
    ids = [row["id"] for row in rows(path, "same")]
    assert len(ids) == len(set(ids)) > 1


def test_tighter_settings_that_are_not_there_are_named(make_queue, structure, capsys):
    path = make_queue([structure("a")])
    assert main(["label", str(path)]) == 0
    assert main(["label", str(path), "--check", "1", "--tight", "nothing"]) == 2
    assert "listed: other" in capsys.readouterr().err
