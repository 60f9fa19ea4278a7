"""Figure 6: the heat that ions carry, predicted from energies alone, and what vacancies in the labels do."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from superionic.tables import read_table

from ..gauge import table_of
from ..material_folder import MaterialFolder, paper_materials
from ..presentation import Gauge
from .drawing import Columns, Drawing, explain, spectral

EXPLANATION = (
    "across: from one run of the reference and the energies of taking one ion out of the test frames; "
    "line: equality, no parameter; bars: ±1 standard error; "
    "open symbols but the reference: other training labels"
)


def draw() -> Drawing:
    shown = [(one, one.presentation.gauge) for one in paper_materials() if one.presentation.gauge]
    figure, panels = plt.subplots(1, len(shown) + 1, figsize=(12.0, 3.8), width_ratios=(1, 1, 0.8))
    drawn: Columns = {}
    for axes, letter, (material, gauge) in zip(panels[:-1], "ab", shown, strict=True):
        drawn |= predicted(axes, material, gauge)
        axes.set_title(f"({letter})  {material.title}, {gauge.conditions}")
    (compared,) = ((material, gauge) for material, gauge in shown if gauge.labels is not None)
    drawn |= committees(panels[-1], *compared)
    explain(figure, EXPLANATION)
    return figure, drawn


def predicted(axes: Axes, material: MaterialFolder, gauge: Gauge) -> Columns:
    """q of every run against its prediction from the first one."""
    table = {row["run"]: row for row in read_table(table_of(material.name)) if row["q_eV"]}
    rows = [table[run] for name in gauge.runs if (run := f"{material.name}/{name}") in table]
    reference = float(rows[0]["q_eV"])
    named: set[str] = set()
    for index, row in enumerate(rows):
        style = material.style(row["model"])
        label = gauge.variants if style.variant_of else row["model"] + (" (reference)" if index == 0 else "")
        axes.errorbar(
            reference + float(row["step_eV"]), float(row["q_eV"]), float(row["q_error"]),
            xerr=float(row["step_error"]), fmt=style.marker, color=style.colour, capsize=2.5,
            markersize=5.5, markerfacecolor="white" if index == 0 or style.variant_of else None,
            label=None if label in named or row["model"] in named else label,
        )  # fmt: skip
        named |= {label, row["model"]}
    low, high = axes.get_xlim()
    span = np.array([low, high]) + np.array([-0.05, 0.05]) * (high - low)
    axes.plot(span, span, "-", color="0.75", linewidth=1.0, zorder=0)
    axes.set(
        xlim=span, ylim=span, aspect="equal",
        xlabel=f"$q_{{ref}} + Γ - Γ_{{ref}}$  (eV per {material.mobile})",
        ylabel=f"$q = L_{{01}}/L_{{11}}$ of the run  (eV per {material.mobile})",
    )  # fmt: skip
    axes.legend(loc="upper left")
    columns = ("step_eV", "step_error", "q_eV", "q_error")
    return {f"{material.name}_{key}": np.array([float(row[key]) for row in rows]) for key in columns}


def committees(axes: Axes, material: MaterialFolder, gauge: Gauge) -> Columns:
    """κ of the models that have a variant with other training labels, and of the variants."""
    drawn: Columns = {}
    runs = {material.runs[run].model: run for name in gauge.runs if (run := f"{material.name}/{name}")}
    variants = [model for model in runs if material.style(model).variant_of]
    cell = material.runs[runs[variants[0]]].cell
    for quantity, filled in (("naive", True), ("onsager", False)):
        for shift, variant in enumerate(variants):
            style = material.style(variant)
            temperature = material.runs[runs[variant]].temperature_K
            pair = (material.run(style.variant_of, temperature, cell), runs[variant])
            for place, (found, model) in enumerate(zip(pair, (style.variant_of, variant), strict=True)):
                assert found is not None
                value, error = spectral(found, f"kappa_{quantity}")
                axes.errorbar(
                    place + 0.12 * (shift - 1), value, error, fmt=style.marker, color=style.colour,
                    capsize=2.5, markersize=5.5, markerfacecolor=None if filled else "white",
                )  # fmt: skip
                drawn[f"{material.name}_{quantity}_{model}_W_per_mK"] = np.array([value, error])
    letters = ", ".join(material.style(variant).variant_of for variant in variants)
    axes.set(
        xlim=(-0.5, 1.5), ylim=(0, 3.6), ylabel="$\\kappa$  (W m$^{-1}$ K$^{-1}$)",
        title=f"(c)  committee {letters} of {material.title}, {gauge.conditions}",
    )  # fmt: skip
    axes.set_xticks([0, 1], gauge.labels or ("", ""))
    for text, height in (("naive", 3.4), ("Onsager (open)", 0.65)):
        axes.text(0.5, height, text, ha="center", va="center", color="0.35", fontsize=8.5)
    return drawn
