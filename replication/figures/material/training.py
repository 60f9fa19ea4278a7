"""Training of the potentials: loss history, error against the number of frames and against the round."""

from __future__ import annotations

from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, ScalarFormatter

from superionic.tables import read_table

from ...committee.training_reports import learning_curves, training_reports
from ...material_folder import MaterialFolder
from ...paths import POTENTIALS
from ..drawing import LETTERS, Drawing, explain

NAMES = ("panel", "model", "x", "force_meV_per_A")
"""Columns of the drawn numbers; panel 0: epochs; 1 and 2: sizes, test and validation frames; 3 and 4: rounds,
test and validation frames."""

EXPLANATION = (
    "a: validation frames, symbols mark the kept epoch; b: trained on random subsets of the frames; "
    "c: trained on the frames available after each sampling round, numbered in the symbols, and on all; "
    "b, c: test frames solid, validation frames dotted; grey lines: target"
)
FORCE_TICKS = (50, 60, 70, 85, 100, 120, 150, 200, 300, 500, 700, 1000)

CLOSE = 1.25
"""Ratio of two tick values below which their labels overlap."""

Rows = list[tuple[float, ...]]


def history(axes: Axes, material: MaterialFolder) -> Rows:
    """Validation force error of each epoch."""
    rows: Rows = []
    for index, (name, report) in enumerate(training_reports(material.name).items()):
        style = material.style(name)
        table = read_table(POTENTIALS / material.name / f"{name}_learning.csv")
        epochs = np.array([float(row["epoch"]) for row in table])
        force = np.array([float(row["force_meV_per_A"]) for row in table])
        axes.plot(epochs, force, color=style.colour, label=style.label, linewidth=1.2)
        best = report["best_epoch"]
        axes.plot([best], [force[best - 1]], style.marker, color=style.colour, markersize=5, clip_on=False)
        rows += [(0, index, x, y) for x, y in zip(epochs, force, strict=True)]
    axes.set(xlabel="epoch", ylabel="force error (meV/Å)", yscale="log")
    return rows


def learning_curve(axes: Axes, material: MaterialFolder, kind: Literal["sizes", "rounds"]) -> Rows:
    """Force error of trainings on growing subsets of the frames."""
    rows: Rows = []
    first = 1 if kind == "sizes" else 3
    for index, (name, trainings) in enumerate(learning_curves(material.name, kind).items()):
        style = material.style(name)
        for panel, split in ((first, "test"), (first + 1, "validation")):
            chosen = [t for t in trainings if t["errors"][split] is not None]
            x = [t["frames"] for t in chosen]
            y = [t["errors"][split]["force_meV_per_A"] for t in chosen]
            solid = split == "test"
            marker = style.marker if kind == "sizes" else "o"  # a circle has room for the number
            axes.plot(
                x, y, marker, color=style.colour, linestyle="-" if solid else ":",
                markersize=9 if kind == "rounds" and solid else 5, zorder=4 if solid else 2,
                markerfacecolor=style.colour if solid else "white", label=f"{style.label}, {split}",
            )  # fmt: skip
            rows += [(panel, index, *point) for point in zip(x, y, strict=True)]
            if kind == "rounds" and solid:
                for training, at, height in zip(chosen, x, y, strict=True):
                    text = training["part"].removeprefix("round").removeprefix("all")
                    axes.text(
                        at, height, text, fontsize=7, color="white",
                        ha="center", va="center_baseline", zorder=5,
                    )  # fmt: skip
    axes.set(xlabel="training frames", ylabel="force error (meV/Å)", xscale="log", yscale="log")
    axes.xaxis.set_major_locator(FixedLocator(separated(sorted({row[2] for row in rows}))))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    return rows


def separated(ticks: list[float]) -> list[float]:
    """Ticks whose labels do not overlap on a logarithmic axis; the last is kept."""
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or tick * CLOSE < kept[-1]:
            kept.append(tick)
    return kept[::-1]


def against_size(axes: Axes, material: MaterialFolder) -> Rows:
    """Random subsets of the frames."""
    return learning_curve(axes, material, "sizes")


def by_round(axes: Axes, material: MaterialFolder) -> Rows:
    """The frames available after each round, whose number is in the symbol."""
    return learning_curve(axes, material, "rounds")


def draw(material: MaterialFolder) -> Drawing | None:
    """None before anything has been trained."""
    if not training_reports(material.name):
        return None
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.7))
    rows: Rows = []
    for axes, letter, show in zip(panels, LETTERS, (history, against_size, by_round), strict=False):
        points = show(axes, material)
        rows += points
        if not points:
            axes.clear()
            axes.set_axis_off()
            axes.text(0.5, 0.5, "not trained yet", transform=axes.transAxes, ha="center", color="0.5")
            continue
        axes.set_title(f"({letter})")
        if material.presentation.targets is not None:
            axes.axhline(material.presentation.targets.force_meV_per_A, color="0.7", linewidth=0.8, zorder=0)
        axes.yaxis.set_major_locator(FixedLocator(FORCE_TICKS))
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.legend(loc="upper right")
    figure.suptitle(material.title)
    explain(figure, EXPLANATION)
    return figure, dict(zip(NAMES, np.array(rows).reshape(-1, 4).T, strict=True))
