"""Kinetic, potential and cross parts of κ, and the Onsager κ, under a shift of the ions' site energies."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ...material_folder import MaterialFolder
from ...presentation import QUANTITY_COLOURS
from ...reduced.results import read_curves
from ..drawing import LETTERS, Columns, Drawing, explain

PARTS = (
    ("kk", "kinetic", "kinetic", "-"),
    ("pp", "potential", "potential", "-"),
    ("kp", "cross", "cross", "-."),
    ("naive", "naive (sum)", "naive", "--"),
    ("onsager", "Onsager", "onsager", "-"),
)
"""Column, label, quantity that sets the colour, line style."""

COLUMNS = 3
"""Panels in a row."""


def draw_parts(axes: Axes, material: MaterialFolder, run: str, model: str) -> Columns:
    """The parts of one run against the shift; symbols at zero shift, the potential as trained."""
    curves = read_curves(run, "gauge")
    shift = curves["shift_eV_per_ion"]
    drawn = {f"shift_eV_per_{material.mobile}": shift}
    trained = int(np.abs(shift).argmin())
    for name, label, quantity, line in PARTS:
        colour = QUANTITY_COLOURS[quantity]
        value, error = curves[f"kappa_{name}"], curves[f"kappa_{name}_error"]
        axes.plot(shift, value, line, color=colour, label=label, zorder=3 if name == "onsager" else 2)
        axes.fill_between(shift, value - error, value + error, color=colour, alpha=0.18, linewidth=0)
        axes.errorbar(
            [0.0], [value[trained]], [error[trained]], fmt="o", color=colour, markersize=4.5, zorder=4
        )
        drawn |= {f"{model}_{name}_W_per_mK": value, f"{model}_{name}_error": error}
    axes.axvline(0, color="0.85", linewidth=0.8, zorder=0)
    axes.axhline(0, color="0.85", linewidth=0.8, zorder=0)
    axes.set(xlim=(shift[0], shift[-1]), xlabel=f"shift of the {material.mobile} site energies (eV per ion)")
    return drawn


def explanation(material: MaterialFolder) -> str:
    """Small print."""
    return (
        f"a shift of the {material.mobile} site energies changes no force; "
        "symbols: the potential as trained; bands and bars: ±1 standard error"
    )


def draw(material: MaterialFolder) -> Drawing | None:
    """Every model of the committee; None without runs."""
    committee, runs = material.committee(), material.committee_runs()
    if committee is None or not runs:
        return None
    columns = min(COLUMNS, len(runs))
    rows = -(-len(runs) // columns)
    figure, panels = plt.subplots(
        rows,
        columns,
        figsize=(1.2 + 2.4 * columns, 1.4 + 2.4 * rows),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    drawn: Columns = {}
    for axes, letter, (model, run) in zip(panels.flat, LETTERS, runs.items(), strict=False):
        drawn |= draw_parts(axes, material, run, model)
        axes.set(title=f"({letter})  {material.style(model).label}", xlabel="")
    for axes in panels.flat[len(runs) :]:
        axes.set_axis_off()
    for axes in panels.flat[len(runs) - columns : len(runs)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(f"shift, {material.mobile} (eV per ion)")
    for row in panels:
        row[0].set_ylabel("parts of $L_{00}$  (W m$^{-1}$ K$^{-1}$)")
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(PARTS),
        title=f"{material.title}, {committee.temperature_K:g} K", title_fontsize=10,
    )  # fmt: skip
    explain(figure, explanation(material))
    return figure, drawn
