"""Figure 1: the naive thermal conductivity depends on the potential, although the forces agree."""

from __future__ import annotations

import matplotlib.pyplot as plt

from superionic.transport.green_kubo import PLATEAU_PS

from ..paper.claims import paper_value
from ..reduced.results import read_curves
from .drawing import (
    EXPLANATION,
    Columns,
    Drawing,
    band,
    explain,
    main_material,
    main_runs,
    our_point,
    paper_point,
)


def draw() -> Drawing | None:
    material = main_material()
    if material is None:
        return None
    runs = main_runs(material)
    (temperature,) = {material.runs[run].temperature_K for run in runs.values()}
    figure, axes = plt.subplots(figsize=(5.6, 4.0))
    drawn: Columns = {}
    for shift, (model, run) in enumerate(runs.items()):
        style, curves = material.style(model), read_curves(run)
        time, value, error = curves["time_ps"], curves["L00"], curves["L00_error"]
        band(axes, time, value, error, style, f"{model}, this work")
        our_point(axes, 10.25 + 0.6 * shift, run, "kappa_naive", style)
        paper = paper_value(f"naive_kappa_{model}")
        paper_point(axes, 10.5 + 0.6 * shift, paper.value, paper.error, style, f"{model}, paper")
        drawn |= {"time_ps": time, f"naive_{model}_W_per_mK": value, f"error_{model}": error}
    axes.axvspan(*PLATEAU_PS, color="0.94", zorder=0)
    axes.text(sum(PLATEAU_PS) / 2, 1.62, "plateau window", color="0.45", ha="center", fontsize=8.5)
    axes.set(
        xlim=(0, 11.4),
        xticks=range(0, 11, 2),
        ylim=(0, 2.2),
        xlabel="correlation time (ps)",
        ylabel="naive $\\kappa = L_{00}$  (W m$^{-1}$ K$^{-1}$)",
        title=f"{material.title}, {temperature:g} K: nearly equal forces, different naive κ",
    )
    axes.legend(loc="upper right", ncols=2)
    explain(figure, EXPLANATION)
    return figure, drawn
