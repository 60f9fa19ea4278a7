"""Figure 5: the correction matters where the heat of transport is comparable to √(κ/L11)."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from ..material_folder import MaterialFolder, paper_materials
from ..reduced.temperature import temperature_series
from .drawing import Columns, Drawing, explain, spectral

EXPLANATION = (
    "spectral estimates; bars: ±1 standard error; curve in a: $r = q^2/(q^2 + q_0^2)$ with $q_0$ of "
)


def half_heat(material: MaterialFolder, run: str) -> tuple[float, float]:
    """q0 = √(κ/L11) in eV per ion, where half of the naive κ is due to ion flow, and its error."""
    (kappa, kappa_error), (ions, ions_error) = (spectral(run, name) for name in ("kappa_onsager", "L11"))
    value = material.eV_per_ion * np.sqrt(kappa / ions)
    return value, 0.5 * value * np.hypot(kappa_error / kappa, ions_error / ions)


def fractions(axes: Axes, material: MaterialFolder, runs: list[str]) -> Columns:
    """Panel a: the coupled fraction of every potential against its heat of transport."""
    middle, _ = half_heat(material, runs[0])
    heat = np.linspace(0, 4, 200)
    axes.plot(heat, heat**2 / (heat**2 + middle**2), color="0.6", linewidth=1.0, zorder=1)
    rows = []
    for run in runs:
        (carried, carried_error), (fraction, error) = (
            spectral(run, name) for name in ("heat_of_transport", "coupled_fraction")
        )
        q, q_error = material.eV_per_ion * abs(carried), material.eV_per_ion * carried_error
        rows.append((q, q_error, fraction, error))
        style = material.style(material.runs[run].model)
        axes.errorbar(
            q, fraction, error, q_error, fmt=style.marker, markersize=5.5, capsize=2.5,
            color=style.colour, linewidth=1.2,
        )  # fmt: skip
        axes.plot([], [], style.marker, color=style.colour, markersize=5.5, label=style.label)
    axes.plot([middle] * 2, [0, 0.5], ":", color="0.6", linewidth=1.0)
    axes.text(middle + 0.06, 0.03, "$q_0$ = √($\\kappa/L_{11}$)", color="0.35")
    axes.set(
        xlim=(0, 4),
        ylim=(0, 1),
        xlabel=f"heat of transport $|q| = |L_{{01}}|/L_{{11}}$  (eV per {material.mobile})",
        ylabel="coupled fraction  $r = 1 - \\kappa/L_{00}$",
        title=f"(a)  {material.title}, {material.runs[runs[0]].temperature_K:g} K",
    )
    axes.legend(loc="lower right")
    columns = np.array(rows).T
    return dict(zip(("q_eV", "q_error", "r", "r_error"), columns, strict=True))


def thresholds(axes: Axes, material: MaterialFolder) -> Columns:
    """Panel b: q0 of the potentials of figure 3 against temperature."""
    drawn: Columns = {}
    sweep = material.conductivity()
    if sweep is None:
        return drawn
    for shift, model in enumerate(sweep.models):
        series, style = temperature_series(material.name, model, sweep.cell, "L11"), material.style(model)
        if not series.runs:
            continue
        value, error = np.array([half_heat(material, run) for run in series.runs]).T
        axes.errorbar(
            series.temperature_K + 3 * (shift - 1), value, error, fmt=style.marker + "-",
            color=style.colour, capsize=2.5, markersize=5, linewidth=1.0, label=style.label,
        )  # fmt: skip
        drawn |= {f"{model}_K": series.temperature_K, f"{model}_q0_eV": value, f"{model}_q0_error": error}
    axes.set(
        xlim=sweep.span_K,
        ylim=(0, 2),
        xlabel="temperature (K)",
        ylabel=f"$q_0 = \\sqrt{{\\kappa/L_{{11}}}}$  (eV per {material.mobile})",
        title=f"(b)  {material.title}: half of the naive $\\kappa$ is ion flow",
    )
    axes.legend(loc="lower left")
    return drawn


def draw() -> Drawing | None:
    described = [(one, one.presentation.criterion) for one in paper_materials() if one.presentation.criterion]
    if not described:
        return None
    material, criterion = described[0]
    runs = [f"{material.name}/{run}" for run in criterion.runs]
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.7))
    drawn = fractions(panels[0], material, runs) | thresholds(panels[1], material)
    first = material.runs[runs[0]].model
    explain(
        figure, f"a: {criterion.conditions}; {EXPLANATION}{first}; b: potentials offset by 3 K for clarity"
    )
    return figure, drawn
