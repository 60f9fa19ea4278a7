"""The Onsager conductivity along each axis of the cell, for every model and cell."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from ...material_folder import MaterialFolder
from ...reduced.results import has_results, read_results
from ..drawing import Drawing, explain

EXPLANATION = (
    "colours: potentials; spectral estimates, one Cartesian component of the currents at a time; "
    "bars: ±1 standard error"
)
AXES = (("x", ">"), ("y", "d"), ("z", "p"))
"""Axis, marker."""


def draw(material: MaterialFolder) -> Drawing | None:
    """Every run of the committee's models at its temperature, smallest cells first; None without runs."""
    committee = material.committee()
    if committee is None:
        return None
    runs = {
        run: read_results(run).get("atoms", "direct").value
        for run, point in material.runs.items()
        if point.model in committee.models
        and point.temperature_K == committee.temperature_K
        and has_results(run)
    }
    ordered = sorted(runs, key=lambda run: (committee.models.index(material.runs[run].model), runs[run]))
    figure, axes = plt.subplots(figsize=(1.8 + 0.6 * max(4, len(ordered)), 3.8))
    place = np.arange(len(ordered), dtype=float)
    drawn = {"run": place, "atoms": np.array([runs[run] for run in ordered])}
    colours = [material.style(material.runs[run].model).colour for run in ordered]
    for shift, (axis, marker) in enumerate(AXES):
        estimates = [read_results(run).get(f"kappa_onsager_{axis}") for run in ordered]
        value, error = np.array([(one.value, one.standard_error) for one in estimates]).T
        for x, y, half, colour in zip(place + 0.2 * (shift - 1), value, error, colours, strict=True):
            axes.errorbar([x], [y], [half], fmt=marker, color=colour, capsize=2.5, markersize=5)
        axes.plot([], [], marker, color="0.3", markersize=5, label=f"along ${axis}$")
        drawn |= {f"kappa_{axis}_W_per_mK": value, f"kappa_{axis}_error": error}
    labels = [f"{material.runs[run].model}\n{material.runs[run].cell}" for run in ordered]
    axes.set_xticks(place, labels, fontsize=8)
    axes.set(
        ylabel=r"Onsager $\kappa$  (W m$^{-1}$ K$^{-1}$)", ylim=(0, 1.35 * axes.get_ylim()[1]),
        xlabel="potential and cell (atoms)",
        title=f"{material.title}, {committee.temperature_K:g} K",
    )  # fmt: skip
    axes.legend(loc="upper left", ncols=3)
    explain(figure, "; ".join(filter(None, (EXPLANATION, committee.cells))))
    return figure, drawn
