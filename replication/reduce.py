"""`python -m replication.reduce`: from the packed flux to every number a figure or a claim needs.

Per run two tables in data/reduced/<material>/: <run>.csv (quantity, value, standard error, unit) and
<run>-running.csv (the curves of the figures). A table carries the hash of what it was made from and is
left alone when that is unchanged. Runs without flux are skipped and named.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

import superionic
from superionic.flux.series import FluxSeries, read_flux
from superionic.materials import Material, load_material
from superionic.provenance import sha256_file, sha256_json, write_text_atomically
from superionic.transport.analysis import Analysis, analyse
from superionic.transport.green_kubo import running

from .paths import REDUCED, all_runs, flux_file, material_file

MAX_LAG_PS = 10.0
PLATEAU_PS = (5.0, 10.0)
"""The paper's window: running integrals to 10 ps, averaged from 5 to 10 ps."""

Row = tuple[str, float, float, str]


def quantities(analysis: Analysis, series: FluxSeries) -> list[Row]:
    """(quantity, value, standard error, unit) of everything an analysis says."""
    units = {"L00": "W/m/K", "L01": "kg/m/s/K", "L11": "kg s/m^3/K"}
    rows: list[Row] = [
        (name, value.value, value.standard_error, units[name]) for name, value in analysis.onsager.items()
    ]
    rows += [
        ("kappa_naive", analysis.naive_kappa.value, analysis.naive_kappa.standard_error, "W/m/K"),
        ("kappa_onsager", analysis.kappa.value, analysis.kappa.standard_error, "W/m/K"),
        ("coupled_fraction", analysis.coupled.value, analysis.coupled.standard_error, "1"),
    ]
    rows += [(f"kappa_{name}", p.value, p.standard_error, "W/m/K") for name, p in analysis.parts.items()]
    spectral = analysis.cepstral
    rows += [
        ("kappa_naive_cepstral", spectral.naive.value, spectral.naive.standard_error, "W/m/K"),
        ("kappa_onsager_cepstral", spectral.kappa.value, spectral.kappa.standard_error, "W/m/K"),
    ]
    ions = analysis.ions
    for symbol, d in ions.self_diffusion_m2_per_s.items():
        rows.append((f"self_diffusion_{symbol}", d.value, d.standard_error, "m^2/s"))
    for name, estimate, unit in (
        ("conductivity", ions.conductivity_S_per_m, "S/m"),
        ("nernst_einstein", ions.nernst_einstein_S_per_m, "S/m"),
        ("haven_ratio", ions.haven_ratio, "1"),
    ):
        if estimate is not None:
            rows.append((name, estimate.value, estimate.standard_error, unit))
    temperatures = np.atleast_1d(series.temperature_K)
    spread = float(temperatures.std(ddof=1) / np.sqrt(len(temperatures))) if len(temperatures) > 1 else 0.0
    atoms = sum(series.counts.values())
    rows += [
        ("temperature", float(temperatures.mean()), spread, "K"),
        ("volume_per_atom", float(np.mean(series.volume_A3)) / atoms, 0.0, "A^3"),
        ("atoms", float(atoms), 0.0, "1"),
        ("total_time", analysis.total_ps, 0.0, "ps"),
    ]
    return rows


def curves(series: FluxSeries, material: Material) -> tuple[list[str], np.ndarray]:
    """Column names and values of the running integrals with their standard errors."""
    integrals = running(series, material.mobile, MAX_LAG_PS)
    matrix, matrix_error = integrals.onsager()
    kappa, kappa_error = integrals.kappa()
    columns = {"time_ps": integrals.time_ps}
    for name, a, b in (("L00", 0, 0), ("L01", 0, 1), ("L11", 1, 1)):
        columns[name], columns[f"{name}_error"] = matrix[:, a, b], matrix_error[:, a, b]
    columns["kappa_onsager"], columns["kappa_onsager_error"] = kappa, kappa_error
    return list(columns), np.column_stack(list(columns.values()))


def made_from(run: str) -> str:
    """Hash of the flux, the material and the code that reads them."""
    package = Path(superionic.__file__).parent
    code = sorted([*package.glob("transport/*.py"), *package.glob("flux/*.py"), Path(__file__)])
    parts = [sha256_file(path) for path in (flux_file(run), material_file(run), *code)]
    return sha256_json(parts)


def is_current(path: Path, stamp: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8").startswith(f"# made from {stamp}\n")


def write_table(path: Path, stamp: str, columns: list[str], rows: list[tuple] | np.ndarray) -> None:
    """CSV with a first line that says what it was made from; numbers with 7 digits."""
    buffer = io.StringIO()
    buffer.write(f"# made from {stamp}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([f"{x:.7g}" if isinstance(x, float) else x for x in row] for row in rows)
    write_text_atomically(path, buffer.getvalue())


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a reduced table as dictionaries."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(line for line in handle if not line.startswith("#")))


def reduced_file(run: str) -> Path:
    """The table of a run's quantities."""
    return REDUCED / f"{run}.csv"


def read_curves(run: str) -> dict[str, np.ndarray]:
    """Columns of <run>-running.csv."""
    rows = read_table(REDUCED / f"{run}-running.csv")
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def reduce_run(run: str) -> str:
    """Bring a run's tables up to date; returns what happened, in a word."""
    if not flux_file(run).exists():
        return "no flux yet"
    stamp, table = made_from(run), reduced_file(run)
    curve_table = REDUCED / f"{run}-running.csv"
    if is_current(table, stamp) and is_current(curve_table, stamp):
        return "up to date"
    series, material = read_flux(flux_file(run)), load_material(material_file(run))
    analysis = analyse(series, material.mobile, material.charges, MAX_LAG_PS, PLATEAU_PS)
    names, values = curves(series, material)
    write_table(curve_table, stamp, names, values.tolist())
    write_table(table, stamp, ["quantity", "value", "error", "unit"], quantities(analysis, series))
    return "reduced"


def main() -> None:
    for run in all_runs():
        print(f"{run}: {reduce_run(run)}")


if __name__ == "__main__":
    main()
