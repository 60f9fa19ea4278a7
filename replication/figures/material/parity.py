"""The potentials on held-out frames: errors of forces and energies against the labels."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from superionic.tables import read_table

from ...committee.training_reports import training_reports
from ...material_folder import MaterialFolder
from ...paths import POTENTIALS
from ..drawing import LETTERS, Drawing, explain

NAMES = ("quantity", "model", "label", "error")
"""Columns of the drawn numbers; quantity 0 is a force component (eV/Å), 1 an energy (eV/atom)."""

QUANTITIES = (
    ("force_eV_per_A", "meV/Å", "force component, label (eV/Å)", "force error (meV/Å)", 2.2),
    ("energy_eV_per_atom", "meV/atom", "energy, label (eV/atom)", "energy error (meV/atom)", 5.0),
)
"""Column of the parity table, unit of the error, axis labels, marker size."""

SPLITS = ("validation", "test")
EXPLANATION = "validation and test frames; numbers: root mean square error over all points of a panel"

Rows = list[tuple[float, ...]]


def draw(material: MaterialFolder) -> Drawing | None:
    """One column per model, forces above energies; None before anything has been trained."""
    models = list(training_reports(material.name))
    if not models:
        return None
    figure, grid = plt.subplots(
        2,
        len(models),
        figsize=(1.0 + 2.5 * max(len(models), 2), 5.4),
        sharex="row",
        sharey="row",
        squeeze=False,
    )
    letters = iter(LETTERS + "ijklmnopqrstuvwxyz")
    rows: Rows = []
    for number, (panels, (quantity, unit, xlabel, ylabel, size)) in enumerate(
        zip(grid, QUANTITIES, strict=True)
    ):
        errors = errors_of(material.name, quantity, SPLITS)
        for index, (axes, (name, pairs)) in enumerate(zip(panels, errors.items(), strict=True)):
            _panel(axes, material, name, pairs, size)
            rms = 1000.0 * float(np.sqrt(np.mean(pairs[:, 1] ** 2))) if len(pairs) else float("nan")
            axes.set(
                xlabel=xlabel, title=f"({next(letters)})  {material.style(name).label}: {rms:.3g} {unit}"
            )
            rows += [(number, index, *pair) for pair in pairs]
        panels[0].set_ylabel(ylabel)
        largest = max((np.abs(pairs[:, 1]).max() for pairs in errors.values() if len(pairs)), default=1.0)
        panels[0].set_ylim(-1100.0 * largest, 1100.0 * largest)
    figure.suptitle(material.title)
    explain(figure, EXPLANATION)
    return figure, dict(zip(NAMES, np.array(rows).reshape(-1, 4).T, strict=True))


def errors_of(material: str, quantity: str, splits: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Labels and errors (n, 2) of each model on some splits."""
    errors = {}
    for name in training_reports(material):
        path = POTENTIALS / material / f"{name}_parity.csv"
        try:
            table = read_table(path)
            chosen = [row for row in table if row["quantity"] == quantity and row["split"] in splits]
            pairs = [(float(row["label"]), float(row["predicted"]) - float(row["label"])) for row in chosen]
        except (KeyError, TypeError, ValueError):
            table = []
        if not table:
            raise ValueError(f"{path} is damaged: `git checkout` brings it back, or train anew")
        errors[name] = np.array(pairs).reshape(-1, 2)
    return errors


def _panel(axes: Axes, material: MaterialFolder, name: str, pairs: np.ndarray, size: float) -> None:
    """Errors (in thousandths of the labels' unit) of one model against the labels."""
    style = material.style(name)
    axes.plot(
        pairs[:, 0], 1000.0 * pairs[:, 1], style.marker, color=style.colour, markersize=size, alpha=0.55,
        markeredgewidth=0, rasterized=True,
    )  # fmt: skip
    axes.axhline(0, color="0.3", linewidth=0.8, zorder=3)
    axes.xaxis.set_major_locator(MaxNLocator(4))
