"""Figure of our own potentials in molecular dynamics: volume and diffusion against temperature."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, ScalarFormatter

from superionic.cli import status
from superionic.materials import load_material

from ..paths import MATERIALS
from ..potentials import TITLES, models
from ..report import formatted
from ..trials import activation, load_trials, read_trials
from .drawing import COLOURS, MARKERS, save, use_style

NAMES = (
    "material", "model", "temperature_K", "volume_A3", "volume_error",
    "diffusion_m2_per_s", "diffusion_error",
)  # fmt: skip
EXPLANATION = (
    "bars: one standard error, from the spread of three replicas (smaller than the symbols where not seen); "
    "band: the measured volume ±2 %\nlines: Arrhenius fits, with their activation energies; "
    "hollow: hotter than the potentials are used at, not in the fits; nepA, nepC: the published potentials"
)

ORDER = [*MARKERS]
"""The column `model` counts along this."""

Row = tuple[float, ...]


def label_of(name: str) -> str:
    return name if name.startswith("nep") else f"model {name}"


def rows_of(material: str) -> dict[str, np.ndarray]:
    """Per model (n, 5): temperature, volume and its error, diffusion of the mobile species and its error."""
    (mobile,) = load_material(MATERIALS / material / "material.toml").mobile
    found = {}
    for name in [*models(material), *load_trials(material).published]:
        rows = [
            (t["temperature_K"], *t["volume_per_site_A3"], *t["diffusion_m2_per_s"][mobile])
            for t in read_trials(material, name)
            if t["replicas"] > 1 and "explosion" not in t
        ]
        if rows:
            found[name] = np.array(rows)
    return found


def symbols(
    axes: Axes, name: str, label: str, x: np.ndarray, y: np.ndarray, error: np.ndarray, used: np.ndarray
) -> None:
    """Values of one model with error bars; hollow where not `used`."""
    for chosen, face, shown in ((used, COLOURS[name], label), (~used, "white", "")):
        axes.errorbar(
            x[chosen], y[chosen], error[chosen], fmt=MARKERS[name], color=COLOURS[name], markersize=4.5,
            markerfacecolor=face, capsize=2, label=shown,
        )  # fmt: skip


def volumes(axes: Axes, material: str, found: dict[str, np.ndarray]) -> None:
    wanted = load_trials(material)
    measured = wanted.reference_volume_A3
    for name, rows in found.items():
        temperature, value, error = rows[:, :3].T
        axes.plot(temperature, value, color=COLOURS[name], linewidth=0.8)
        symbols(axes, name, label_of(name), temperature, value, error, wanted.in_use(temperature))
    at = wanted.reference_temperature_K
    axes.fill_between([at - 12, at + 12], 0.98 * measured, 1.02 * measured, color="0.8", linewidth=0)
    axes.plot([at], [measured], "X", color="black", markersize=6, label="measured")
    axes.set(xlabel="temperature (K)", ylabel="volume per site (Å$^3$)")
    axes.legend(loc="upper left")


def diffusion(axes: Axes, material: str, found: dict[str, np.ndarray]) -> None:
    wanted = load_trials(material)
    (mobile,) = load_material(MATERIALS / material / "material.toml").mobile
    for name, rows in found.items():
        temperature, value, error = rows[:, 0], 1e9 * rows[:, 3], 1e9 * rows[:, 4]
        used = wanted.in_use(temperature)
        energy = activation(read_trials(material, name), wanted, mobile)
        label = label_of(name)
        if energy is not None:
            label += f", {formatted(energy.value, energy.standard_error)} eV"
            slope, offset = np.polyfit(1 / temperature[used], np.log(value[used]), 1, w=(value / error)[used])
            grid = np.linspace(1 / temperature[used].max(), 1 / temperature.min(), 50)
            axes.plot(1000 * grid, np.exp(slope * grid + offset), color=COLOURS[name], linewidth=0.8)
        symbols(axes, name, label, 1000 / temperature, value, error, used)
    axes.set(
        xlabel="1000 / temperature (1/K)", yscale="log",
        ylabel=f"$D$({mobile})  (10$^{{-9}}$ m$^2$ s$^{{-1}}$)",
    )  # fmt: skip
    axes.yaxis.set_major_locator(FixedLocator([0.5, 1, 2, 3, 4, 5, 7, 10]))
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="lower left")


def main() -> None:
    use_style()
    figure, panels = plt.subplots(2, 2, figsize=(8.4, 6.6))
    drawn: list[Row] = []
    for number, (material, title) in enumerate(TITLES.items()):
        found = rows_of(material)
        for axes, draw in zip(panels[number], (volumes, diffusion), strict=True):
            axes.set_title(title)
            if found:
                draw(axes, material, found)
            else:
                axes.set_axis_off()
                axes.text(0.5, 0.5, "no trials yet", transform=axes.transAxes, ha="center", color="0.5")
        drawn += [(number, ORDER.index(name), *row) for name, rows in found.items() for row in rows]
    figure.supxlabel(EXPLANATION, fontsize=7, color="0.35")
    save(figure, "figure_trials", dict(zip(NAMES, np.array(drawn).reshape(-1, 7).T, strict=True)))


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure_trials", main))
