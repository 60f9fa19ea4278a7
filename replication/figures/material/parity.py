"""The potentials on held-out frames: errors of forces and energies against their labels."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from superionic.tables import read_table

from ...committee.training_reports import training_reports
from ...material_folder import MaterialFolder
from ...paths import POTENTIALS
from ..drawing import Drawing

NAMES = ("quantity", "model", "label", "error")
"""Columns of the drawn numbers; quantity 0 is a force component (eV/Å), 1 an energy (eV/atom)."""
QUANTITIES = ("force_eV_per_A", "energy_eV_per_atom")
SPLITS = ("validation", "test")

Rows = list[tuple[float, ...]]


def errors_of(material: str, quantity: str, splits: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Labels and errors (n, 2) of each model on some splits."""
    found = {}
    for name in training_reports(material):
        table = read_table(POTENTIALS / material / f"{name}_parity.csv")
        chosen = [row for row in table if row["quantity"] == quantity and row["split"] in splits]
        pairs = [(float(row["label"]), float(row["predicted"]) - float(row["label"])) for row in chosen]
        found[name] = np.array(pairs).reshape(-1, 2)
    return found


def panel(
    axes: Axes, material: MaterialFolder, found: dict[str, np.ndarray], unit: str, factor: float, size: float
) -> None:
    """Errors against labels, with the root mean square of each model in the legend."""
    for name, pairs in found.items():
        if not len(pairs):
            continue
        style = material.style(name)
        rms = factor * float(np.sqrt(np.mean(pairs[:, 1] ** 2)))
        axes.plot(
            pairs[:, 0], factor * pairs[:, 1], style.marker, color=style.colour, markersize=size,
            alpha=0.55, markeredgewidth=0, label=f"model {name}: {rms:.3g} {unit}", rasterized=True,
        )  # fmt: skip
    axes.axhline(0, color="0.3", linewidth=0.8, zorder=3)
    axes.legend(loc="upper right", markerscale=2 if size < 4 else 1)


def draw(material: MaterialFolder) -> Drawing | None:
    """None before anything has been trained."""
    held_out = [errors_of(material.name, quantity, SPLITS) for quantity in QUANTITIES]
    if not held_out[0]:
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.2))
    panel(left, material, held_out[0], "meV/Å", 1000.0, 2.2)
    panel(right, material, held_out[1], "meV/atom", 1000.0, 5.0)
    left.set(xlabel="force component, label (eV/Å)", ylabel="error (meV/Å)")
    right.set(xlabel="energy, label (eV/atom)", ylabel="error (meV/atom)")
    rows: Rows = []
    for number, (axes, found) in enumerate(((left, held_out[0]), (right, held_out[1]))):
        axes.set_title(f"{material.title}, validation and test frames")
        largest = max((np.abs(pairs[:, 1]).max() for pairs in found.values() if len(pairs)), default=1.0)
        axes.set_ylim(-1200.0 * largest, 2200.0 * largest)  # room for the legend above the points
        axes.xaxis.set_major_locator(MaxNLocator(5))
        for index, pairs in enumerate(found.values()):
            rows += [(number, index, *pair) for pair in pairs]
    return figure, dict(zip(NAMES, np.array(rows).reshape(-1, 4).T, strict=True))
