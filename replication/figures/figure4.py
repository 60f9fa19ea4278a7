"""Figure 4: kinetic, potential and cross parts of κ are a matter of convention, the Onsager κ is not."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np

from superionic.cli import status

from ..results import read_curves
from .drawing import RUNS, save, use_style

PARTS = (
    ("kk", "kinetic", "#0072B2", "-"),
    ("pp", "potential", "#009E73", "-"),
    ("kp", "cross", "#CC79A7", "-"),
    ("naive", "naive (their sum)", "0.35", "--"),
    ("onsager", "Onsager", "#D55E00", "-"),
)
"""Column, label, colour, line style."""

EXPLANATION = (
    "a shift of the lithium site energies changes no force; symbols: the potential as trained; "
    "bands and bars: ±1 standard error"
)


def main() -> None:
    use_style()
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.8), sharey=True)
    drawn: dict[str, np.ndarray] = {}
    for axes, letter, (model, run) in zip(panels, "ab", RUNS.items(), strict=True):
        curves = read_curves(run, "gauge")
        shift = curves["shift_eV_per_ion"]
        drawn["shift_eV_per_Li"] = shift
        trained = int(np.abs(shift).argmin())
        for name, label, colour, style in PARTS:
            value, error = curves[f"kappa_{name}"], curves[f"kappa_{name}_error"]
            axes.plot(shift, value, style, color=colour, label=label, zorder=3 if name == "onsager" else 2)
            axes.fill_between(shift, value - error, value + error, color=colour, alpha=0.18, linewidth=0)
            axes.errorbar(
                [0.0], [value[trained]], [error[trained]], fmt="o", color=colour, markersize=4.5, zorder=4
            )
            drawn |= {f"{model}_{name}_W_per_mK": value, f"{model}_{name}_error": error}
        axes.axvline(0, color="0.85", linewidth=0.8, zorder=0)
        axes.axhline(0, color="0.85", linewidth=0.8, zorder=0)
        axes.set(
            xlim=(shift[0], shift[-1]),
            ylim=(-8, 10),
            xlabel="shift of the Li site energies (eV per ion)",
            title=f"({letter})  {model}, 650 K",
        )
    panels[0].set_ylabel("parts of $L_{00}$  (W m$^{-1}$ K$^{-1}$)")
    panels[0].legend(loc="upper center", ncols=2)
    figure.supxlabel(EXPLANATION, fontsize=7, color="0.35")
    save(figure, "figure4", drawn)


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure4", main))
