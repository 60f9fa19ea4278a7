"""The Onsager conductivity along the axes of the cell: is the crystal anisotropic, does its start matter?"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from ...material_folder import MaterialFolder
from ...reduced.results import has_results, read_results
from ..drawing import Drawing, explain

EXPLANATION = "spectral estimates, one axis of the currents at a time; bars: ±1 standard error"
AXES = (("x", "o", "#0072B2"), ("y", "s", "#D55E00"), ("z", "^", "#009E73"))
"""Axis, symbol, colour."""


def draw(material: MaterialFolder) -> Drawing | None:
    """Every run of the committee's models at its temperature, the smallest cells first; None without runs."""
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
    figure, axes = plt.subplots(figsize=(1.8 + 0.75 * max(4, len(ordered)), 3.8))
    place = np.arange(len(ordered), dtype=float)
    drawn = {"run": place, "atoms": np.array([runs[run] for run in ordered])}
    for shift, (axis, marker, colour) in enumerate(AXES):
        estimates = [read_results(run).get(f"kappa_onsager_{axis}") for run in ordered]
        value, error = np.array([(one.value, one.standard_error) for one in estimates]).T
        axes.errorbar(
            place + 0.18 * (shift - 1), value, error, fmt=marker, color=colour, capsize=2.5, markersize=5,
            label=f"along {axis}",
        )  # fmt: skip
        drawn |= {f"kappa_{axis}_W_per_mK": value, f"kappa_{axis}_error": error}
    labels = [f"{material.runs[run].model}\n{material.runs[run].cell}" for run in ordered]
    axes.set_xticks(place, labels, fontsize=7)
    axes.set(
        ylabel=r"Onsager $\kappa$  (W m$^{-1}$ K$^{-1}$)", ylim=(0, 1.35 * axes.get_ylim()[1]),
        title=f"{material.title}, {committee.temperature_K:g} K: model and cell",
    )  # fmt: skip
    axes.legend(loc="upper left", ncols=3)
    explain(figure, EXPLANATION)
    return figure, drawn
