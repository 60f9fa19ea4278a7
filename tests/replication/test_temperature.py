"""Runs at several temperatures: which belong together, and the power law through them."""

from __future__ import annotations

import pytest

from replication.reduced import results, temperature
from replication.reduced.quantities import COLUMNS
from replication.reduced.stamped_table import StampedTable
from replication.reduced.temperature import temperature_series
from superionic.md.sweep import Point


def test_runs_of_one_potential_and_cell_in_order_of_temperature(tmp_path, monkeypatch) -> None:
    cells = {"A": ("A", "64"), "AA": ("AA", "64"), "A-": ("A-", "125"), "Along": ("A", "125")}
    points = {
        f"m/{start}-{kelvin}K": Point(f"{start}-{kelvin}K", model, cell, kelvin, False, None, tmp_path, "")
        for start, (model, cell) in cells.items()
        for kelvin in (900.0, 1000.0, 500.0, 800.0)
    }
    (tmp_path / "m").mkdir()
    for name, point in points.items():
        rows = [
            ("kappa", "spectral", 3 / point.temperature_K, 0.001, "W/m/K"),
            ("temperature", "direct", point.temperature_K, 1.0, "K"),
        ]
        StampedTable(tmp_path / f"{name}.csv", (), 1).write(COLUMNS, rows)
    (tmp_path / "m/A-800.0K.csv").unlink()
    monkeypatch.setattr(temperature, "runs_of", lambda material: points if material == "m" else {})
    monkeypatch.setattr(results, "REDUCED", tmp_path)
    series = temperature_series("m", "A", "64", "kappa")
    assert series.runs == ("m/A-500.0K", "m/A-900.0K", "m/A-1000.0K")
    assert series.temperature_K.tolist() == [500.0, 900.0, 1000.0]
    assert series.exponent().value == pytest.approx(-1.0)


def test_a_series_that_no_sweep_describes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no sweep\.toml describes runs of li3ps4 with the model 'nepD' in"):
        temperature_series("li3ps4", "nepD", "768", "kappa_onsager")
