"""Figure 6: the heat of transport predicted from energies, and the effect of vacancies in the labels."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..gauge import read_gauges, table_of
from ..material_folder import MaterialFolder, paper_materials
from ..presentation import Gauge, Style
from .drawing import LETTERS, Columns, Drawing, explain, spectral

EXPLANATION = (
    "a, b: predicted from one run of the reference (black edge) and $\\Gamma$, the energies of "
    "removing one ion from the test frames; line: equality, no fit parameter; "
    "open symbols: trained on other labels, see legends; bars: ±1 standard error"
)


def draw() -> Drawing | None:
    shown = [(one, one.presentation.gauge) for one in paper_materials() if one.presentation.gauge]
    compared = next(((one, gauge) for one, gauge in shown if gauge.labels is not None), None)
    if compared is None:
        return None
    widths = [1.0] * len(shown) + [0.8]
    figure, panels = plt.subplots(1, len(widths), figsize=(11.0, 4.2), width_ratios=widths)
    drawn: Columns = {}
    for axes, letter, (material, gauge) in zip(panels[:-1], LETTERS, shown, strict=False):
        drawn |= predicted(axes, material, gauge)
        axes.set_title(f"({letter})  {material.title}, {gauge.conditions}")
    drawn |= committees(panels[-1], *compared)
    explain(figure, EXPLANATION)
    return figure, drawn


def predicted(axes: Axes, material: MaterialFolder, gauge: Gauge) -> Columns:
    """q of every run against its prediction from the first one, the reference."""
    path, table = table_of(material.name), read_gauges(material.name)
    runs = [f"{material.name}/{name}" for name in gauge.runs]
    missing = [run for run in runs if run not in table] or [run for run in runs[:1] if not table[run]["q_eV"]]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)}: `make gauge` makes it anew")
    rows = [table[run] for run in runs if table[run]["q_eV"]]
    reference = float(rows[0]["q_eV"])
    legend: set[str] = set()
    for index, row in enumerate(rows):
        style = material.style(row["model"])
        label = gauge.variants if style.variant_of else row["model"] + (" (reference)" if index == 0 else "")
        symbol: dict[str, Any] = {
            "color": style.colour,
            "markersize": 7.0 if index == 0 else 5.5,
            "markerfacecolor": "white" if style.variant_of else style.colour,
            "markeredgecolor": "black" if index == 0 else style.colour,
        }
        axes.errorbar(
            reference + float(row["step_eV"]), float(row["q_eV"]), float(row["q_error"]),
            xerr=float(row["step_error"]), fmt=style.marker, capsize=2.5, zorder=4 - min(index, 1), **symbol,
        )  # fmt: skip
        if label not in legend and row["model"] not in legend:
            axes.plot([], [], style.marker, label=label, **symbol)
        legend |= {label, row["model"]}
    low, high = axes.get_xlim()
    span = np.array([low, high]) + np.array([-0.05, 0.05]) * (high - low)
    axes.plot(span, span, "-", color="0.75", linewidth=1.0, zorder=0)
    axes.set(
        xlim=span, ylim=span, aspect="equal",
        xlabel=rf"$q_\mathrm{{ref}} + \Gamma - \Gamma_\mathrm{{ref}}$  (eV per {material.mobile})",
        ylabel=f"$q = L_{{01}}/L_{{11}}$ of the run  (eV per {material.mobile})",
    )  # fmt: skip
    axes.legend(loc="lower right", fontsize=8, handletextpad=0.3, borderaxespad=0.2)
    columns = ("step_eV", "step_error", "q_eV", "q_error")
    return {f"{material.name}_{key}": np.array([float(row[key]) for row in rows]) for key in columns}


def committees(axes: Axes, material: MaterialFolder, gauge: Gauge) -> Columns:
    """κ of the models that have a variant with other training labels, and of the variants."""
    drawn: Columns = {}
    runs = {material.runs[run].model: run for name in gauge.runs if (run := f"{material.name}/{name}")}
    variants = [model for model in runs if material.style(model).variant_of]
    cell = material.runs[runs[variants[0]]].cell
    for place, quantity in enumerate(("naive", "onsager")):
        for shift, variant in enumerate(variants):
            style = material.style(variant)
            temperature = material.runs[runs[variant]].temperature_K
            pair = (material.run(style.variant_of, temperature, cell), runs[variant])
            for side, (reduced, model) in enumerate(zip(pair, (style.variant_of, variant), strict=True)):
                assert reduced is not None
                value, error = spectral(reduced, f"kappa_{quantity}")
                axes.errorbar(
                    place + 0.36 * (side - 0.5) + 0.1 * (shift - 1), value, error, fmt=style.marker,
                    color=style.colour, capsize=2.5, markersize=5.5,
                    markerfacecolor="white" if side else None,
                )  # fmt: skip
                drawn[f"{material.name}_{quantity}_{model}_W_per_mK"] = np.array([value, error])
    axes.set(
        xlim=(-0.5, 1.5), ylim=(0, 4.4), ylabel="$\\kappa$  (W m$^{-1}$ K$^{-1}$)",
        title=f"(c)  {material.title}, {gauge.conditions}",
    )  # fmt: skip
    axes.set_xticks([0, 1], ["naive", "Onsager"])
    axes.legend(
        handles=_legend([material.style(one) for one in variants], gauge), loc="upper right", fontsize=8
    )
    return drawn


def _legend(styles: list[Style], gauge: Gauge) -> list[Line2D]:
    """Colours are models; filled and open symbols are the two sets of training labels."""
    sets = zip(gauge.labels or ("", ""), ("0.3", "white"), strict=True)
    return [
        *(
            Line2D([], [], color=one.colour, marker=one.marker, linestyle="", label=one.variant_of)
            for one in styles
        ),
        *(
            Line2D([], [], color="0.3", marker="o", linestyle="", markerfacecolor=face, label=label)
            for label, face in sets
        ),
    ]
