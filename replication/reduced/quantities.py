"""The content of the reduced tables: from the analysis of a run to rows and columns."""

from __future__ import annotations

import numpy as np

from superionic.flux.series import FluxSeries
from superionic.materials import Material
from superionic.transport.analysis import Analysis, analyse
from superionic.transport.cepstral import FEWEST_BINS, stability
from superionic.transport.decomposition import gauge_family
from superionic.transport.estimators import EstimatorResult
from superionic.transport.onsager import element_names, element_unit
from superionic.transport.uncertainty import Estimate, jackknife
from superionic.transport.zero_frequency import reduced_spectrum

ANALYSIS_VERSION = 2
"""Part of the stamp of every reduced table. Raise it when an estimator, a unit or a column changes, then run
`make reduce`; a test that recomputes the tables fails if this was forgotten."""

GAUGE_SHIFTS_EV = np.linspace(-4.0, 4.0, 81)
"""Shifts of the mobile ions' site energies for the family of decompositions."""

MSD_POINTS = 100
"""Lags of the table of mean squared displacements."""

STABILITY_TERMS = (4, 6, 8, 12, 16)
STABILITY_CUTOFFS = 40
"""Grid of the stability table: P*, and the number of f* from 24 bins to the highest frequency."""

COLUMNS = ["quantity", "method", "value", "error", "unit"]
Row = tuple[str, str, float, float, str]

LEFT_OUT = {
    "cepstral": ("coupled_fraction", "heat_of_transport", "L"),
    "green_kubo": ("heat_of_transport",),
}
"""Quantities left out of the tables by method, as prefixes of their names: these methods serve to compare κ;
the JSON of `superionic analyse` contains all of their numbers."""


def quantities(analysis: Analysis, series: FluxSeries) -> list[Row]:
    """(quantity, method, value, standard error, unit) of every result of an analysis.

    Methods: those of ESTIMATORS (`spectral` is quoted, `green_kubo` is the paper's) and `direct`, averages.
    Errors of spectral values are the larger of the fit's own and the jackknife over replicas.
    """
    return [
        *(row for method, result in analysis.estimates.items() for row in _estimated(method, result)),
        *_axes(analysis),
        *_parts(analysis),
        *_ionic_transport(analysis),
        *_conditions(analysis, series),
    ]


def _estimated(method: str, result: EstimatorResult) -> list[Row]:
    """The rows of one estimator."""
    onsager = result.onsager
    rows = [
        _row("kappa_naive", method, onsager.naive_kappa, "W/m/K"),
        _row("kappa_onsager", method, onsager.kappa, "W/m/K"),
        _row("coupled_fraction", method, onsager.coupled, "1"),
    ]
    if onsager.heat_of_transport is not None:
        rows.append(_row("heat_of_transport", method, onsager.heat_of_transport, "J/kg"))
    rows += [(name, method, *scalar) for name, scalar in result.scalars.items()]
    places = element_names(len(onsager.matrix))
    rows += [
        _row(name, method, element, element_unit(*places[name])) for name, element in onsager.elements.items()
    ]
    return [row for row in rows if not row[0].startswith(LEFT_OUT.get(method, ()))]


def _axes(analysis: Analysis) -> list[Row]:
    """The Onsager conductivity along x, y and z, each from one axis of the currents."""
    axes = zip("xyz", analysis.spectral.along_axes, strict=True)
    return [_row(f"kappa_onsager_{axis}", "spectral", one, "W/m/K") for axis, one in axes]


def _parts(analysis: Analysis) -> list[Row]:
    """Kinetic, potential and cross part of the naive conductivity."""
    parts = analysis.green_kubo.parts.items()
    return [_row(f"kappa_{name}", "green_kubo", part, "W/m/K") for name, part in parts]


def _row(name: str, method: str, estimate: Estimate, unit: str) -> Row:
    return (name, method, estimate.value, estimate.standard_error, unit)


def _ionic_transport(analysis: Analysis) -> list[Row]:
    ions = analysis.ions
    estimates = {
        **{f"self_diffusion_{s}": (d, "direct", "m^2/s") for s, d in ions.self_diffusion_m2_per_s.items()},
        "conductivity": (ions.conductivity_S_per_m, "green_kubo", "S/m"),
        "conductivity_nernst_einstein": (ions.nernst_einstein_S_per_m, "direct", "S/m"),
        "haven_ratio": (ions.haven_ratio, "green_kubo", "1"),
    }
    return [
        _row(name, method, estimate, unit)
        for name, (estimate, method, unit) in estimates.items()
        if estimate is not None
    ]


def _conditions(analysis: Analysis, series: FluxSeries) -> list[Row]:
    temperatures = np.atleast_1d(series.temperature_K)
    spread = float(temperatures.std(ddof=1) / np.sqrt(len(temperatures))) if len(temperatures) > 1 else 0.0
    atoms = sum(series.counts.values())
    return [
        *(
            (f"msd_{symbol}", "direct", value, 0.0, "A^2")
            for symbol, value in series.largest_msd_A2.items()
            if symbol not in analysis.mobile
        ),
        ("temperature", "direct", float(temperatures.mean()), spread, "K"),
        ("volume_per_atom", "direct", float(np.mean(series.volume_A3)) / atoms, 0.0, "A^3"),
        ("atoms", "direct", float(atoms), 0.0, "1"),
        ("replicas", "direct", float(series.n_replicas), 0.0, "1"),
        ("total_time", "direct", analysis.total_ps, 0.0, "ps"),
    ]


def curves(_series: FluxSeries, _material: Material, analysis: Analysis) -> tuple[list[str], np.ndarray]:
    """Column names and values of the running integrals with their standard errors."""
    integrals = analysis.green_kubo.integrals
    matrix, matrix_error = integrals.onsager()
    kappa, kappa_error = integrals.kappa()
    columns = {"time_ps": integrals.time_ps}
    for name, (a, b) in element_names(matrix.shape[-1]).items():
        columns[name], columns[f"{name}_error"] = matrix[:, a, b], matrix_error[:, a, b]
    columns["kappa_onsager"], columns["kappa_onsager_error"] = kappa, kappa_error
    return list(columns), np.column_stack(list(columns.values()))


def gauge_curves(
    _series: FluxSeries, _material: Material, analysis: Analysis
) -> tuple[list[str], np.ndarray]:
    """Parts of the conductivity against a shift of the mobile ions' site energies, with errors."""
    plateau = analysis.green_kubo.integrals.plateau(analysis.green_kubo.plateau_ps)
    per_mass = GAUGE_SHIFTS_EV / analysis.masses_u[0]

    def family(basis: np.ndarray) -> np.ndarray:
        one = gauge_family(basis, per_mass)
        return np.column_stack([one.kk, one.pp, one.kp, one.naive, one.kappa])

    values, errors = jackknife(family, plateau)
    names = ["kk", "pp", "kp", "naive", "onsager"]
    return _kappas({"shift_eV_per_ion": GAUGE_SHIFTS_EV}, names, values, errors)


def stability_curves(
    _series: FluxSeries, _material: Material, analysis: Analysis
) -> tuple[list[str], np.ndarray]:
    """Cepstral κ and its standard error against f*, for every P*; NaN for fewer bins than terms."""
    spectrum = analysis.spectra.uniform
    highest = float(spectrum.frequency_THz[-1])
    lowest = float(spectrum.frequency_THz[0]) * FEWEST_BINS
    cutoffs = np.geomspace(lowest, highest, STABILITY_CUTOFFS)
    values, errors = stability(spectrum, cutoffs, np.array(STABILITY_TERMS))
    return _kappas({"cutoff_THz": cutoffs}, [str(terms) for terms in STABILITY_TERMS], values, errors)


def _kappas(
    first: dict[str, np.ndarray], names: list[str], values: np.ndarray, errors: np.ndarray
) -> tuple[list[str], np.ndarray]:
    """A first column, then kappa_<name> and its error for every column of values (n, names)."""
    columns = dict(first)
    for name, value, error in zip(names, values.T, errors.T, strict=True):
        columns[f"kappa_{name}"], columns[f"kappa_{name}_error"] = value, error
    return list(columns), np.column_stack(list(columns.values()))


def spectrum_curves(
    _series: FluxSeries, _material: Material, analysis: Analysis
) -> tuple[list[str], np.ndarray]:
    """Spectra of the energy current (naive) and of its part uncorrelated with the ion currents (Onsager).

    In units of κ, over the band of the quoted estimate."""
    spectrum = analysis.spectra.graded
    shown = spectrum.frequency_THz <= analysis.spectral.band_THz
    matrices, realisations = spectrum.mean()
    reduced, dof = reduced_spectrum(matrices, realisations)
    naive = np.real(matrices[:, 0, 0])
    columns = {
        "frequency_THz": spectrum.frequency_THz,
        "naive": naive,
        "naive_error": naive / np.sqrt(realisations),
        "onsager": reduced,
        "onsager_error": reduced / np.sqrt(dof),
    }
    return list(columns), np.column_stack(list(columns.values()))[shown]


def msd_curves(series: FluxSeries, _material: Material, _analysis: Analysis) -> tuple[list[str], np.ndarray]:
    """Mean squared displacements of all species with the error over replicas, at most MSD_POINTS lags."""
    msd = series.msd or {}
    lags = min((values.shape[1] for values in msd.values()), default=0)
    chosen = np.unique(np.linspace(0, max(lags - 1, 0), min(MSD_POINTS, lags)).astype(int))
    columns = {"time_ps": 1e-3 * (series.msd_dt_fs or 0.0) * chosen}
    for symbol, values in msd.items():
        drawn = values[:, chosen]
        columns[f"msd_{symbol}"] = drawn.mean(axis=0)
        spread = drawn.std(axis=0, ddof=1) if len(drawn) > 1 else np.zeros(len(chosen))
        columns[f"msd_{symbol}_error"] = spread / np.sqrt(len(drawn))
    return list(columns), np.column_stack(list(columns.values()))


def analyse_run(series: FluxSeries, material: Material) -> Analysis:
    """`analyse` with the settings of a material; a short run gets shorter lags and a warning."""
    return analyse(
        series,
        material.mobile,
        material.charges,
        max_lag_ps=material.plateau_ps[1],
        plateau_ps=material.plateau_ps,
        framework_msd_A2=material.framework_msd_A2,
        shorten=True,
    )


CURVES = {
    "running": curves,
    "gauge": gauge_curves,
    "stability": stability_curves,
    "spectrum": spectrum_curves,
    "msd": msd_curves,
}
"""Tables of curves in addition to the quantities: <run>-<kind>.csv."""
