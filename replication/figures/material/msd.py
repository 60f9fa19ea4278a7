"""Mean squared displacements: the mobile ions diffuse, the framework stays on its sites."""

from __future__ import annotations

from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ...material_folder import MaterialFolder
from ...reduced.results import read_curves
from ..drawing import Columns, Drawing, explain

EXPLANATION = "bands: ±1 standard error over replicas; grey line: slope of diffusive motion, MSD ∝ $t$"
LINES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
"""Line styles of the species, in the order of the potential."""


def draw(material: MaterialFolder) -> Drawing | None:
    """The committee's models at its temperature; None without runs."""
    committee, runs = material.committee(), material.committee_runs()
    if committee is None or not runs:
        return None
    figure, axes = plt.subplots(figsize=(5.8, 4.4))
    drawn: Columns = {}
    for model, run in runs.items():
        drawn |= _curves(axes, material, model, run)
    first = next(iter(runs))
    time, mobile = drawn[f"{first}_time_ps"][1:], drawn[f"{first}_msd_{material.mobile}"][1:]
    axes.plot(time, 2.0 * mobile[-1] * time / time[-1], color="0.75", linewidth=1.0, zorder=0)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="time (ps)",
        ylabel="mean squared displacement (Å$^2$)",
        title=f"{material.title}, {committee.temperature_K:g} K, cell {committee.cell}",
    )
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.4)  # room for the legend
    axes.legend(handles=_legend(material, list(runs)), loc="upper left", ncols=2, fontsize=8)
    explain(figure, EXPLANATION)
    return figure, drawn


def _curves(axes: Axes, material: MaterialFolder, model: str, run: str) -> Columns:
    """All species of one run."""
    curves, style = read_curves(run, "msd"), material.style(model)
    time = curves["time_ps"]
    drawn: Columns = {f"{model}_time_ps": time}
    for symbol, line in zip(material.material.elements, LINES, strict=False):
        value, error = curves[f"msd_{symbol}"], curves[f"msd_{symbol}_error"]
        low, high = np.maximum(value - error, 1e-3)[1:], (value + error)[1:]
        axes.plot(time[1:], value[1:], line, color=style.colour, linewidth=1.1)
        axes.fill_between(time[1:], low, high, color=style.colour, alpha=0.2, linewidth=0)
        drawn |= {f"{model}_msd_{symbol}": value, f"{model}_msd_{symbol}_error": error}
    return drawn


def _legend(material: MaterialFolder, models: list[str]) -> list[Line2D]:
    """Colours are models, line styles are species."""
    styles = [material.style(model) for model in models]
    return [
        *(Line2D([], [], color=style.colour, label=style.label) for style in styles),
        *(
            Line2D([], [], color="0.3", linestyle=line, label=symbol)
            for symbol, line in zip(material.material.elements, LINES, strict=False)
        ),
    ]
