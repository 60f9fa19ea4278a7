"""All potentials of a material compared: the naive κ differs, the Onsager κ does not."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from ...material_folder import MaterialFolder
from ...presentation import QUANTITY_COLOURS
from ..drawing import Drawing, explain, spectral

QUANTITIES = (
    ("kappa_naive", "naive $\\kappa = L_{00}$", "s", QUANTITY_COLOURS["naive"], -0.06),
    ("kappa_onsager", r"Onsager $\kappa = L_{00}-L_{01}^2/L_{11}$", "o", QUANTITY_COLOURS["onsager"], 0.06),
)
"""Quantity, label, marker, colour, horizontal offset."""

TICKS = (0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20)


def draw(material: MaterialFolder) -> Drawing | None:
    """Naive and Onsager κ of each potential, one column per potential; None without runs."""
    committee, runs = material.committee(), material.committee_runs()
    if committee is None or not runs:
        return None
    figure, axes = plt.subplots(figsize=(1.6 + 0.85 * max(3, len(runs)), 3.8))
    place = np.arange(len(runs), dtype=float)
    drawn = {"model": place}
    for name, label, marker, colour, offset in QUANTITIES:
        value, error = np.array([spectral(run, name) for run in runs.values()]).T
        axes.errorbar(
            place + offset, value, error, fmt=marker, color=colour, capsize=3, markersize=6, label=label
        )
        drawn |= {f"{name}_W_per_mK": value, f"{name}_error": error}
    low, high = drawn["kappa_onsager_W_per_mK"].min(), drawn["kappa_naive_W_per_mK"].max()
    axes.set_xticks(place, [material.style(model).label.replace(" ", "\n") for model in runs])
    axes.set(
        xlim=(-0.5, len(runs) - 0.5), yscale="log", ylim=(0.6 * low, 2.2 * high),
        ylabel=r"$\kappa$  (W m$^{-1}$ K$^{-1}$)",
        title=f"{material.title}, {committee.temperature_K:g} K",
    )  # fmt: skip
    ticks = [tick for tick in TICKS if 0.6 * low <= tick <= 2.2 * high]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.legend(loc="upper left")
    explain(figure, "spectral estimates; bars (some within the symbols): ±1 standard error")
    return figure, drawn
