"""`python -m replication.reduce`: from the packed flux to every number a figure or a claim needs.

Per run four tables in data/reduced/<material>/: <run>.csv (quantity, method, value, standard error, unit),
<run>-running.csv (running integrals), <run>-gauge.csv (parts of κ under a shift of site energies) and
<run>-stability.csv (cepstral κ over its two parameters). A table carries the hash of what it was made from
and is left alone when that is unchanged. Runs without flux are skipped and named.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

import superionic
from superionic.cli import status
from superionic.flux.series import FluxError, FluxSeries, read_flux
from superionic.materials import Material, load_material
from superionic.provenance import sha256_file, sha256_json, write_text_atomically
from superionic.transport.analysis import Analysis, analyse, onsager_names
from superionic.transport.cepstral import FEWEST_BINS, stability
from superionic.transport.currents import select_currents
from superionic.transport.decomposition import gauge_family
from superionic.transport.green_kubo import running, running_integrals
from superionic.transport.matrix_limits import MatrixLimits
from superionic.transport.spectrum import spectra
from superionic.transport.uncertainty import jackknife

from .paths import REDUCED, all_runs, flux_file, material_file

GAUGE_SHIFTS_EV = np.linspace(-4.0, 4.0, 81)
"""Shifts of the mobile ions' site energies for the family of decompositions."""

STABILITY_TERMS = (4, 6, 8, 12, 16)
STABILITY_CUTOFFS = 40
"""Grid of the stability table: P*, and the number of f* from 24 bins to the highest frequency."""

COLUMNS = ["quantity", "method", "value", "error", "unit"]
Kind = Literal["running", "gauge", "stability"]
Row = tuple[str, str, float, float, str]

L_UNITS = ("W/m/K", "kg/m/s/K", "kg s/m^3/K")
"""Units of L_ab by how many of a and b are mass currents."""


def onsager_elements(size: int) -> list[tuple[str, int, int, str]]:
    """(name, a, b, unit) of the upper triangle of an Onsager matrix; current 0 is that of energy."""
    return [(name, a, b, L_UNITS[(a > 0) + (b > 0)]) for name, (a, b) in onsager_names(size).items()]


def quantities(analysis: Analysis, series: FluxSeries) -> list[Row]:
    """(quantity, method, value, standard error, unit) of everything an analysis says.

    Methods: `spectral`, the estimate to quote; `green_kubo`, the paper's; `cepstral`, the cosine series;
    `direct`, plain averages. Errors of the spectral values are the larger of the fit's own and the jackknife
    over replicas.
    """
    return [
        *_spectral(analysis),
        *_cepstral(analysis),
        *_green_kubo(analysis),
        *_ions(analysis),
        *_conditions(analysis, series),
    ]


def _spectral(analysis: Analysis) -> list[Row]:
    limits, lowest = analysis.spectral.quoted, analysis.spectral.lowest
    matrix = [
        (name, "spectral", float(limits.matrix[a, b]), float(limits.errors[a, b]), unit)
        for name, a, b, unit in onsager_elements(len(limits.matrix))
    ]
    return [
        ("kappa_naive", "spectral", limits.naive.value, limits.naive.standard_error, "W/m/K"),
        ("kappa_onsager", "spectral", limits.kappa.value, limits.kappa.standard_error, "W/m/K"),
        ("coupled_fraction", "spectral", limits.coupled.value, limits.coupled.standard_error, "1"),
        *_heat_of_transport(limits),
        ("excess_at_zero", "spectral", lowest.value, lowest.standard_error, "1"),
        *matrix,
    ]


def _heat_of_transport(limits: MatrixLimits) -> list[Row]:
    """Of one mobile species; with several there is none."""
    if len(limits.matrix) != 2:
        return []
    heat = limits.heat_of_transport
    return [("heat_of_transport", "spectral", heat.value, heat.standard_error, "J/kg")]


def _cepstral(analysis: Analysis) -> list[Row]:
    result = analysis.cepstral
    return [
        ("kappa_naive", "cepstral", result.limits.naive.value, result.limits.naive.standard_error, "W/m/K"),
        ("kappa_onsager", "cepstral", result.limits.kappa.value, result.limits.kappa.standard_error, "W/m/K"),
        ("cutoff_frequency", "cepstral", result.cutoff_THz, 0.0, "THz"),
        ("cosine_terms", "cepstral", float(result.terms), 0.0, "1"),
    ]


def _green_kubo(analysis: Analysis) -> list[Row]:
    units = {name: unit for name, _, _, unit in onsager_elements(len(analysis.spectral.limits.matrix))}
    estimates = {
        "kappa_naive": (analysis.naive_kappa, "W/m/K"),
        "kappa_onsager": (analysis.kappa, "W/m/K"),
        "coupled_fraction": (analysis.coupled, "1"),
        **{name: (estimate, units[name]) for name, estimate in analysis.onsager.items()},
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
    moved = {symbol: float(np.max(values)) for symbol, values in (series.msd or {}).items()}
    return [
        *(
            (f"msd_{symbol}", "direct", value, 0.0, "A^2")
            for symbol, value in moved.items()
            if symbol not in analysis.mobile
        ),
        ("temperature", "direct", float(temperatures.mean()), spread, "K"),
        ("volume_per_atom", "direct", float(np.mean(series.volume_A3)) / atoms, 0.0, "A^3"),
        ("atoms", "direct", float(atoms), 0.0, "1"),
        ("replicas", "direct", float(series.n_replicas), 0.0, "1"),
        ("total_time", "direct", analysis.total_ps, 0.0, "ps"),
    ]


def curves(series: FluxSeries, material: Material, analysis: Analysis) -> tuple[list[str], np.ndarray]:
    """Column names and values of the running integrals with their standard errors."""
    integrals = running(series, material.mobile, analysis.max_lag_ps)
    matrix, matrix_error = integrals.onsager()
    kappa, kappa_error = integrals.kappa()
    columns = {"time_ps": integrals.time_ps}
    for name, a, b, _ in onsager_elements(matrix.shape[-1]):
        columns[name], columns[f"{name}_error"] = matrix[:, a, b], matrix_error[:, a, b]
    columns["kappa_onsager"], columns["kappa_onsager_error"] = kappa, kappa_error
    return list(columns), np.column_stack(list(columns.values()))


def gauge_curves(series: FluxSeries, material: Material, analysis: Analysis) -> tuple[list[str], np.ndarray]:
    """Parts of the conductivity against a shift of the mobile ions' site energies, with errors."""
    currents = select_currents(series, material.mobile)
    plateau = running_integrals(currents, analysis.max_lag_ps).plateau(analysis.plateau_ps)
    per_mass = GAUGE_SHIFTS_EV / series.masses[currents.mobile[0]]

    def family(basis: np.ndarray) -> np.ndarray:
        one = gauge_family(basis, per_mass, currents.to_si)
        return np.column_stack([one.kk, one.pp, one.kp, one.naive, one.kappa])

    values, errors = jackknife(family, plateau)
    names = ["kk", "pp", "kp", "naive", "onsager"]
    columns = {"shift_eV_per_ion": GAUGE_SHIFTS_EV}
    for index, name in enumerate(names):
        columns[f"kappa_{name}"], columns[f"kappa_{name}_error"] = values[:, index], errors[:, index]
    return list(columns), np.column_stack(list(columns.values()))


def stability_curves(series: FluxSeries, material: Material, _: Analysis) -> tuple[list[str], np.ndarray]:
    """Cepstral κ and its standard error against f*, for every P*; NaN for fewer bins than terms."""
    spectrum = spectra(select_currents(series, material.mobile)).uniform
    highest = float(spectrum.frequency_THz[-1])
    lowest = float(spectrum.frequency_THz[0]) * FEWEST_BINS
    cutoffs = np.geomspace(lowest, highest, STABILITY_CUTOFFS)
    values, errors = stability(spectrum, cutoffs, np.array(STABILITY_TERMS))
    columns = {"cutoff_THz": cutoffs}
    for index, terms in enumerate(STABILITY_TERMS):
        columns[f"kappa_{terms}"], columns[f"kappa_{terms}_error"] = values[:, index], errors[:, index]
    return list(columns), np.column_stack(list(columns.values()))


def made_from(run: str) -> str:
    """Hash of the flux, the material and the code that reads them."""
    package = Path(superionic.__file__).parent
    code = sorted([*package.glob("transport/*.py"), *package.glob("flux/*.py"), Path(__file__)])
    parts = [sha256_file(path) for path in (flux_file(run), material_file(run), *code)]
    return sha256_json(parts)


def is_current(path: Path, stamp: str) -> bool:
    """Whether a table was made from what `stamp` stands for, and nobody has edited or cut it since."""
    if not path.exists():
        return False
    first, _, body = path.read_text(encoding="utf-8").partition("\n")
    return first == _first_line(stamp, body)


def _first_line(stamp: str, body: str) -> str:
    return f"# made from {stamp}, content {hashlib.sha256(body.encode()).hexdigest()[:16]}"


def write_table(
    path: Path,
    stamp: str,
    columns: list[str],
    rows: list[tuple] | np.ndarray,
    warnings: Sequence[str] = (),
) -> None:
    """CSV with a first line that says what it was made from, then warnings; numbers with 7 digits."""
    buffer = io.StringIO()
    buffer.writelines(f"# WARNING: {warning}\n" for warning in warnings)
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([f"{x:.7g}" if isinstance(x, float) else x for x in row] for row in rows)
    body = buffer.getvalue()
    write_text_atomically(path, f"{_first_line(stamp, body)}\n{body}")


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a reduced table as dictionaries."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(line for line in handle if not line.startswith("#")))


def reduced_file(run: str) -> Path:
    """The table of a run's quantities."""
    return REDUCED / f"{run}.csv"


def read_curves(run: str, kind: Kind = "running") -> dict[str, np.ndarray]:
    """Columns of <run>-<kind>.csv."""
    rows = read_table(REDUCED / f"{run}-{kind}.csv")
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def analyse_run(series: FluxSeries, material: Material) -> Analysis:
    """`analyse` with what a material says of itself; a short run gets shorter lags, and a warning."""
    return analyse(
        series,
        material.mobile,
        material.charges,
        max_lag_ps=material.plateau_ps[1],
        plateau_ps=material.plateau_ps,
        framework_msd_A2=material.framework_msd_A2,
        shorten=True,
    )


def reduce_run(run: str) -> str:
    """Bring a run's tables up to date; returns what happened, in a word."""
    if not flux_file(run).exists():
        return "no flux yet"
    stamp, table = made_from(run), reduced_file(run)
    derived = {"running": curves, "gauge": gauge_curves, "stability": stability_curves}
    tables = {kind: REDUCED / f"{run}-{kind}.csv" for kind in derived}
    if all(is_current(path, stamp) for path in (table, *tables.values())):
        return "up to date"
    series, material = read_flux(flux_file(run)), load_material(material_file(run))
    analysis = analyse_run(series, material)
    for kind, compute in derived.items():
        names, values = compute(series, material, analysis)
        write_table(tables[kind], stamp, names, values.tolist())
    write_table(table, stamp, COLUMNS, quantities(analysis, series), analysis.doubts)
    return "; ".join(["reduced", *analysis.doubts])


def main() -> int:
    """Reduce every run; one whose flux cannot be analysed is named and does not stop the others."""
    failed = []
    for run in all_runs():
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
