"""The cepstral κ against its two parameters, the cut-off frequency f* and the number of coefficients P*."""

from __future__ import annotations

import matplotlib.pyplot as plt

from ..reduced.quantities import STABILITY_TERMS
from ..reduced.results import read_curves, read_results
from .drawing import Columns, Drawing, explain, main_material, main_runs, sequence_colour

EXPLANATION = (
    "curves: cepstral estimates with $P^*$ coefficients up to $f^*$; "
    "circle and thick curve: $f^*$ and $P^*$ of our selection rule; band and bar: ±1 standard error; "
    "grey band: the spectral estimate (smoothing spline of the log-spectrum), ±1 standard error"
)


def draw() -> Drawing | None:
    material = main_material()
    if material is None:
        return None
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.8), sharey=True)
    drawn: Columns = {}
    for axes, letter, (model, run) in zip(panels, "ab", main_runs(material).items(), strict=True):
        results = read_results(run)
        chosen_terms = int(results.get("cosine_terms", "cepstral").value)
        curves = read_curves(run, "stability")
        cutoff = curves["cutoff_THz"]
        drawn[f"{model}_cutoff_THz"] = cutoff
        for index, terms in enumerate(STABILITY_TERMS):
            colour = sequence_colour(index, len(STABILITY_TERMS))
            value, error = curves[f"kappa_{terms}"], curves[f"kappa_{terms}_error"]
            width = 2.0 if terms == chosen_terms else 1.0
            axes.plot(cutoff, value, color=colour, linewidth=width, label=f"$P^*$ = {terms}")
            if terms == chosen_terms:
                axes.fill_between(cutoff, value - error, value + error, color=colour, alpha=0.2, linewidth=0)
            drawn |= {f"{model}_kappa_{terms}": value, f"{model}_kappa_{terms}_error": error}
        quoted = results.get("kappa_onsager")
        middle, half = quoted.value, quoted.standard_error
        axes.axhspan(middle - half, middle + half, color="0.6", alpha=0.35, linewidth=0, zorder=0)
        point = results.get("kappa_onsager", "cepstral")
        axes.errorbar(
            [results.get("cutoff_frequency", "cepstral").value], [point.value], [point.standard_error],
            fmt="o", color="black", markerfacecolor="white", capsize=2.5, zorder=5,
        )  # fmt: skip
        axes.set(
            xscale="log", ylim=(0.3, 0.6), xlabel="cut-off frequency $f^*$ (THz)",
            title=f"({letter})  {material.title}, {model}, {material.runs[run].temperature_K:g} K",
        )  # fmt: skip
    panels[0].set_ylabel(r"Onsager $\kappa$  (W m$^{-1}$ K$^{-1}$)")
    panels[1].legend(loc="lower right", ncols=2)
    explain(figure, EXPLANATION)
    return figure, drawn
