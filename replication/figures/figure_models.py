"""Every potential of both materials, the paper's and our own: naive κ differs, Onsager κ does not."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from superionic.cli import status

from .drawing import save, spectral, use_style

MODELS = {
    "nepA": "li3ps4/nepA-650K-192",
    "nepC": "li3ps4/nepC-650K-192",
    "A": "li3ps4/A-650K-192",
    "B": "li3ps4/B-650K-192",
    "C": "li3ps4/C-650K-192",
}
"""Label and run of α-Li3PS4."""

COPPER_MODELS = {model: f"cu2se/{model}-700K-322" for model in "ABC"}
PANELS = (
    ("α-Li$_3$PS$_4$, 650 K, 192 atoms", MODELS),
    ("β-Cu$_{1.98}$Se, 700 K, 322 atoms", COPPER_MODELS),
)
TICKS = (0.3, 0.5, 1, 2, 3, 5)

QUANTITIES = (
    ("kappa_naive", "naive $L_{00}$", "s", "#D55E00"),
    ("kappa_onsager", r"Onsager $L_{00}-L_{01}^2/L_{11}$", "o", "#0072B2"),
)


def potentials(axes: Axes, models: dict[str, str]) -> dict[str, np.ndarray]:
    """Naive and Onsager κ side by side, one column for each potential."""
    place = np.arange(len(models), dtype=float)
    drawn: dict[str, np.ndarray] = {"model": place}
    for name, label, marker, colour in QUANTITIES:
        value, error = np.array([spectral(run, name) for run in models.values()]).T
        axes.errorbar(place, value, error, fmt=marker, color=colour, capsize=3, markersize=6, label=label)
        drawn |= {f"{name}_W_per_mK": value, f"{name}_error": error}
    axes.set_xticks(place, [f"{model}\n{'paper' if model.startswith('nep') else 'own'}" for model in models])
    axes.set(xlim=(-0.5, len(models) - 0.5), yscale="log")
    return drawn


def main() -> None:
    use_style()
    widths = [len(models) for _, models in PANELS]
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.8), sharey=True, width_ratios=widths)
    drawn: dict[str, np.ndarray] = {}
    for axes, letter, (title, models) in zip(panels, "ab", PANELS, strict=True):
        drawn |= {f"{letter}_{name}": column for name, column in potentials(axes, models).items()}
        axes.set_title(f"({letter})  {title}")
    panels[0].set(ylim=(0.25, 7), ylabel=r"$\kappa$  (W m$^{-1}$ K$^{-1}$)")
    panels[0].set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    panels[0].minorticks_off()
    panels[0].legend(loc="upper left")
    explanation = "8 x 100 ps each; spectral estimates; bars (most within symbols): ±1 standard error"
    figure.supxlabel(explanation, fontsize=7, color="0.35")
    save(figure, "figure_models", drawn)


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure_models", main))
