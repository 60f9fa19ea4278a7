"""Data of the interactive charts as plain dictionaries; the page's script passes them to plotly."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from ..material_folder import MaterialFolder
from ..reduced.results import Kind, NoNumberError, read_curves
from ..reduced.temperature import temperature_series

Chart = dict[str, Any]

QUANTITIES = {
    "kappa_naive": "naive κ = L₀₀ (W/m/K)",
    "kappa_onsager": "Onsager κ (W/m/K)",
    "L01": "L₀₁ (kg/m/s/K)",
    "L11": "L₁₁ (kg s/m³/K)",
    "coupled_fraction": "coupled fraction r",
    "conductivity": "ionic conductivity (S/m)",
}
"""Quantities drawn against temperature, with their axis titles."""

DIGITS = 5
EVERY = 2
"""Running integrals are thinned to every second point, finer than the resolution of a screen."""


def against_temperature(material: MaterialFolder) -> list[Chart]:
    """One chart per quantity: a line with error bars per model and cell with at least two temperatures."""
    lines = {(point.model, point.cell) for point in material.runs.values()}
    charts = []
    for quantity, label in QUANTITIES.items():
        figure = go.Figure()
        for model, cell in sorted(lines):
            try:
                series = temperature_series(material.name, model, cell, quantity)
            except NoNumberError:  # with several mobile species there is no single L11
                continue
            if len(series.value) < 2:
                continue
            style = material.style(model)
            figure.add_scatter(
                x=_short(series.temperature_K),
                y=_short(series.value),
                error_y={"array": _short(series.error)},
                mode="lines+markers",
                name=f"{style.label}, cell {cell}",
                line={"color": style.colour, "dash": "solid" if _main(material, cell) else "dot"},
                customdata=list(series.runs),
                hovertemplate="%{customdata}<br>%{x:.0f} K: %{y:.4g} ± %{error_y.array:.2g}<extra></extra>",
            )
        if figure.data:
            figure.update_layout(xaxis_title="temperature (K)", yaxis_title=label, yaxis_rangemode="tozero")
            charts.append({"title": label, **figure.to_plotly_json()})
    return charts


def _main(material: MaterialFolder, cell: str) -> bool:
    chosen = material.conductivity()
    return chosen is not None and chosen.cell == cell


CAPTIONS = {
    "running": "Running Green–Kubo integrals; the conductivities are the plateau values.",
    "spectrum": "Power spectra whose zero-frequency limits are the two conductivities.",
    "gauge": "Kinetic, potential and cross parts under a shift of the ions' site energies; forces are equal.",
}
"""Captions of the charts of a run."""


def curves_of(material: MaterialFolder, run: str) -> dict[str, Any]:
    """Data of the charts of a run, running integrals thinned."""
    point = material.runs[run]
    data: dict[str, Any] = {
        "label": f"{material.style(point.model).label}, {point.temperature_K:g} K, cell {point.cell}"
    }
    every = {"running": EVERY}
    for kind in CURVES:
        columns = read_curves(run, kind)
        data[kind] = {name: _short(values[:: every.get(kind, 1)]) for name, values in columns.items()}
    return data


CURVES: tuple[Kind, ...] = ("running", "spectrum", "gauge")


def _short(values: np.ndarray) -> list[float]:
    """Numbers with few digits, to keep the page small."""
    return [float(f"{value:.{DIGITS}g}") for value in values]
