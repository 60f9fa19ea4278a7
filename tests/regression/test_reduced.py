"""Every number behind figures and claims, computed anew from the committed flux, is the committed one."""

from __future__ import annotations

import numpy as np
import pytest

from replication.paths import flux_file, material_file
from replication.reduce import tables_of
from replication.reduced.quantities import CURVES, analyse_run, quantities
from replication.reduced.results import read_curves, read_results
from replication.runs import all_runs
from superionic.flux.files import read_flux
from superionic.materials import load_material

RUNS = [run for run in all_runs() if flux_file(run).exists()]
RTOL = 1e-6  # FFTs of other processors differ in the last digits
REMEDY = "if intended, raise replication.reduced.quantities.ANALYSIS_VERSION, `make figures` and commit"


@pytest.fixture(scope="module", params=RUNS)
def run(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def analysed(run):
    series, material = read_flux(flux_file(run)), load_material(material_file(run))
    return series, material, analyse_run(series, material)


def test_there_is_flux_to_check() -> None:
    assert len(RUNS) >= 2


def test_quantities(run, analysed) -> None:
    series, _, analysis = analysed
    committed = read_results(run).rows
    computed = {(name, method): numbers for name, method, *numbers in quantities(analysis, series)}
    assert computed.keys() == committed.keys()
    for key, (value, error, unit) in computed.items():
        assert committed[key][2] == unit
        assert committed[key][:2] == pytest.approx((value, error), rel=RTOL, nan_ok=True), f"{key}: {REMEDY}"


@pytest.mark.parametrize("kind", CURVES)
def test_curves(run, analysed, kind) -> None:
    names, values = CURVES[kind](*analysed)
    committed = read_curves(run, kind)
    assert list(committed) == names
    scale = np.nanmax(np.abs(values), axis=0)  # a curve that crosses zero has no relative error there
    apart = np.abs(np.column_stack(list(committed.values())) - values) / scale
    assert np.nanmax(apart) < RTOL, REMEDY
    assert (np.isnan(values) == np.isnan(apart)).all()


def test_tables_belong_to_the_committed_flux(run) -> None:
    assert all(product.is_current() for product in tables_of(run).values())
