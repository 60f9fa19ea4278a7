"""`python -m replication.reduce`: from the packed flux to every number a figure or a claim needs.

Per run six tables in data/reduced/<material>/: <run>.csv (quantity, method, value, standard error, unit),
<run>-running.csv (running integrals), <run>-spectrum.csv (their spectra), <run>-gauge.csv (parts of κ under a
shift of site energies), <run>-stability.csv (cepstral κ over its two parameters) and <run>-msd.csv. A current
table is left alone (product.py). Runs without flux are skipped and named.
"""

from __future__ import annotations

import sys
from pathlib import Path

from superionic.cli import status
from superionic.flux.readers import read_series
from superionic.flux.series import FluxError
from superionic.materials import load_material

from .paths import REDUCED, flux_file, material_file
from .product import Product
from .quantities import ANALYSIS_VERSION, COLUMNS, CURVES, analyse_run, quantities
from .runs import all_runs, repeats_of


def products(run: str) -> dict[str, Product]:
    """The tables of a run: "quantities" and those of CURVES."""
    inputs = (*flux_files(run), material_file(run))
    paths = {"quantities": REDUCED / f"{run}.csv"} | {kind: REDUCED / f"{run}-{kind}.csv" for kind in CURVES}
    return {kind: Product(path, inputs, ANALYSIS_VERSION) for kind, path in paths.items()}


def flux_files(run: str) -> list[Path]:
    """The flux of a run and of its repeats, as far as it is there."""
    return [file for one in repeats_of(run) if (file := flux_file(one)).exists()]


def reduce_run(run: str) -> str:
    """Bring a run's tables up to date; returns what happened, in a word."""
    if not flux_files(run):
        return "no flux yet"
    tables = products(run)
    if all(product.is_current() for product in tables.values()):
        return "up to date"
    series, material = read_series(flux_files(run)), load_material(material_file(run))
    analysis = analyse_run(series, material)
    for kind, compute in CURVES.items():
        names, values = compute(series, material, analysis)
        tables[kind].write(names, values.tolist())
    tables["quantities"].write(COLUMNS, quantities(analysis, series), analysis.doubts)
    return "; ".join(["reduced", *analysis.doubts])


def main() -> int:
    """Reduce every run; one whose flux cannot be analysed is named and does not stop the others."""
    failed = []
    for run in all_runs():
        if repeats_of(run)[0] != run:
            continue
        try:
            print(f"{run}: {reduce_run(run)}", flush=True)
        except FluxError as error:
            failed.append(run)
            print(f"{run}: {error}", file=sys.stderr, flush=True)
    if failed:
        print(f"not reduced: {', '.join(failed)}; figures and claims go without them", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(status("replication.reduce", main))
