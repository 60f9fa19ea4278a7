"""Every potential of α-Li3PS4 at 650 K, the paper's and our own: naive κ differs, Onsager κ does not."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from ..reduce import read_table, reduced_file
from .drawing import save, use_style

MODELS = {
    "nepA": "li3ps4/nepA-650K-192",
    "nepC": "li3ps4/nepC-650K-192",
    "A": "li3ps4/A-650K-192",
    "B": "li3ps4/B-650K-192",
    "C": "li3ps4/C-650K-192",
}
"""Label and run; runs without reduced data are left out."""

TICKS = (0.3, 0.5, 1, 2, 3, 5)

QUANTITIES = (
    ("kappa_naive", "naive $L_{00}$", "s", "#D55E00"),
    ("kappa_onsager", r"Onsager $L_{00}-L_{01}^2/L_{11}$", "o", "#0072B2"),
)


def main() -> None:
    use_style()
    figure, axes = plt.subplots(figsize=(5.6, 3.8))
    present = {model: run for model, run in MODELS.items() if reduced_file(run).exists()}
    place = np.arange(len(present), dtype=float)
    drawn: dict[str, np.ndarray] = {"model": place}
    for name, label, marker, colour in QUANTITIES:
        rows = [
            next(
                r for r in read_table(reduced_file(run)) if (r["quantity"], r["method"]) == (name, "spectral")
            )
            for run in present.values()
        ]
        value, error = (np.array([float(row[key]) for row in rows]) for key in ("value", "error"))
        axes.errorbar(place, value, error, fmt=marker, color=colour, capsize=3, markersize=6, label=label)
        drawn |= {f"{name}_W_per_mK": value, f"{name}_error": error}
    axes.set_xticks(place, [f"{model}\n{'paper' if model.startswith('nep') else 'own'}" for model in present])
    axes.set(
        xlim=(-0.5, len(present) - 0.5),
        yscale="log",
        ylim=(0.3, 8),
        ylabel=r"$\kappa$  (W m$^{-1}$ K$^{-1}$)",
        title="α-Li$_3$PS$_4$, 650 K, 192 atoms",
    )
    axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.minorticks_off()
    axes.legend(loc="upper left")
    explanation = "one potential each, 8 x 100 ps; spectral estimates; bars: ±1 standard error"
    figure.supxlabel(explanation, fontsize=7, color="0.35")
    save(figure, "figure_models", drawn)


if __name__ == "__main__":
    main()
