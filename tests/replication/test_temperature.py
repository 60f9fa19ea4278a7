"""Runs at several temperatures: which belong together, and the power law through them."""

from __future__ import annotations

import numpy as np
import pytest

from replication import results, temperature
from replication.temperature import TemperatureSeries, temperature_series


def test_runs_of_one_potential_and_cell_in_order_of_temperature(tmp_path, monkeypatch) -> None:
    names = [
        "m/A-900K-64",
        "m/A-1000K-64",
        "m/A-500K-64",
        "m/A-700K",
        "m/AA-700K-64",
        "m/A-800K-64",
        "n/A-600K-64",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        kelvin = name.split("-")[1].split("K")[0]
        (tmp_path / f"{name}.csv").write_text(
            "# made from nothing\nquantity,method,value,error,unit\n"
            f"kappa,spectral,{3 / float(kelvin)},0.001,W/m/K\ntemperature,direct,{kelvin},1.0,K\n"
        )
    (tmp_path / "m/A-800K-64.csv").unlink()
    monkeypatch.setattr(temperature, "all_runs", lambda: names)
    monkeypatch.setattr(results, "REDUCED", tmp_path)
    series = temperature_series("m", "A", 64, "kappa")
    assert series.runs == ("m/A-500K-64", "m/A-900K-64", "m/A-1000K-64")
    assert series.temperature_K.tolist() == [500.0, 900.0, 1000.0]
    assert series.exponent()[0] == pytest.approx(-1.0)


def test_error_of_the_exponent_is_the_scatter_of_many() -> None:
    random = np.random.default_rng(2)
    kelvin = np.array([500.0, 600.0, 700.0, 900.0])
    error = np.array([0.02, 0.01, 0.01, 0.03])
    exact = 0.4 * (kelvin / 650) ** -0.3
    found = [
        TemperatureSeries(("r",) * 4, kelvin, exact + error * random.standard_normal(4), error).exponent()
        for _ in range(2000)
    ]
    values, errors = np.array(found).T
    assert values.mean() == pytest.approx(-0.3, abs=4 * values.std() / 2000**0.5 + 0.005)
    assert errors.mean() == pytest.approx(values.std(), rel=0.08)


def test_one_temperature_has_no_exponent() -> None:
    one = np.array([500.0])
    with pytest.raises(ValueError, match="no power law"):
        TemperatureSeries(("r",), one, one, one).exponent()
