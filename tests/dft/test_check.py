"""Labels made again: the same settings give the same label, others show what they change."""

import csv

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
    assert main(["label", str(path), "--check", "1", "--tight"]) == 0
    (row,) = rows(path, "tight")
    assert abs(float(row["energy_meV_per_atom"])) > 0.1


def test_nothing_to_check_is_said(make_queue, structure, capsys):
    path = make_queue([structure("a")])
    assert main(["label", str(path), "--check", "1"]) == 2
    assert "run `superionic label` first" in capsys.readouterr().err
