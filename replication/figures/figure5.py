"""Figure 5: when the correction matters, namely where ions carry heat comparable to √(κ/L11)."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
from ase.data import atomic_masses, atomic_numbers
from matplotlib.axes import Axes
from scipy import constants

from superionic.cli import status

from ..temperature import temperature_series
from .drawing import COLOURS, MARKERS, save, spectral, use_style
from .figure3 import SWEEPS

EV_PER_ION = atomic_masses[atomic_numbers["Li"]] * constants.atomic_mass / constants.e
"""Of one J/kg."""

SHOWN_AT_K = 650

MODELS = {
    "nepA": "li3ps4/nepA-650K-6144",
    "nepC": "li3ps4/nepC-650K-6144",
    "A": "li3ps4/A-650K-768",
    "B": "li3ps4/B-650K-192",
    "C": "li3ps4/C-650K-192",
}
"""The largest run of every potential."""

EXPLANATION = (
    "a: 6144 (nepA, nepC), 768 (A) and 192 atoms (B, C); b: 768 atoms; spectral estimates; "
    "bars: ±1 standard error; curve: $r = q^2/(q^2 + q_0^2)$ with $q_0$ of nepA"
)


def half_way(run: str) -> tuple[float, float]:
    """q0 = √(κ/L11) in eV per ion, where half of the naive κ is ion flow, and its standard error."""
    (kappa, kappa_error), (ions, ions_error) = (spectral(run, name) for name in ("kappa_onsager", "L11"))
    value = EV_PER_ION * np.sqrt(kappa / ions)
    return value, 0.5 * value * np.hypot(kappa_error / kappa, ions_error / ions)


def fractions(axes: Axes) -> dict[str, np.ndarray]:
    """Panel a: the coupled fraction of every potential against the heat its ions carry."""
    middle, _ = half_way(MODELS["nepA"])
    heat = np.linspace(0, 4, 200)
    axes.plot(heat, heat**2 / (heat**2 + middle**2), color="0.6", linewidth=1.0, zorder=1)
    rows = []
    for model, run in MODELS.items():
        (carried, carried_error), (fraction, error) = (
            spectral(run, name) for name in ("heat_of_transport", "coupled_fraction")
        )
        q, q_error = EV_PER_ION * abs(carried), EV_PER_ION * carried_error
        rows.append((q, q_error, fraction, error))
        axes.errorbar(
            q, fraction, error, q_error, fmt=MARKERS[model], markersize=5.5, capsize=2.5,
            color=COLOURS[model], linewidth=1.2,
            label=f"paper's {model}" if model.startswith("nep") else f"our {model}",
        )  # fmt: skip
    axes.plot([middle] * 2, [0, 0.5], ":", color="0.6", linewidth=1.0)
    axes.text(middle + 0.06, 0.03, "$q_0$", color="0.35")
    axes.set(
        xlim=(0, 4),
        ylim=(0, 1),
        xlabel="heat of transport $|q| = |L_{01}|/L_{11}$  (eV per Li)",
        ylabel="coupled fraction  $r = 1 - \\kappa/L_{00}$",
        title=f"(a)  {SHOWN_AT_K} K",
    )
    axes.legend(loc="lower right")
    columns = np.array(rows).T
    return dict(zip(("q_eV", "q_error", "r", "r_error"), columns, strict=True))


def thresholds(axes: Axes) -> dict[str, np.ndarray]:
    """Panel b: q0 of three potentials against temperature."""
    drawn: dict[str, np.ndarray] = {}
    sweep = SWEEPS[0]
    for shift, (model, name) in enumerate(sweep.models.items()):
        series = temperature_series(sweep.material, model, sweep.cell, "L11")
        value, error = np.array([half_way(run) for run in series.runs]).T
        axes.errorbar(
            series.temperature_K + 3 * (shift - 1), value, error, fmt=MARKERS[model] + "-",
            color=COLOURS[model], capsize=2.5, markersize=5, linewidth=1.0, label=name,
        )  # fmt: skip
        drawn |= {f"{model}_K": series.temperature_K, f"{model}_q0_eV": value, f"{model}_q0_error": error}
    axes.set(
        xlim=sweep.span_K,
        ylim=(0, 2),
        xlabel="temperature (K)",
        ylabel="$q_0 = \\sqrt{\\kappa/L_{11}}$  (eV per Li)",
        title="(b)  where half of the naive κ is ion flow",
    )
    axes.legend(loc="lower left")
    return drawn


def main() -> None:
    use_style()
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.7))
    drawn = fractions(panels[0]) | thresholds(panels[1])
    figure.supxlabel(EXPLANATION, fontsize=7, color="0.35")
    save(figure, "figure5", drawn)


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure5", main))
