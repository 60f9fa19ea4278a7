"""Figure 1: the naive thermal conductivity depends on the model, though the forces do not."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np

from superionic.cli import status
from superionic.transport.green_kubo import PLATEAU_PS

from ..claims import paper_value
from ..results import read_curves
from .drawing import EXPLANATION, RUNS, band, our_point, paper_point, save, use_style


def main() -> None:
    use_style()
    figure, axes = plt.subplots()
    drawn: dict[str, np.ndarray] = {}
    for shift, (model, run) in enumerate(RUNS.items()):
        curves = read_curves(run)
        time, value, error = curves["time_ps"], curves["L00"], curves["L00_error"]
        band(axes, time, value, error, model, f"{model}, this work")
        our_point(axes, 10.25 + 0.6 * shift, run, "kappa_naive", model)
        paper = paper_value(f"naive_kappa_{model}")
        paper_point(axes, 10.5 + 0.6 * shift, paper.value, paper.error, model, f"{model}, paper")
        drawn |= {"time_ps": time, f"naive_{model}_W_per_mK": value, f"error_{model}": error}
    axes.axvspan(*PLATEAU_PS, color="0.94", zorder=0)
    axes.text(sum(PLATEAU_PS) / 2, 1.62, "plateau window", color="0.45", ha="center", fontsize=8.5)
    axes.set(
        xlim=(0, 11.4),
        xticks=range(0, 11, 2),
        ylim=(0, 2.2),
        xlabel="correlation time (ps)",
        ylabel="naive $\\kappa = L_{00}$  (W m$^{-1}$ K$^{-1}$)",
        title="α-Li$_3$PS$_4$, 650 K: two potentials, nearly the same forces",
    )
    axes.legend(loc="upper right", ncols=2)
    figure.supxlabel(EXPLANATION.replace("limit; ", "limit;\n"), fontsize=7, color="0.35")
    save(figure, "figure1", drawn)


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure1", main))
