"""Figure 2: with the Onsager correction both potentials have the same conductivity."""

from __future__ import annotations

import matplotlib.pyplot as plt

from ..paper.claims import paper_value
from ..reduced.results import read_curves
from .drawing import (
    EXPLANATION,
    LETTERS,
    Columns,
    Drawing,
    band,
    explain,
    main_material,
    main_runs,
    our_point,
    paper_point,
)

PANELS = (
    ("L01", 1e8, 6.0, "coupling", "$L_{01}$  (10$^{-8}$ kg m$^{-1}$ s$^{-1}$ K$^{-1}$)"),
    ("L11", 1e15, 3.0, "ion flow", "$L_{11}$  (10$^{-15}$ kg s m$^{-3}$ K$^{-1}$)"),
    (
        "kappa_onsager",
        1.0,
        1.2,
        "Onsager conductivity",
        "$\\kappa = L_{00} - L_{01}^2/L_{11}$  (W m$^{-1}$ K$^{-1}$)",
    ),
)
"""Column of the running integrals, scale factor, upper limit of the axis, title, axis label."""

KAPPA_FROM_PS = 1.0
"""κ(t) is drawn from here on: at shorter times vibrations dominate the ratio of the running integrals."""


def draw() -> Drawing | None:
    material = main_material()
    if material is None:
        return None
    runs = main_runs(material)
    (temperature,) = {material.runs[run].temperature_K for run in runs.values()}
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.7))
    drawn: Columns = {}
    for axes, letter, (quantity, factor, top, title, label) in zip(panels, LETTERS, PANELS, strict=False):
        for shift, (model, run) in enumerate(runs.items()):
            style, curves = material.style(model), read_curves(run)
            time, value, error = curves["time_ps"], curves[quantity], curves[f"{quantity}_error"]
            shown = time >= (KAPPA_FROM_PS if quantity == "kappa_onsager" else 0.0)
            x, y, dy = time[shown], factor * value[shown], factor * error[shown]
            band(axes, x, y, dy, style, f"{model}, this work")
            our_point(axes, 10.4 + 1.0 * shift, run, quantity, style, factor)
            paper = paper_value(f"{quantity}_{model}")
            published = factor * paper.value, factor * paper.error
            paper_point(axes, 10.8 + 1.0 * shift, *published, style, f"{model}, paper")
            drawn |= {"time_ps": time, f"{quantity}_{model}": value, f"{quantity}_{model}_error": error}
        axes.set(
            xlim=(0, 12.2),
            ylim=(0, top),
            xticks=range(0, 11, 2),
            xlabel="correlation time (ps)",
            ylabel=label,
            title=f"({letter})  {title}",
        )
    panels[2].legend(loc="upper left", ncols=2, columnspacing=1.0, handlelength=1.6)
    figure.suptitle(f"{material.title}, {temperature:g} K")
    explain(figure, EXPLANATION)
    return figure, drawn
