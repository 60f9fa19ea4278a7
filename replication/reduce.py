"""`python -m replication.reduce`: compute every number of the figures and claims from the packed flux.

Six tables per run in data/reduced/<material>/: <run>.csv (quantity, method, value, standard error, unit),
<run>-running.csv (running Green-Kubo integrals), <run>-spectrum.csv (spectra), <run>-gauge.csv (parts of κ
against a shift of the site energies), <run>-stability.csv (cepstral κ against its two parameters) and
<run>-msd.csv. Current tables are skipped (reduced/stamped_table.py); runs without flux are skipped and named.
"""

from __future__ import annotations

import sys
from pathlib import Path

from superionic.cli import status
from superionic.flux.files import read_header
from superionic.flux.readers import read_series
from superionic.flux.series import FluxError
from superionic.materials import load_material
from superionic.md.inputs import identify

from .paths import REDUCED, flux_file, material_file
from .reduced.quantities import ANALYSIS_VERSION, COLUMNS, CURVES, analyse_run, quantities
from .reduced.stamped_table import StampedTable
from .runs import all_runs, find_run, repeats_of

UP_TO_DATE = "up to date"


def tables_of(run: str) -> dict[str, StampedTable]:
    """The tables of a run: "quantities" and one per entry of CURVES."""
    inputs = (*flux_files(run), material_file(run))
    paths = {"quantities": REDUCED / f"{run}.csv"} | {kind: REDUCED / f"{run}-{kind}.csv" for kind in CURVES}
    return {kind: StampedTable(path, inputs, ANALYSIS_VERSION) for kind, path in paths.items()}


def flux_files(run: str) -> list[Path]:
    """The existing flux files of a run and of its repeats with other seeds."""
    return [file for one in repeats_of(run) if (file := flux_file(one)).exists()]


def matches_sweep(run: str) -> bool:
    """Whether the flux of a run was made from its point of the sweep, whatever its length.

    True if the potential is not available to tell. Raises FluxError for a damaged file.
    """
    point, made_from = find_run(run), read_header(flux_file(run))["provenance"]
    try:
        return identify(point.config, point.file).made(made_from)
    except FileNotFoundError:
        return True


def reduce_run(run: str) -> str:
    """Bring the tables of a run up to date; returns "reduced", "up to date" or "no flux yet".

    Raises FluxError for flux that cannot be analysed, or that belongs to another run.
    """
    if not flux_files(run):
        return "no flux yet"
    for one in repeats_of(run):
        if flux_file(one).exists() and not matches_sweep(one):
            raise FluxError(
                f"{flux_file(one)} is not of this run as sweep.toml describes it now: undo the change "
                f"there, or `make flux-{one}` after moving the file and its segments away"
            )
    tables = tables_of(run)
    if all(table.is_current() for table in tables.values()):
        return UP_TO_DATE
    series, material = read_series(flux_files(run)), load_material(material_file(run))
    analysis = analyse_run(series, material)
    for kind, compute in CURVES.items():
        names, values = compute(series, material, analysis)
        tables[kind].write(names, values.tolist())
    tables["quantities"].write(COLUMNS, quantities(analysis, series), analysis.doubts)
    return "; ".join(["reduced", *analysis.doubts])


def main() -> int:
    """Reduce every run; a run whose flux cannot be analysed is named and the others continue."""
    failed = []
    runs = [run for run in all_runs() if repeats_of(run)[0] == run]
    current = 0
    for run in runs:
        try:
            done = reduce_run(run)
            current += done == UP_TO_DATE
            if done != UP_TO_DATE:
                print(f"{run}: {done}", flush=True)
        except FluxError as error:
            failed.append(run)
            print(f"{run}: {error}", file=sys.stderr, flush=True)
    if current:
        print(f"up to date: {current} of {len(runs)} runs", flush=True)
    if failed:
        print(
            f"not reduced: {', '.join(failed)}; figures and claims go without them, or keep older numbers",
            file=sys.stderr,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(status("replication.reduce", main))
