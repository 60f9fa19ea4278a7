"""Kinetic, potential and cross parts of κ, and the Onsager κ, under a shift of the ions' site energies."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ...material_folder import MaterialFolder
from ...reduced.results import read_curves
from ..drawing import Columns, Drawing, explain

PARTS = (
    ("kk", "kinetic", "#0072B2", "-"),
    ("pp", "potential", "#009E73", "-"),
    ("kp", "cross", "#CC79A7", "-"),
    ("naive", "naive (their sum)", "0.35", "--"),
    ("onsager", "Onsager", "#D55E00", "-"),
)
"""Column, label, colour, line style."""


def family(axes: Axes, material: MaterialFolder, run: str, model: str) -> Columns:
    """The parts of one run against the shift; symbols where the potential was trained."""
    curves = read_curves(run, "gauge")
    shift = curves["shift_eV_per_ion"]
    drawn = {f"shift_eV_per_{material.mobile}": shift}
    trained = int(np.abs(shift).argmin())
    for name, label, colour, line in PARTS:
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
    return (
        f"a shift of the {material.mobile} site energies changes no force; "
        "symbols: the potential as trained; bands and bars: ±1 standard error"
    )


def draw(material: MaterialFolder) -> Drawing | None:
    """Every model of the committee; None without runs."""
    committee = material.committee()
    if committee is None:
        return None
    runs = {
        model: run
        for model in committee.models
        if (run := material.run(model, committee.temperature_K, committee.cell)) is not None
    }
    if not runs:
        return None
    figure, panels = plt.subplots(
        1, len(runs), figsize=(1.2 + 2.6 * len(runs), 3.8), sharey=True, squeeze=False
    )
    drawn: Columns = {}
    for axes, letter, (model, run) in zip(panels[0], "abcdefgh", runs.items(), strict=False):
        drawn |= family(axes, material, run, model)
        axes.set(title=f"({letter})  {material.style(model).label}", xlabel="")
    panels[0, len(runs) // 2].set_xlabel(f"shift of the {material.mobile} site energies (eV per ion)")
    panels[0, 0].set_ylabel("parts of $L_{00}$  (W m$^{-1}$ K$^{-1}$)")
    panels[0, 0].legend(loc="upper center", ncols=2, fontsize=7)
    figure.suptitle(f"{material.title}, {committee.temperature_K:g} K", fontsize=10)
    explain(figure, explanation(material))
    return figure, drawn
