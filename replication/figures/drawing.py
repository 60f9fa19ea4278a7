"""What all figures share: style, saving with deterministic bytes, the curves of a model."""

from __future__ import annotations

from functools import partial
from itertools import zip_longest

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superionic.provenance import write_atomically
from superionic.tables import write_table

from ..paths import FIGURES, ROOT
from ..results import read_results

RUNS = {"nepA": "li3ps4/nepA-650K-6144", "nepC": "li3ps4/nepC-650K-6144"}
"""The runs of figures 1 and 2."""

COLOURS = {"nepA": "#0072B2", "nepC": "#D55E00", "A": "#009E73", "B": "#CC79A7", "C": "#E69F00"}
COLOURS |= {"nep3-3": "#0072B2", "nep9-1": "#D55E00", "nep9-2": "#56B4E9"}
"""One colour per model in every figure."""

EXPLANATION = (
    "curves: running Green-Kubo integrals; filled symbols: their spectral zero-frequency limit; "
    "open symbols: paper; bands and bars: ±1 standard error"
)
"""What every running curve's figure says below its axes."""

MARKERS = {"nepA": "o", "nepC": "s", "A": "^", "B": "v", "C": "D"}
MARKERS |= {"nep3-3": "o", "nep9-1": "s", "nep9-2": "h"}


def use_style() -> None:
    """The style of all figures."""
    matplotlib.use("Agg")
    plt.style.use(ROOT / "replication" / "style.mplstyle")


def save(figure: Figure, name: str, drawn: dict[str, np.ndarray]) -> None:
    """Save figures/<name>.pdf, .png and the drawn numbers as .csv; the same data give the same bytes.

    drawn : columns; shorter ones are filled up with nan
    """
    for suffix, unstamped in (("pdf", "CreationDate"), ("png", "Software")):
        target = FIGURES / f"{name}.{suffix}"
        write_atomically(target, partial(figure.savefig, format=suffix, metadata={unstamped: None}))
    rows = zip_longest(*(np.asarray(column, float) for column in drawn.values()), fillvalue=np.nan)
    write_table(FIGURES / f"{name}.csv", list(drawn), rows, digits=6)
    plt.close(figure)
    print(f"figures/{name}.pdf, .png, .csv")


def band(axes: Axes, x: np.ndarray, y: np.ndarray, error: np.ndarray, model: str, label: str) -> None:
    """A curve with its standard error as a band, in the model's colour."""
    axes.plot(x, y, color=COLOURS[model], label=label)
    axes.fill_between(x, y - error, y + error, color=COLOURS[model], alpha=0.22, linewidth=0)


def spectral(run: str, quantity: str) -> tuple[float, float]:
    """Value and standard error of a run's spectral estimate."""
    estimate = read_results(run).get(quantity)
    return estimate.value, estimate.standard_error


def our_point(axes: Axes, x: float, run: str, quantity: str, model: str, factor: float = 1.0) -> None:
    """Our zero-frequency estimate with its standard error, filled symbol right of the running curve."""
    value, error = spectral(run, quantity)
    axes.errorbar(
        [x], [factor * value], [factor * error], fmt=MARKERS[model],
        color=COLOURS[model], capsize=2.5, markersize=4.5, linewidth=1.2, clip_on=False, zorder=5,
    )  # fmt: skip


def paper_point(axes: Axes, x: float, value: float, error: float, model: str, label: str | None) -> None:
    """A published value with its standard error, open symbol at the right edge of the lag axis."""
    axes.errorbar(
        [x], [value], [error], fmt=MARKERS[model], color=COLOURS[model], markerfacecolor="white",
        capsize=2.5, markersize=5, linewidth=1.2, label=label, clip_on=False, zorder=5,
    )  # fmt: skip
