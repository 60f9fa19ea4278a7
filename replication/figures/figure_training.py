"""Figure of our potentials' training: learning curves, and error against the number of labels."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, ScalarFormatter

from ..paths import POTENTIALS
from ..potentials import FORCE_TARGETS, TITLES, models, sizes
from ..reduce import read_table
from .drawing import save, use_style

COLOURS = {"A": "#0072B2", "B": "#D55E00", "C": "#009E73"}
MARKERS = {"A": "o", "B": "s", "C": "^"}
NAMES = ("material", "panel", "model", "x", "force_meV_per_A")
"""Columns of the drawn numbers; panel 0: learning (epochs), 1 and 2: sizes, test and validation frames."""
EXPLANATION = (
    "left: validation frames, symbols mark the kept epoch; right: the same model trained on parts of its\n"
    "frames, solid on test frames, dotted on validation frames; grey lines: the targets"
)

Rows = list[tuple[float, ...]]


def learning(axes: Axes, material: str, number: int) -> Rows:
    """Validation force error of each epoch."""
    rows: Rows = []
    for index, (name, report) in enumerate(models(material).items()):
        table = read_table(POTENTIALS / material / f"{name}_learning.csv")
        epochs = np.array([float(row["epoch"]) for row in table])
        force = np.array([float(row["force_meV_per_A"]) for row in table])
        axes.plot(epochs, force, color=COLOURS[name], label=f"model {name}", linewidth=1.2)
        best = report["best_epoch"]
        axes.plot([best], [force[best - 1]], MARKERS[name], color=COLOURS[name], markersize=5, clip_on=False)
        rows += [(number, 0, index, x, y) for x, y in zip(epochs, force, strict=True)]
    axes.set(xlabel="epoch", ylabel="force error (meV/Å)", yscale="log")
    return rows


def against_size(axes: Axes, material: str, number: int) -> Rows:
    """Force error of trainings on parts of the frames."""
    rows: Rows = []
    for index, (name, trainings) in enumerate(sizes(material).items()):
        for panel, split in ((1, "test"), (2, "validation")):
            chosen = [t for t in trainings if t["errors"][split] is not None]
            if not chosen:
                continue
            x = [t["frames"] for t in chosen]
            y = [t["errors"][split]["force_meV_per_A"] for t in chosen]
            axes.plot(
                x, y, MARKERS[name], color=COLOURS[name], markersize=5, linestyle="-" if panel == 1 else ":",
                markerfacecolor=COLOURS[name] if panel == 1 else "white",
                label=f"model {name}, {split}",
            )  # fmt: skip
            rows += [(number, panel, index, *point) for point in zip(x, y, strict=True)]
    axes.set(xlabel="training frames", ylabel="force error (meV/Å)", xscale="log", yscale="log")
    counts = sorted({row[3] for row in rows})
    axes.xaxis.set_major_locator(FixedLocator(counts))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    return rows


def main() -> None:
    use_style()
    figure, panels = plt.subplots(2, 2, figsize=(8.4, 6.4))
    rows: Rows = []
    for number, (material, title) in enumerate(TITLES.items()):
        left, right = panels[number]
        for axes, draw in ((left, learning), (right, against_size)):
            found = draw(axes, material, number)
            rows += found
            axes.set_title(title)
            if not found:
                axes.clear()
                axes.set_axis_off()
                axes.text(0.5, 0.5, "too few labels yet", transform=axes.transAxes, ha="center", color="0.5")
                continue
            axes.axhline(FORCE_TARGETS[material], color="0.7", linewidth=0.8, zorder=0)
            axes.yaxis.set_major_locator(FixedLocator([50, 70, 100, 150, 200, 300, 500, 700, 1000]))
            axes.yaxis.set_major_formatter(ScalarFormatter())
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.legend(loc="upper right")
    figure.supxlabel(EXPLANATION, fontsize=8)
    save(figure, "figure_training", dict(zip(NAMES, np.array(rows).reshape(-1, 5).T, strict=True)))


if __name__ == "__main__":
    main()
