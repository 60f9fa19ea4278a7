"""What all figures share: style, saving with deterministic bytes, the curves and points of a model."""

from __future__ import annotations

from functools import partial
from itertools import zip_longest

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superionic.provenance import write_atomically
from superionic.system import Array
from superionic.tables import write_table

from ..material_folder import MaterialFolder
from ..paths import FIGURES, ROOT
from ..presentation import Style
from ..reduced.results import read_results

Columns = dict[str, np.ndarray]
Drawing = tuple[Figure, Columns]
"""A figure and the numbers drawn in it."""

EXPLANATION = (
    "curves: running Green-Kubo integrals; filled symbols: their spectral zero-frequency limit; "
    "open symbols: paper; bands and bars: ±1 standard error"
)
"""What every running curve's figure says below its axes."""

NAIVE, ONSAGER = "#882255", "#117733"
"""Of the two conductivities, where colour tells the quantity; no potential has these colours."""


def use_style() -> None:
    """The style of all figures."""
    matplotlib.use("Agg")
    plt.style.use(ROOT / "replication" / "style.mplstyle")


def save(name: str, figure: Figure, drawn: Columns) -> str:
    """Save figures/<name>.pdf, .png and the drawn numbers as .csv; the same data give the same bytes.

    drawn : columns; shorter ones are filled up with nan. Returns what was written, in a line.
    """
    for suffix, unstamped in (("pdf", "CreationDate"), ("png", "Software")):
        target = FIGURES / f"{name}.{suffix}"
        write_atomically(target, partial(figure.savefig, format=suffix, metadata={unstamped: None}))
    rows = zip_longest(*(np.asarray(column, float) for column in drawn.values()), fillvalue=np.nan)
    write_table(FIGURES / f"{name}.csv", list(drawn), rows, digits=6)
    plt.close(figure)
    return f"figures/{name}.pdf, .png, .csv"


def explain(figure: Figure, text: str) -> None:
    """Small print below the axes."""
    figure.supxlabel(text, fontsize=7, color="0.35")


def band(axes: Axes, x: Array, y: Array, error: Array, style: Style, label: str) -> None:
    """A curve with its standard error as a band, in the model's colour."""
    axes.plot(x, y, color=style.colour, label=label)
    axes.fill_between(x, y - error, y + error, color=style.colour, alpha=0.22, linewidth=0)


def spectral(run: str, quantity: str) -> tuple[float, float]:
    """Value and standard error of a run's spectral estimate."""
    estimate = read_results(run).get(quantity)
    return estimate.value, estimate.standard_error


def our_point(axes: Axes, x: float, run: str, quantity: str, style: Style, factor: float = 1.0) -> None:
    """Our zero-frequency estimate with its standard error, filled symbol right of the running curve."""
    value, error = spectral(run, quantity)
    axes.errorbar(
        [x], [factor * value], [factor * error], fmt=style.marker,
        color=style.colour, capsize=2.5, markersize=4.5, linewidth=1.2, clip_on=False, zorder=5,
    )  # fmt: skip


def paper_point(axes: Axes, x: float, value: float, error: float, style: Style, label: str | None) -> None:
    """A published value with its standard error, open symbol at the right edge of the lag axis."""
    axes.errorbar(
        [x], [value], [error], fmt=style.marker, color=style.colour, markerfacecolor="white",
        capsize=2.5, markersize=5, linewidth=1.2, label=label, clip_on=False, zorder=5,
    )  # fmt: skip


def main_runs(material: MaterialFolder) -> dict[str, str]:
    """Model -> full name of its run, of the models that figures 1, 2 and 4 compare."""
    return {model: f"{material.name}/{run}" for model, run in material.presentation.main.items()}
