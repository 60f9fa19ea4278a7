"""Arrhenius plots: self-diffusion, ionic conductivity and the Onsager conductivity against 1/T."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from superionic.units import BOLTZMANN_EV_PER_K
from superionic.validation.fits import arrhenius, arrhenius_line

from ...material_folder import MaterialFolder
from ...presentation import Conductivity
from ...reduced.results import Method, NoNumberError
from ...reduced.temperature import temperature_series
from ..drawing import LETTERS, Columns, Drawing, explain

EXPLANATION = (
    "lines: Arrhenius fits to at least three temperatures, activation energies $E$ in eV; "
    "bars: ±1 standard error"
)

Panel = tuple[str, Method, float, str]
"""Quantity, method, scale factor, axis label."""


def draw(material: MaterialFolder) -> Drawing | None:
    """None before a model has been run at two temperatures."""
    sweep = material.conductivity()
    if sweep is None:
        return None
    diffusion = f"$D$({material.mobile})  (10$^{{-9}}$ m$^2$ s$^{{-1}}$)"
    shown: tuple[Panel, ...] = (
        (f"self_diffusion_{material.mobile}", "direct", 1e9, diffusion),
        ("conductivity", "green_kubo", 1e-5, "$\\sigma T$  (10$^5$ S K m$^{-1}$)"),
        ("kappa_onsager", "spectral", 1.0, "Onsager $\\kappa$  (W m$^{-1}$ K$^{-1}$)"),
    )
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 4.2))
    drawn: Columns = {}
    for axes, letter, panel in zip(panels, LETTERS, shown, strict=False):
        for model in sweep.models:
            drawn |= _points(axes, material, sweep, model, panel)
        axes.set(xlabel="1000 K / $T$", ylabel=panel[3], yscale="log", title=f"({letter})")
        low, high = axes.get_ylim()
        axes.set_ylim(low * (low / high) ** 0.45 / 1.1, 1.1 * high)  # room for the legend
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high > 4 * low else range(1, 10)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.legend(loc="lower left", fontsize=8)
    figure.suptitle(material.title)
    explain(figure, "; ".join(filter(None, (sweep.conditions, EXPLANATION))))
    return figure, drawn


def _points(axes: Axes, material: MaterialFolder, sweep: Conductivity, model: str, panel: Panel) -> Columns:
    """One model: points, and the fit to at least three of them."""
    quantity, method, factor, _ = panel
    try:
        series = temperature_series(material.name, model, sweep.cell, quantity, method)
    except NoNumberError:  # a run too short for a diffusion coefficient
        return {}
    style = material.style(model)
    temperature = series.temperature_K
    scale = factor * (temperature if quantity == "conductivity" else np.ones_like(temperature))
    value, error = scale * series.value, scale * series.error
    label = style.label
    energy, line = arrhenius(temperature, value, error), arrhenius_line(temperature, value, error)
    if energy is not None and line is not None:
        label += f":  $E$ = {energy}".replace("-", "−")
        grid = np.linspace(1 / temperature.max(), 1 / temperature.min(), 50)
        fit = np.exp(line[0] / BOLTZMANN_EV_PER_K * grid + line[1])
        axes.plot(1000 * grid, fit, color=style.colour, linewidth=0.8)
    axes.errorbar(
        1000 / temperature, value, error, fmt=style.marker, color=style.colour, capsize=2.5, markersize=5,
        label=label,
    )  # fmt: skip
    columns = {"K": temperature, "value": series.value, "error": series.error}
    return {f"{quantity}_{model}_{key}": values for key, values in columns.items()}
