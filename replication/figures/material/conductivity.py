"""Naive and Onsager conductivity of a material against temperature."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ...material_folder import MaterialFolder
from ...presentation import Conductivity
from ...reduced.temperature import TemperatureSeries, temperature_series
from ..drawing import Columns, Drawing, explain

PANELS = (
    ("kappa_naive", "naive", "$\\kappa = L_{00}$  (W m$^{-1}$ K$^{-1}$)"),
    ("kappa_onsager", "Onsager", "$\\kappa = L_{00} - L_{01}^2/L_{11}$  (W m$^{-1}$ K$^{-1}$)"),
)
"""Quantity, title, axis label."""

EXPLANATION = "spectral estimates; bars: ±1 standard error; potentials offset by 3 K for clarity"


def draw(material: MaterialFolder) -> Drawing | None:
    """None before any model has been run at two temperatures."""
    sweep = material.conductivity()
    if sweep is None:
        return None
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.8))
    drawn = sweep_panels((panels[0], panels[1]), material, sweep, "ab")
    explain(figure, "; ".join(filter(None, (sweep.conditions, pressure(material, sweep), EXPLANATION))))
    return figure, drawn


def pressure(material: MaterialFolder, sweep: Conductivity) -> str:
    """The pressure at which the cells were equilibrated; empty if it differs or no stage was NPT."""
    pressures = {
        point.config.pressure_GPa if any(s.ensemble == "npt" for s in point.config.stages) else None
        for point in material.runs.values()
        if point.cell == sweep.cell and point.model in sweep.models
    }
    if len(pressures) != 1 or None in pressures:
        return ""
    (value,) = pressures
    return f"at {value:g} GPa" if value else "at zero pressure"


def sweep_panels(
    panels: tuple[Axes, Axes], material: MaterialFolder, sweep: Conductivity, letters: str
) -> Columns:
    """Draw the naive and the Onsager panel of one material; returns the drawn numbers."""
    drawn: Columns = {}
    span = sweep.span_K or _span(material, sweep)
    for index, (axes, (quantity, title, label)) in enumerate(zip(panels, PANELS, strict=True)):
        drawn |= _points(axes, material, sweep, quantity)
        top = sweep.tops_W_per_mK[index] if sweep.tops_W_per_mK else 1.35 * axes.get_ylim()[1]
        axes.set(xlim=span, ylim=(0, top), xlabel="temperature (K)", ylabel=label)
        axes.set_title(f"({letters[index]})  {material.title}, {title}")
    _references(panels[1], material, sweep, span)
    panels[0].legend(loc="lower left")
    panels[1].legend(loc="upper right", title=r"$\kappa \propto T^{\,p}$", title_fontsize=8.5)
    return drawn


def _span(material: MaterialFolder, sweep: Conductivity) -> tuple[float, float]:
    """The range of all temperatures, with a margin."""
    every = [_series(material, sweep, model, "kappa_onsager").temperature_K for model in sweep.models]
    low, high = np.concatenate(every).min(), np.concatenate(every).max()
    return float(low - 0.1 * (high - low) - 5), float(high + 0.1 * (high - low) + 5)


def _series(material: MaterialFolder, sweep: Conductivity, model: str, quantity: str) -> TemperatureSeries:
    return temperature_series(material.name, model, sweep.cell, quantity)


def _points(axes: Axes, material: MaterialFolder, sweep: Conductivity, quantity: str) -> Columns:
    """Points of every potential; the legend gives the exponent of the Onsager conductivity."""
    drawn: Columns = {}
    for shift, model in enumerate(sweep.models):
        series, style = _series(material, sweep, model, quantity), material.style(model)
        if not series.runs:
            continue
        label = style.label
        if quantity == "kappa_onsager" and len(series.value) > 1 and (series.value > 0).all():
            power = series.exponent()
            label += f":  $p$ = {power.value:.2f} ± {power.standard_error:.2f}".replace("-0", "−0")
        axes.errorbar(
            series.temperature_K + 3 * (shift - 1), series.value, series.error, fmt=style.marker + "-",
            color=style.colour, capsize=2.5, markersize=5, linewidth=1.0, label=label,
        )  # fmt: skip
        columns = {"value": series.value, "error": series.error, "K": series.temperature_K}
        drawn |= {f"{material.name}_{quantity}_{model}_{key}": values for key, values in columns.items()}
    return drawn


def _references(axes: Axes, material: MaterialFolder, sweep: Conductivity, span: tuple[float, float]) -> None:
    """The T^-1 line of an ordered crystal and the measured range."""
    every = [_series(material, sweep, model, "kappa_onsager") for model in sweep.models]
    first = next(series for series in every if series.runs)
    height = float(np.average(first.value, weights=first.error**-2))
    crossing = sweep.crossing_K or float(first.temperature_K.mean())
    temperature = np.linspace(span[0] + 10, span[1] - 10, 50)
    axes.plot(
        temperature, height * crossing / temperature, "--", color="0.6", linewidth=1.0,
        label="ordered crystal: $p$ = −1",
    )  # fmt: skip
    if (known := sweep.measured) is not None:
        axes.fill_between(
            [known.from_K, known.to_K], known.low, known.high, color="0.8", linewidth=0, zorder=0,
            label=known.source,
        )  # fmt: skip
