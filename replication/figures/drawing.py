"""Shared by all figures: style, colours of quantities, saving with deterministic bytes, points of a model."""

from __future__ import annotations

from functools import partial
from itertools import zip_longest

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superionic.config import ConfigError
from superionic.provenance import write_atomically
from superionic.system import Array
from superionic.tables import write_table

from ..material_folder import MaterialFolder, paper_materials
from ..paths import FIGURES, ROOT
from ..presentation import Style
from ..reduced.results import read_results

Columns = dict[str, np.ndarray]
Drawing = tuple[Figure, Columns]
"""A figure and the numbers drawn in it."""

EXPLANATION = (
    "curves: running Green-Kubo integrals; filled symbols: spectral estimate of the zero-frequency limit; "
    "open symbols: paper's values, from the first author's public GPUMD tutorial; "
    "bands and bars: ±1 standard error"
)
"""Small print of the figures with running integrals."""

LETTERS = "abcdefgh"
SMALL_PRINT = 8.0
"""Points."""


def use_style() -> None:
    """Set the matplotlib style of all figures."""
    matplotlib.use("Agg")
    plt.style.use(ROOT / "replication" / "style.mplstyle")


def save(name: str, figure: Figure, drawn: Columns) -> str:
    """Save figures/<name>.pdf, .png and the drawn numbers as .csv; the same data give the same bytes.

    drawn : columns; shorter ones are padded with nan

    Returns one line that names the files.
    """
    for suffix, unstamped in (("pdf", "CreationDate"), ("png", "Software")):
        target = FIGURES / f"{name}.{suffix}"
        write_atomically(target, partial(figure.savefig, format=suffix, metadata={unstamped: None}))
    rows = zip_longest(*(np.asarray(column, float) for column in drawn.values()), fillvalue=np.nan)
    write_table(FIGURES / f"{name}.csv", list(drawn), rows, digits=6)
    plt.close(figure)
    return f"figures/{name}.pdf, .png, .csv"


def explain(figure: Figure, text: str) -> None:
    """Small print below the axes: clauses separated by "; ", lines broken only between them."""
    widest = figure.get_figwidth() * 72 / (0.51 * SMALL_PRINT)  # characters of average width
    lines: list[str] = []
    for clause in text.split("; "):
        if lines and len(lines[-1]) + len(clause) + 2 <= widest:
            lines[-1] += f"; {clause}"
        else:
            lines.append(clause)
    figure.supxlabel(";\n".join(lines), fontsize=SMALL_PRINT, color="0.35")


def sequence_colour(index: int, count: int) -> tuple[float, float, float, float]:
    """Colour `index` of `count` ordered curves (viridis without its light end)."""
    colour: tuple[float, float, float, float] = plt.get_cmap("viridis")(0.88 * index / max(count - 1, 1))
    return colour


def band(axes: Axes, x: Array, y: Array, error: Array, style: Style, label: str) -> None:
    """A curve with its standard error as a band, in the model's colour."""
    axes.plot(x, y, color=style.colour, label=label)
    axes.fill_between(x, y - error, y + error, color=style.colour, alpha=0.22, linewidth=0)


def spectral(run: str, quantity: str) -> tuple[float, float]:
    """Value and standard error of a run's spectral estimate."""
    estimate = read_results(run).get(quantity)
    return estimate.value, estimate.standard_error


def our_point(axes: Axes, x: float, run: str, quantity: str, style: Style, factor: float = 1.0) -> None:
    """Our spectral estimate with its standard error: filled symbol to the right of the running curve."""
    value, error = spectral(run, quantity)
    axes.errorbar(
        [x], [factor * value], [factor * error], fmt=style.marker,
        color=style.colour, capsize=2.5, markersize=4.5, linewidth=1.2, clip_on=False, zorder=5,
    )  # fmt: skip


def paper_point(axes: Axes, x: float, value: float, error: float, style: Style, label: str | None) -> None:
    """A published value with its standard error: open symbol to the right of the running curve."""
    axes.errorbar(
        [x], [value], [error], fmt=style.marker, color=style.colour, markerfacecolor="white",
        capsize=2.5, markersize=5, linewidth=1.2, label=label, clip_on=False, zorder=5,
    )  # fmt: skip


def main_runs(material: MaterialFolder) -> dict[str, str]:
    """Model -> run, for the two models compared in figures 1, 2 and 4.

    Raises ConfigError unless figures.toml names two, at one temperature.
    """
    runs = {model: f"{material.name}/{run}" for model, run in material.presentation.main.items()}
    if len(runs) != 2 or len({material.runs[run].temperature_K for run in runs.values()}) != 1:
        raise ConfigError(
            f"{material.path / 'figures.toml'}: main names the runs of two models at one temperature, which "
            "figures 1, 2 and 4 compare"
        )
    return runs


def main_material() -> MaterialFolder | None:
    """The material of figures 1, 2 and 4: the first of the paper; None without any."""
    return next(iter(paper_materials()), None)
