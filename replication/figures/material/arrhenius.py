"""Arrhenius plots: self-diffusion, ionic conductivity and the Onsager conductivity against 1/T."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, ScalarFormatter

from superionic.units import BOLTZMANN_EV_PER_K
from superionic.validation.fits import arrhenius, arrhenius_line

from ...material_folder import MaterialFolder
from ...presentation import Conductivity
from ...reduced.results import Method
from ...reduced.temperature import temperature_series
from ..drawing import Columns, Drawing, explain

EXPLANATION = "lines: Arrhenius fits to three temperatures or more, energies in eV; bars: ±1 standard error"

Panel = tuple[str, Method, float, str]
"""Quantity, method, factor for the axis, label of the axis."""


def draw(material: MaterialFolder) -> Drawing | None:
    """None before a model has been run at two temperatures."""
    chosen = material.conductivity()
    if chosen is None:
        return None
    diffusion = f"$D$({material.mobile})  (10$^{{-9}}$ m$^2$ s$^{{-1}}$)"
    shown: tuple[Panel, ...] = (
        (f"self_diffusion_{material.mobile}", "direct", 1e9, diffusion),
        ("conductivity", "green_kubo", 1e-5, "conductivity $\\times T$  (10$^5$ S K m$^{-1}$)"),
        ("kappa_onsager", "spectral", 1.0, "Onsager $\\kappa$  (W m$^{-1}$ K$^{-1}$)"),
    )
    figure, panels = plt.subplots(1, 3, figsize=(10.4, 3.8))
    drawn: Columns = {}
    for axes, letter, panel in zip(panels, "abc", shown, strict=True):
        for model in chosen.models:
            drawn |= _points(axes, material, chosen, model, panel)
        axes.set(xlabel="1000 / temperature (1/K)", ylabel=panel[3], yscale="log", title=f"({letter})")
        low, high = axes.get_ylim()
        axes.set_ylim(low * (low / high) ** 0.45 / 1.1, 1.1 * high)  # room for the legend
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(ScalarFormatter() if high < 30 * low else NullFormatter())
        axes.legend(loc="lower left", fontsize=7)
    figure.suptitle(material.title, fontsize=10)
    explain(figure, "; ".join(filter(None, (chosen.conditions, EXPLANATION))))
    return figure, drawn


def _points(axes: Axes, material: MaterialFolder, chosen: Conductivity, model: str, panel: Panel) -> Columns:
    """One model: points, and the line where there are three."""
    quantity, method, factor, _ = panel
    try:
        series = temperature_series(material.name, model, chosen.cell, quantity, method)
    except KeyError:  # a run too short for a diffusion coefficient
        return {}
    style = material.style(model)
    temperature = series.temperature_K
    scale = factor * (temperature if quantity == "conductivity" else np.ones_like(temperature))
    value, error = scale * series.value, scale * series.error
    label = style.label
    energy, line = arrhenius(temperature, value, error), arrhenius_line(temperature, value, error)
    if energy is not None and line is not None:
        label += f":  $E$ = {energy}"
        grid = np.linspace(1 / temperature.max(), 1 / temperature.min(), 50)
        fit = np.exp(line[0] / BOLTZMANN_EV_PER_K * grid + line[1])
        axes.plot(1000 * grid, fit, color=style.colour, linewidth=0.8)
    axes.errorbar(
        1000 / temperature, value, error, fmt=style.marker, color=style.colour, capsize=2.5, markersize=5,
        label=label,
    )  # fmt: skip
    columns = {"K": temperature, "value": series.value, "error": series.error}
    return {f"{quantity}_{model}_{key}": values for key, values in columns.items()}
