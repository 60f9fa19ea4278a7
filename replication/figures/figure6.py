"""Figure 6: the heat that ions carry, predicted from energies alone, and what vacancies in the labels do."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from superionic.cli import status
from superionic.tables import read_table

from ..gauge import TABLE
from ..results import read_results
from .drawing import COLOURS, MARKERS, save, use_style

OTHERS = {"vac": "trained with vacancies, too", "stoich": "trained without vacancies"}
"""Ending of a model's name -> how it differs from the committed model of that letter; drawn half filled."""

COMMITTEE = "ABC"

PANELS = {"li3ps4": "(a)  α-Li$_3$PS$_4$, 650 K", "cu2se": "(b)  β-Cu$_{1.98}$Se, 700 K"}


def main() -> None:
    use_style()
    figure, panels = plt.subplots(1, 3, figsize=(12.0, 3.8), width_ratios=(1, 1, 0.8))
    drawn: dict[str, np.ndarray] = {}
    for axes, (material, title) in zip(panels[:2], PANELS.items(), strict=True):
        rows = [row for row in read_table(TABLE) if row["run"].startswith(f"{material}/") and row["q_eV"]]
        reference = float(rows[0]["q_eV"])
        named: set[str] = set()
        for index, row in enumerate(rows):
            model, ending = _letter(row["model"])
            label = OTHERS[ending] if ending else model + (" (reference)" if index == 0 else "")
            axes.errorbar(
                reference + float(row["step_eV"]), float(row["q_eV"]), float(row["q_error"]),
                xerr=float(row["step_error"]), fmt=MARKERS[model], color=COLOURS[model], capsize=2.5,
                markersize=5.5, markerfacecolor="white" if index == 0 or ending else None,
                label=None if (ending or model) in named else label,
            )  # fmt: skip
            named.add(ending or model)
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
    drawn |= _committees(panels[2])
    figure.supxlabel(
        "across: from one run of the reference and the energies of taking one ion out of the test frames; "
        "line: equality, no parameter; bars: ±1 standard error; "
        "open symbols but the reference: other training labels",
        fontsize=7,
        color="0.35",
    )
    save(figure, "figure6", drawn)


def _letter(model: str) -> tuple[str, str]:
    """Avac -> A, vac."""
    for ending in OTHERS:
        if model.endswith(ending):
            return model.removesuffix(ending), ending
    return model, ""


def _committees(axes: Axes) -> dict[str, np.ndarray]:
    """κ of the three Li3PS4 models, trained without and with cells that lack a lithium."""
    drawn: dict[str, np.ndarray] = {}
    for quantity, filled in (("naive", True), ("onsager", False)):
        for place, ending in enumerate(("", "vac")):
            for shift, letter in enumerate(COMMITTEE):
                found = read_results(f"li3ps4/{letter}{ending}-650K-192").get(f"kappa_{quantity}")
                error = found.standard_error
                axes.errorbar(
                    place + 0.12 * (shift - 1), found.value, error, fmt=MARKERS[letter],
                    color=COLOURS[letter], capsize=2.5, markersize=5.5,
                    markerfacecolor=None if filled else "white",
                )  # fmt: skip
                drawn[f"li3ps4_{quantity}_{letter}{ending}_W_per_mK"] = np.array([found.value, error])
    axes.set(
        xlim=(-0.5, 1.5), ylim=(0, 3.6), title="(c)  committee A, B, C of Li$_3$PS$_4$, 650 K",
        ylabel="$\\kappa$  (W m$^{-1}$ K$^{-1}$)",
    )  # fmt: skip
    axes.set_xticks([0, 1], ["stoichiometric\nlabels", "and 12 cells that\nlack one Li"])
    for text, height in (("naive", 3.4), ("Onsager (open)", 0.65)):
        axes.text(0.5, height, text, ha="center", va="center", color="0.35", fontsize=8.5)
    return drawn


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure6", main))
