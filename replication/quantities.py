"""The numbers of a run that figures, claims and tables rest on: from an analysis to rows and columns."""

from __future__ import annotations

import numpy as np

from superionic.flux.series import FluxSeries
from superionic.materials import Material
from superionic.transport.analysis import Analysis, analyse, onsager_names
from superionic.transport.cepstral import FEWEST_BINS, stability
from superionic.transport.currents import select_currents
from superionic.transport.decomposition import gauge_family
from superionic.transport.green_kubo import running, running_integrals
from superionic.transport.matrix_limits import MatrixLimits
from superionic.transport.spectrum import spectra
from superionic.transport.uncertainty import jackknife

ANALYSIS_VERSION = 1
"""Part of what stamps every reduced table. Raise it when an estimator, a unit or a column changes, and make
the tables anew with `make reduce`; a test that recomputes them notices when it was forgotten."""

GAUGE_SHIFTS_EV = np.linspace(-4.0, 4.0, 81)
"""Shifts of the mobile ions' site energies for the family of decompositions."""

STABILITY_TERMS = (4, 6, 8, 12, 16)
STABILITY_CUTOFFS = 40
"""Grid of the stability table: P*, and the number of f* from 24 bins to the highest frequency."""

COLUMNS = ["quantity", "method", "value", "error", "unit"]
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


CURVES = {"running": curves, "gauge": gauge_curves, "stability": stability_curves}
"""Tables of curves beside the one of quantities: <run>-<kind>.csv."""
