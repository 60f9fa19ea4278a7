"""Figure 6: the heat that ions carry, predicted from energies alone, against molecular dynamics."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np

from superionic.cli import status

from ..gauge import TABLE
from ..reduce import read_table
from .drawing import COLOURS, MARKERS, save, use_style

PANELS = {"li3ps4": "(a)  α-Li$_3$PS$_4$, 650 K", "cu2se": "(b)  β-Cu$_{1.98}$Se, 700 K"}


def main() -> None:
    use_style()
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.8))
    drawn: dict[str, np.ndarray] = {}
    for axes, (material, title) in zip(panels, PANELS.items(), strict=True):
        rows = [row for row in read_table(TABLE) if row["run"].startswith(f"{material}/") and row["q_eV"]]
        reference = float(rows[0]["q_eV"])
        named: set[str] = set()
        for index, row in enumerate(rows):
            model = row["model"]
            axes.errorbar(
                reference + float(row["step_eV"]), float(row["q_eV"]), float(row["q_error"]),
                xerr=float(row["step_error"]), fmt=MARKERS[model], color=COLOURS[model], capsize=2.5,
                markersize=5.5, markerfacecolor="white" if index == 0 else None,
                label=None if model in named else model + (" (reference)" if index == 0 else ""),
            )  # fmt: skip
            named.add(model)
        for column in ("step_eV", "step_error", "q_eV", "q_error"):
            drawn[f"{material}_{column}"] = np.array([float(row[column]) for row in rows])
        low, high = axes.get_xlim()
        span = np.array([low, high]) + np.array([-0.05, 0.05]) * (high - low)
        axes.plot(span, span, "-", color="0.75", linewidth=1.0, zorder=0)
        symbol = "Li" if material == "li3ps4" else "Cu"
        axes.set(
            xlim=span, ylim=span, title=title, aspect="equal",
            xlabel=f"$q_{{ref}} + Γ - Γ_{{ref}}$  (eV per {symbol})",
            ylabel=f"$q = L_{{01}}/L_{{11}}$ of the run  (eV per {symbol})",
        )  # fmt: skip
        axes.legend(loc="upper left")
    figure.supxlabel(
        "across: from one run of the reference and the energies of taking one ion out of the test frames; "
        "line: equality, no parameter; bars: ±1 standard error",
        fontsize=7,
        color="0.35",
    )
    save(figure, "figure6", drawn)


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure6", main))
