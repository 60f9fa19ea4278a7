"""Training of the potentials: learning curves, error against the number of labels and by round."""

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
from ..drawing import Drawing, explain

NAMES = ("panel", "model", "x", "force_meV_per_A")
"""Columns of the drawn numbers; panel 0: learning (epochs); 1 and 2: sizes, test and validation frames;
3 and 4: rounds, test and validation frames."""
EXPLANATION = (
    "left: validation frames, symbols mark the kept epoch; middle: the same model trained on random parts of "
    "its frames;\nright: on the frames there were after each sampling round, its number in the symbols, "
    "the last one: all; solid: test frames, dotted: validation frames; grey lines: the targets"
)
FORCE_TICKS = (50, 60, 70, 85, 100, 120, 150, 200, 300, 500, 700, 1000)

CLOSE = 1.25
"""Ratio below which two labels of the axis of training frames touch."""

Rows = list[tuple[float, ...]]


def learning(axes: Axes, material: MaterialFolder) -> Rows:
    """Validation force error of each epoch."""
    rows: Rows = []
    for index, (name, report) in enumerate(training_reports(material.name).items()):
        style = material.style(name)
        table = read_table(POTENTIALS / material.name / f"{name}_learning.csv")
        epochs = np.array([float(row["epoch"]) for row in table])
        force = np.array([float(row["force_meV_per_A"]) for row in table])
        axes.plot(epochs, force, color=style.colour, label=f"model {name}", linewidth=1.2)
        best = report["best_epoch"]
        axes.plot([best], [force[best - 1]], style.marker, color=style.colour, markersize=5, clip_on=False)
        rows += [(0, index, x, y) for x, y in zip(epochs, force, strict=True)]
    axes.set(xlabel="epoch", ylabel="force error (meV/Å)", yscale="log")
    return rows


def of_parts(axes: Axes, material: MaterialFolder, kind: Literal["sizes", "rounds"]) -> Rows:
    """Force error of trainings on parts of the frames, one after the other."""
    rows: Rows = []
    first = 1 if kind == "sizes" else 3
    for index, (name, trainings) in enumerate(learning_curves(material.name, kind).items()):
        style = material.style(name)
        for panel, split in ((first, "test"), (first + 1, "validation")):
            chosen = [t for t in trainings if t["errors"][split] is not None]
            x = [t["frames"] for t in chosen]
            y = [t["errors"][split]["force_meV_per_A"] for t in chosen]
            solid = split == "test"
            marker = style.marker if kind == "sizes" else "o"  # round, for numbers fit into it
            axes.plot(
                x, y, marker, color=style.colour, linestyle="-" if solid else ":",
                markersize=9 if kind == "rounds" and solid else 5, zorder=4 if solid else 2,
                markerfacecolor=style.colour if solid else "white", label=f"model {name}, {split}",
            )  # fmt: skip
            rows += [(panel, index, *point) for point in zip(x, y, strict=True)]
            if kind == "rounds" and solid:
                for training, at, height in zip(chosen, x, y, strict=True):
                    text = training["part"].removeprefix("round").removeprefix("all")
                    axes.text(
                        at, height, text, fontsize=6.5, color="white",
                        ha="center", va="center_baseline", zorder=5,
                    )  # fmt: skip
    axes.set(xlabel="training frames", ylabel="force error (meV/Å)", xscale="log", yscale="log")
    axes.xaxis.set_major_locator(FixedLocator(apart(sorted({row[2] for row in rows}))))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    return rows


def apart(ticks: list[float]) -> list[float]:
    """From the last one down, those whose labels do not touch on a logarithmic axis."""
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or tick * CLOSE < kept[-1]:
            kept.append(tick)
    return kept[::-1]


def against_size(axes: Axes, material: MaterialFolder) -> Rows:
    """Random parts of the frames."""
    return of_parts(axes, material, "sizes")


def by_round(axes: Axes, material: MaterialFolder) -> Rows:
    """The frames there were after each round; numbers in the symbols name the last round."""
    return of_parts(axes, material, "rounds")


def draw(material: MaterialFolder) -> Drawing | None:
    """None before anything has been trained."""
    if not training_reports(material.name):
        return None
    figure, panels = plt.subplots(1, 3, figsize=(11.4, 3.4))
    rows: Rows = []
    for axes, show in zip(panels, (learning, against_size, by_round), strict=True):
        found = show(axes, material)
        rows += found
        axes.set_title(material.title)
        if not found:
            axes.clear()
            axes.set_axis_off()
            axes.text(0.5, 0.5, "not trained yet", transform=axes.transAxes, ha="center", color="0.5")
            continue
        if material.presentation.targets is not None:
            axes.axhline(material.presentation.targets.force_meV_per_A, color="0.7", linewidth=0.8, zorder=0)
        axes.yaxis.set_major_locator(FixedLocator(FORCE_TICKS))
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.legend(loc="upper right")
    explain(figure, EXPLANATION)
    return figure, dict(zip(NAMES, np.array(rows).reshape(-1, 4).T, strict=True))
