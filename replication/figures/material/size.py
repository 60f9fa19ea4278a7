"""Finite-size convergence: naive and Onsager κ and L11 against the number of atoms."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ...material_folder import MaterialFolder
from ...reduced.results import has_results, read_results
from ..drawing import LETTERS, Columns, Drawing, explain

PANELS = (
    ("kappa_naive", "naive $\\kappa = L_{00}$  (W m$^{-1}$ K$^{-1}$)"),
    ("kappa_onsager", "Onsager $\\kappa$  (W m$^{-1}$ K$^{-1}$)"),
    ("L11", "$L_{11}$  (10$^{-15}$ kg s m$^{-3}$ K$^{-1}$)"),
)
"""Quantity, axis label."""

FACTORS = {"L11": 1e15}
OFFSET = 1.06
"""Factor between the models on the logarithmic axis."""

EXPLANATION = "spectral estimates; bars: ±1 standard error; potentials offset horizontally for clarity"


def draw(material: MaterialFolder) -> Drawing | None:
    """At the temperature of the committee; None unless a model has been run in cells of two sizes."""
    committee = material.committee()
    if committee is None:
        return None
    cells_by_model = {
        model: cells
        for model in dict.fromkeys(point.model for point in material.runs.values())
        if len(cells := _cells(material, model, committee.temperature_K)) > 1
    }
    if not cells_by_model:
        return None
    panels_shown = PANELS if len(material.material.mobile) == 1 else PANELS[:2]
    figure, panels = plt.subplots(1, len(panels_shown), figsize=(3.3 * len(panels_shown), 3.6), squeeze=False)
    drawn: Columns = {}
    for axes, letter, (quantity, label) in zip(panels[0], LETTERS, panels_shown, strict=False):
        for shift, (model, runs) in enumerate(cells_by_model.items()):
            drawn |= _points(axes, material, model, runs, quantity, OFFSET ** (shift - 1))
        sizes = sorted({_atoms(run) for runs in cells_by_model.values() for run in runs})
        axes.set(xscale="log", xlabel="atoms in the cell", ylabel=label, title=f"({letter})")
        axes.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
        axes.minorticks_off()
        axes.set_ylim(0, 1.4 * axes.get_ylim()[1])
    panels[0, 0].legend(loc="upper left")
    figure.suptitle(f"{material.title}, {committee.temperature_K:g} K")
    explain(figure, EXPLANATION)
    return figure, drawn


def _cells(material: MaterialFolder, model: str, temperature_K: float) -> list[str]:
    """Runs of a model, one per cell size; of several of one size the last in sweep.toml."""
    by_size = {
        _atoms(run): run
        for run, point in material.runs.items()
        if (point.model, point.temperature_K) == (model, temperature_K) and has_results(run)
    }
    return [by_size[size] for size in sorted(by_size)]


def _atoms(run: str) -> float:
    return read_results(run).get("atoms", "direct").value


def _points(
    axes: Axes, material: MaterialFolder, model: str, runs: list[str], quantity: str, factor: float
) -> Columns:
    """One model against the number of atoms."""
    style = material.style(model)
    estimates = [read_results(run).get(quantity) for run in runs]
    size = np.array([_atoms(run) for run in runs])
    scale = FACTORS.get(quantity, 1.0)
    value = scale * np.array([one.value for one in estimates])
    error = scale * np.array([one.standard_error for one in estimates])
    axes.errorbar(
        size * factor, value, error, fmt=style.marker + "-", color=style.colour, capsize=2.5, markersize=5,
        linewidth=1.0, label=style.label,
    )  # fmt: skip
    return {f"{model}_atoms": size, f"{model}_{quantity}": value, f"{model}_{quantity}_error": error}
