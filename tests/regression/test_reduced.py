"""Every number behind figures and claims, computed anew from the committed flux and held to golden files."""

from __future__ import annotations

import pytest

from replication.paths import all_runs, flux_file, material_file
from replication.reduce import (
    analyse_run,
    curves,
    gauge_curves,
    is_current,
    made_from,
    quantities,
    read_table,
    reduced_file,
    stability_curves,
)
from superionic.flux.series import read_flux
from superionic.materials import load_material

RUNS = [run for run in all_runs() if flux_file(run).exists()]
TOLERANCE = {"rtol": 1e-6, "atol": 0.0}  # FFTs of other processors differ in the last digits


@pytest.fixture(scope="module", params=RUNS)
def run(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def series_and_material(run):
    return read_flux(flux_file(run)), load_material(material_file(run))


@pytest.fixture(scope="module")
def analysis(series_and_material):
    return analyse_run(*series_and_material)


def test_there_is_flux_to_check() -> None:
    assert len(RUNS) >= 2


def test_quantities(run, series_and_material, analysis, num_regression) -> None:
    series, _ = series_and_material
    rows = quantities(analysis, series)
    numbers = {f"{name} {method}": [value, error] for name, method, value, error, _ in rows}
    num_regression.check(numbers, basename=f"{run.replace('/', '-')}", default_tolerance=TOLERANCE)


@pytest.mark.parametrize(
    ("kind", "compute", "every"),
    [("running", curves, 25), ("gauge", gauge_curves, 8), ("stability", stability_curves, 4)],
)
def test_curves(run, series_and_material, analysis, num_regression, kind, compute, every) -> None:
    names, values = compute(*series_and_material, analysis)
    drawn = {name: values[::every, column] for column, name in enumerate(names)}
    num_regression.check(drawn, basename=f"{run.replace('/', '-')}-{kind}", default_tolerance=TOLERANCE)


def test_committed_tables_belong_to_the_committed_flux(run) -> None:
    table = reduced_file(run)
    kinds = [table.with_name(f"{table.stem}-{kind}.csv") for kind in ("running", "gauge", "stability")]
    assert all(is_current(path, made_from(run)) for path in (table, *kinds))
    assert {row["quantity"] for row in read_table(table)} >= {"kappa_naive", "kappa_onsager", "L01", "L11"}
