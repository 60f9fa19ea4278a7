"""Figure 1: the naive thermal conductivity depends on the model, though the forces do not."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from ..claims import paper_value
from ..reduce import PLATEAU_PS, read_curves
from .drawing import band, paper_point, save, use_style


def main() -> None:
    use_style()
    figure, axes = plt.subplots()
    drawn: dict[str, np.ndarray] = {}
    for shift, model in enumerate(("nepA", "nepC")):
        curves = read_curves(f"li3ps4/{model}-650K")
        time, value, error = curves["time_ps"], curves["L00"], curves["L00_error"]
        band(axes, time, value, error, model, f"{model}, this work")
        paper = paper_value(f"naive_kappa_{model}")
        paper_point(axes, 10.25 + 0.25 * shift, paper.value, paper.error, model, f"{model}, paper")
        drawn |= {"time_ps": time, f"naive_{model}_W_per_mK": value, f"error_{model}": error}
    axes.axvspan(*PLATEAU_PS, color="0.93", zorder=0)
    axes.text(sum(PLATEAU_PS) / 2, 0.03, "averaged", color="0.45", ha="center", fontsize=8.5)
    axes.set(
        xlim=(0, 10.6),
        ylim=(0, None),
        xlabel="correlation time (ps)",
        ylabel="naive thermal conductivity  $L_{00}$  (W m$^{-1}$ K$^{-1}$)",
        title="α-Li$_3$PS$_4$, 650 K: two potentials, same forces",
    )
    axes.legend(loc="upper left", bbox_to_anchor=(0.06, 1.0), ncols=2)
    figure.text(0.99, 0.005, "bands and bars: ±1 standard error", ha="right", fontsize=7, color="0.4")
    save(figure, "figure1", drawn)


if __name__ == "__main__":
    main()
