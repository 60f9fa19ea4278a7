"""Figure of our potentials on held-out frames: forces and energies against their labels."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from superionic.cli import status
from superionic.tables import read_table

from ..paths import POTENTIALS
from ..potentials import TITLES, models
from .drawing import COLOURS, MARKERS, save, use_style

NAMES = ("material", "quantity", "model", "label", "error")
"""Columns of the drawn numbers; quantity 0 is a force component (eV/Å), 1 an energy (eV/atom)."""
QUANTITIES = ("force_eV_per_A", "energy_eV_per_atom")
SPLITS = ("validation", "test")

Rows = list[tuple[float, ...]]


def errors_of(material: str, quantity: str, splits: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Labels and errors (n, 2) of each model on some splits."""
    found = {}
    for name in models(material):
        table = read_table(POTENTIALS / material / f"{name}_parity.csv")
        chosen = [row for row in table if row["quantity"] == quantity and row["split"] in splits]
        pairs = [(float(row["label"]), float(row["predicted"]) - float(row["label"])) for row in chosen]
        found[name] = np.array(pairs).reshape(-1, 2)
    return found


def panel(axes: Axes, found: dict[str, np.ndarray], unit: str, factor: float, size: float) -> None:
    """Errors against labels, with the root mean square of each model in the legend."""
    for name, pairs in found.items():
        if not len(pairs):
            continue
        rms = factor * float(np.sqrt(np.mean(pairs[:, 1] ** 2)))
        axes.plot(
            pairs[:, 0], factor * pairs[:, 1], MARKERS[name], color=COLOURS[name], markersize=size,
            alpha=0.55, markeredgewidth=0, label=f"model {name}: {rms:.3g} {unit}", rasterized=True,
        )  # fmt: skip
    axes.axhline(0, color="0.3", linewidth=0.8, zorder=3)
    axes.legend(loc="upper right", markerscale=2 if size < 4 else 1)


def main() -> None:
    use_style()
    figure, panels = plt.subplots(2, 2, figsize=(8.4, 6.2))
    rows: Rows = []
    for number, (material, title) in enumerate(TITLES.items()):
        left, right = panels[number]
        held_out = [errors_of(material, quantity, SPLITS) for quantity in QUANTITIES]
        for axes, found in ((left, held_out[0]), (right, held_out[1])):
            axes.set_title(f"{title}, validation and test frames")
            if not found:
                axes.set_axis_off()
                axes.text(0.5, 0.5, "not trained yet", transform=axes.transAxes, ha="center", color="0.5")
        if not held_out[0]:
            continue
        panel(left, held_out[0], "meV/Å", 1000.0, 2.2)
        panel(right, held_out[1], "meV/atom", 1000.0, 5.0)
        left.set(xlabel="force component, label (eV/Å)", ylabel="error (meV/Å)")
        right.set(xlabel="energy, label (eV/atom)", ylabel="error (meV/atom)")
        for axes, found in ((left, held_out[0]), (right, held_out[1])):
            largest = max(np.abs(pairs[:, 1]).max() for pairs in found.values()) * 1000.0
            # room for the legend above the points
            axes.set_ylim(-1.2 * largest, 2.2 * largest)
            axes.xaxis.set_major_locator(MaxNLocator(5))
        for quantity, of_models in enumerate(held_out):
            for index, pairs in enumerate(of_models.values()):
                rows += [(number, quantity, index, *pair) for pair in pairs]
    save(figure, "figure_training_parity", dict(zip(NAMES, np.array(rows).reshape(-1, 5).T, strict=True)))


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure_training_parity", main))
