"""Figure 4: kinetic, potential and cross parts of κ depend on the gauge, the Onsager κ does not."""

from __future__ import annotations

import matplotlib.pyplot as plt

from .drawing import Columns, Drawing, explain, main_material, main_runs
from .material.decomposition import draw_parts, explanation


def draw() -> Drawing | None:
    material = main_material()
    if material is None:
        return None
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.8), sharey=True)
    drawn: Columns = {}
    for axes, letter, (model, run) in zip(panels, "ab", main_runs(material).items(), strict=True):
        drawn |= draw_parts(axes, material, run, model)
        temperature = material.runs[run].temperature_K
        axes.set(ylim=(-8, 10), title=f"({letter})  {material.title}, {model}, {temperature:g} K")
    panels[0].set_ylabel("parts of $L_{00}$  (W m$^{-1}$ K$^{-1}$)")
    panels[0].legend(loc="upper center", ncols=2)
    explain(figure, explanation(material))
    return figure, drawn
