"""Figure 3: naive and Onsager conductivity of both materials against temperature."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from superionic.cli import status

from ..temperature import temperature_series
from .drawing import COLOURS, MARKERS, save, use_style


@dataclass(frozen=True)
class Sweep:
    """Runs of one material and size at several temperatures.

    models : potential -> what the legend calls it; the first gives the crystal's line its height
    tops   : of the axes of the naive and of the Onsager conductivity, W/m/K
    middle : K, where a crystal's T^-1 crosses
    """

    material: str
    title: str
    cell: str
    models: dict[str, str]
    span_K: tuple[float, float]
    tops: tuple[float, float]
    middle: float
    measured: tuple[float, float, float, float, str] | None = None
    """Low and high κ over low and high temperature, and where from."""


SWEEPS = (
    Sweep(
        "li3ps4",
        "α-Li$_3$PS$_4$",
        "768",
        {"nepA": "paper's nepA", "nepC": "paper's nepC", "A": "our A"},
        (470, 930),
        (1.6, 0.8),
        650.0,
    ),
    Sweep(
        "cu2se",
        "β-Cu$_{1.98}$Se",
        "322",
        {"nep9-1": "public nep9-1", "nep3-3": "public nep3-3"},
        (420, 810),
        (1.0, 0.8),
        600.0,
        (0.35, 0.37, 410.0, 780.0, "measured lattice κ (Bulat 2017)"),
    ),
)

PANELS = (
    ("kappa_naive", "naive", "$L_{00}$  (W m$^{-1}$ K$^{-1}$)"),
    ("kappa_onsager", "Onsager", "$\\kappa = L_{00} - L_{01}^2/L_{11}$  (W m$^{-1}$ K$^{-1}$)"),
)
"""Quantity, title, axis label."""


def main() -> None:
    use_style()
    figure, panels = plt.subplots(2, 2, figsize=(8.4, 7.0))
    drawn: dict[str, np.ndarray] = {}
    letters = iter("abcd")
    for row, sweep in zip(panels, SWEEPS, strict=True):
        for axes, (quantity, title, label), top in zip(row, PANELS, sweep.tops, strict=True):
            drawn |= _series(axes, sweep, quantity)
            axes.set(xlim=sweep.span_K, ylim=(0, top), xlabel="temperature (K)", ylabel=label)
            axes.set_title(f"({next(letters)})  {sweep.title}, {title}")
        _references(row[1], sweep)
        row[0].legend(loc="lower left")
        row[1].legend(loc="upper right", title=r"$\kappa \propto T^{\,p}$", title_fontsize=8.5)
    explanation = (
        "a, b: 768 atoms, 8 x 200 or 250 ps each, annealed at 900 K; c, d: 322 atoms, 8 x 100 ps; at zero "
        "pressure; spectral estimates; bars: ±1 standard error"
    )
    figure.supxlabel(explanation, fontsize=7, color="0.35")
    save(figure, "figure3", drawn)


def _series(axes: Axes, sweep: Sweep, quantity: str) -> dict[str, np.ndarray]:
    """Points of every potential, with the exponent of the Onsager conductivity where there is one."""
    drawn: dict[str, np.ndarray] = {}
    for shift, (model, name) in enumerate(sweep.models.items()):
        series = temperature_series(sweep.material, model, sweep.cell, quantity)
        shown = name
        if quantity == "kappa_onsager":
            power, error = series.exponent()
            shown = f"{name}:  $p$ = {power:.2f} ± {error:.2f}".replace("-0", "−0")
        axes.errorbar(
            series.temperature_K + 3 * (shift - 1), series.value, series.error, fmt=MARKERS[model] + "-",
            color=COLOURS[model], capsize=2.5, markersize=5, linewidth=1.0, label=shown,
        )  # fmt: skip
        columns = {"value": series.value, "error": series.error, "K": series.temperature_K}
        drawn |= {f"{sweep.material}_{quantity}_{model}_{key}": values for key, values in columns.items()}
    return drawn


def _references(axes: Axes, sweep: Sweep) -> None:
    """What a crystal would do, and what was measured."""
    reference = temperature_series(sweep.material, next(iter(sweep.models)), sweep.cell, "kappa_onsager")
    height = float(np.average(reference.value, weights=reference.error**-2))
    temperature = np.linspace(sweep.span_K[0] + 10, sweep.span_K[1] - 10, 50)
    axes.plot(
        temperature, height * sweep.middle / temperature, "--", color="0.6", linewidth=1.0,
        label="a crystal: $p$ = −1",
    )  # fmt: skip
    if sweep.measured is not None:
        low, high, start, stop, source = sweep.measured
        axes.fill_between([start, stop], low, high, color="0.8", linewidth=0, zorder=0, label=source)


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure3", main))
