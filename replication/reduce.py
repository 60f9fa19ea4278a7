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

COLUMNS = ["quantity", "method", "value", "error", "unit"]
Row = tuple[str, str, float, float, str]

L_UNITS = {"L00": "W/m/K", "L01": "kg/m/s/K", "L11": "kg s/m^3/K"}


def quantities(analysis: Analysis, series: FluxSeries) -> list[Row]:
    """(quantity, method, value, standard error, unit) of everything an analysis says.

    Methods: `spectral`, the estimate to quote; `green_kubo`, the paper's; `direct`, plain averages. The
    error of the spectral κ is the larger of the fit's own and the jackknife over replicas.
    """
    return [*_spectral(analysis), *_green_kubo(analysis), *_ions(analysis), *_conditions(analysis, series)]


def _spectral(analysis: Analysis) -> list[Row]:
    limits = analysis.spectral.limits
    kappa_error = max(limits.kappa.standard_error, analysis.spectral.kappa_error_replicas or 0.0)
    matrix = [
        (name, "spectral", float(limits.matrix[a, b]), float(limits.errors[a, b]), L_UNITS[name])
        for name, a, b in (("L00", 0, 0), ("L01", 0, 1), ("L11", 1, 1))
    ]
    return [
        ("kappa_naive", "spectral", limits.naive.value, limits.naive.standard_error, "W/m/K"),
        ("kappa_onsager", "spectral", limits.kappa.value, kappa_error, "W/m/K"),
        *matrix,
    ]


def _green_kubo(analysis: Analysis) -> list[Row]:
    estimates = {
        "kappa_naive": (analysis.naive_kappa, "W/m/K"),
        "kappa_onsager": (analysis.kappa, "W/m/K"),
        "coupled_fraction": (analysis.coupled, "1"),
        **{name: (estimate, L_UNITS[name]) for name, estimate in analysis.onsager.items()},
        **{f"kappa_{name}": (estimate, "W/m/K") for name, estimate in analysis.parts.items()},
    }
    return [
        (name, "green_kubo", estimate.value, estimate.standard_error, unit)
        for name, (estimate, unit) in estimates.items()
    ]


def _ions(analysis: Analysis) -> list[Row]:
    ions = analysis.ions
    estimates = {
        **{f"self_diffusion_{s}": (d, "direct", "m^2/s") for s, d in ions.self_diffusion_m2_per_s.items()},
        "conductivity": (ions.conductivity_S_per_m, "green_kubo", "S/m"),
        "conductivity_nernst_einstein": (ions.nernst_einstein_S_per_m, "direct", "S/m"),
        "haven_ratio": (ions.haven_ratio, "green_kubo", "1"),
    }
    return [
        (name, method, estimate.value, estimate.standard_error, unit)
        for name, (estimate, method, unit) in estimates.items()
        if estimate is not None
    ]


def _conditions(analysis: Analysis, series: FluxSeries) -> list[Row]:
    temperatures = np.atleast_1d(series.temperature_K)
    spread = float(temperatures.std(ddof=1) / np.sqrt(len(temperatures))) if len(temperatures) > 1 else 0.0
    atoms = sum(series.counts.values())
    return [
        ("temperature", "direct", float(temperatures.mean()), spread, "K"),
        ("volume_per_atom", "direct", float(np.mean(series.volume_A3)) / atoms, 0.0, "A^3"),
        ("atoms", "direct", float(atoms), 0.0, "1"),
        ("replicas", "direct", float(series.n_replicas), 0.0, "1"),
        ("total_time", "direct", analysis.total_ps, 0.0, "ps"),
    ]


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
    write_table(table, stamp, COLUMNS, quantities(analysis, series))
    return "reduced"


def main() -> None:
    for run in all_runs():
        print(f"{run}: {reduce_run(run)}")


if __name__ == "__main__":
    main()
