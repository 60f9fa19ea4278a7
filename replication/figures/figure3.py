"""Figure 3: naive and Onsager conductivity of α-Li3PS4 against temperature, three potentials."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np

from superionic.cli import status

from ..temperature import temperature_series
from .drawing import COLOURS, MARKERS, save, use_style

MODELS = {"nepA": "paper's nepA", "nepC": "paper's nepC", "A": "our A"}
"""Potentials by name, and what the legend calls them."""

ATOMS = 768
PANELS = (
    ("kappa_naive", "(a)  naive", "$L_{00}$  (W m$^{-1}$ K$^{-1}$)", 1.6),
    ("kappa_onsager", "(b)  Onsager", "$\\kappa = L_{00} - L_{01}^2/L_{11}$  (W m$^{-1}$ K$^{-1}$)", 0.8),
)
"""Quantity, title, axis label, top of the axis."""


def main() -> None:
    use_style()
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.6))
    drawn: dict[str, np.ndarray] = {}
    for axes, (quantity, title, label, top) in zip(panels, PANELS, strict=True):
        for shift, (model, name) in enumerate(MODELS.items()):
            series = temperature_series("li3ps4", model, ATOMS, quantity)
            shown = name
            if quantity == "kappa_onsager":
                power, error = series.exponent()
                shown = f"{name}:  $p$ = {power:.2f} ± {error:.2f}".replace("-", "−")
            axes.errorbar(
                series.temperature_K + 3 * (shift - 1), series.value, series.error, fmt=MARKERS[model] + "-",
                color=COLOURS[model], capsize=2.5, markersize=5, linewidth=1.0, label=shown,
            )  # fmt: skip
            columns = {"value": series.value, "error": series.error, "K": series.temperature_K}
            drawn |= {f"{quantity}_{model}_{column}": values for column, values in columns.items()}
        axes.set(xlim=(470, 930), ylim=(0, top), xlabel="temperature (K)", ylabel=label, title=title)
    reference = temperature_series("li3ps4", "nepA", ATOMS, "kappa_onsager")
    middle = np.interp(650.0, reference.temperature_K, reference.value)
    temperature = np.linspace(480, 920, 50)
    panels[1].plot(
        temperature, middle * 650 / temperature, "--", color="0.6", linewidth=1.0, label="a crystal: $p$ = −1"
    )
    panels[0].legend(loc="lower left")
    panels[1].legend(loc="upper right", title=r"$\kappa \propto T^{\,p}$", title_fontsize=8.5)
    explanation = (
        f"{ATOMS} atoms, 8 x 200 or 250 ps each, annealed at 900 K, at zero pressure; spectral estimates; "
        "bars: ±1 standard error"
    )
    figure.supxlabel(explanation, fontsize=7, color="0.35")
    save(figure, "figure3", drawn)


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure3", main))
