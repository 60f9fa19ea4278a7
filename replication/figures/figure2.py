"""Figure 2: Onsager's reduction of heat by ion flow gives both models the same conductivity."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from ..claims import paper_value
from ..reduce import read_curves
from .drawing import band, paper_point, save, use_style

PANELS = (
    ("L01", 1e8, "a", "$L_{01}$  (10$^{-8}$ kg m$^{-1}$ s$^{-1}$ K$^{-1}$)"),
    ("L11", 1e15, "b", "$L_{11}$  (10$^{-15}$ kg s m$^{-3}$ K$^{-1}$)"),
    ("kappa_onsager", 1.0, "c", "$\\kappa = L_{00} - L_{01}^2/L_{11}$  (W m$^{-1}$ K$^{-1}$)"),
)
"""Column of the running curves, factor for the axis, letter, axis label."""


def main() -> None:
    use_style()
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.3))
    drawn: dict[str, np.ndarray] = {}
    for axes, (quantity, factor, letter, label) in zip(panels, PANELS, strict=True):
        for shift, model in enumerate(("nepA", "nepC")):
            curves = read_curves(f"li3ps4/{model}-650K")
            time, value, error = curves["time_ps"], curves[quantity], curves[f"{quantity}_error"]
            shown = time >= 0.5 if quantity == "kappa_onsager" else time >= 0
            band(
                axes, time[shown], factor * value[shown], factor * error[shown], model, f"{model}, this work"
            )
            paper = paper_value(f"{quantity}_{model}")
            paper_point(
                axes, 10.3 + 0.4 * shift, factor * paper.value, factor * paper.error, model, f"{model}, paper"
            )
            drawn |= {"time_ps": time, f"{quantity}_{model}": value, f"{quantity}_{model}_error": error}
        axes.set(xlim=(0, 10.8), xlabel="correlation time (ps)", ylabel=label, title=f"({letter})")
    panels[0].axhline(0, color="0.7", linewidth=0.8, zorder=0)
    panels[1].set_ylim(bottom=0)
    panels[2].set_ylim(0, 1.3)
    panels[2].legend(loc="upper left")
    figure.text(0.995, 0.005, "bands and bars: ±1 standard error", ha="right", fontsize=7, color="0.4")
    save(figure, "figure2", drawn)


if __name__ == "__main__":
    main()
