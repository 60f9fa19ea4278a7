"""Stability trials of the potentials: volume and diffusion against temperature."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from superionic.transport.uncertainty import formatted
from superionic.units import BOLTZMANN_EV_PER_K
from superionic.validation.fits import arrhenius_line

from ...committee.training_reports import training_reports
from ...committee.trials import Trials, activation, load_trials, read_trials
from ...material_folder import MaterialFolder
from ..drawing import LETTERS, Drawing, explain

NAMES = ("model", "temperature_K", "volume_A3", "volume_error", "diffusion_m2_per_s", "diffusion_error")
EXPLANATION = (
    "bars: ±1 standard error over the replicas; grey bar in a: measured volume ±2 %; "
    "lines in b: Arrhenius fits, activation energies in the legend; "
    "open symbols: above the range of use, excluded from the fits"
)
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 7, 10, 20, 50)

Results = dict[str, np.ndarray]


def draw(material: MaterialFolder) -> Drawing | None:
    """None without a trials.toml, or before the first trial."""
    if not (material.path / "trials.toml").exists():
        return None
    trials = load_trials(material.name)
    results = rows_of(material, trials)
    if not results:
        return None
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.9))
    volumes(panels[0], material, trials, results)
    diffusion(panels[1], material, trials, results)
    for axes, letter in zip(panels, LETTERS, strict=False):
        axes.set_title(f"({letter})  {material.title}")
    explain(figure, EXPLANATION)
    rows = [(number, *row) for number, rows in enumerate(results.values()) for row in rows]
    return figure, dict(zip(NAMES, np.array(rows).reshape(-1, 6).T, strict=True))


def rows_of(material: MaterialFolder, trials: Trials) -> Results:
    """Per model (n, 5): temperature, volume and its error, diffusion of the mobile species and its error."""
    results = {}
    for name in [*training_reports(material.name), *trials.published]:
        rows = [
            (t["temperature_K"], *t["volume_per_site_A3"], *t["diffusion_m2_per_s"][material.mobile])
            for t in read_trials(material.name, name)
            if t["replicas"] > 1 and "explosion" not in t
        ]
        if rows:
            results[name] = np.array(rows)
    return results


def points(
    axes: Axes,
    material: MaterialFolder,
    name: str,
    label: str,
    columns: tuple[np.ndarray, np.ndarray, np.ndarray],
    used: np.ndarray,
) -> None:
    """Values of one model with error bars; open symbols where not `used`."""
    style = material.style(name)
    x, y, error = columns
    for selected, face, legend in ((used, style.colour, label), (~used, "white", "")):
        axes.errorbar(
            x[selected], y[selected], error[selected], fmt=style.marker, color=style.colour, markersize=4.5,
            markerfacecolor=face, capsize=2, label=legend,
        )  # fmt: skip


def volumes(axes: Axes, material: MaterialFolder, trials: Trials, results: Results) -> None:
    """Volume per site and its measured value."""
    measured = trials.reference_volume_A3
    for name, rows in results.items():
        temperature, value, error = rows[:, :3].T
        style = material.style(name)
        axes.plot(temperature, value, color=style.colour, linewidth=0.8)
        columns = (temperature, value, error)
        points(axes, material, name, style.label, columns, trials.in_use(temperature))
    at = trials.reference_temperature_K
    axes.fill_between([at - 12, at + 12], 0.98 * measured, 1.02 * measured, color="0.8", linewidth=0)
    axes.plot([at], [measured], "X", color="black", markersize=6, label="measured")
    axes.set(xlabel="temperature (K)", ylabel="volume per site (Å$^3$)")
    axes.legend(loc="upper left")


def diffusion(axes: Axes, material: MaterialFolder, trials: Trials, results: Results) -> None:
    """Self-diffusion of the mobile species with its Arrhenius line."""
    for name, rows in results.items():
        temperature, value, error = rows[:, 0], 1e9 * rows[:, 3], 1e9 * rows[:, 4]
        used = trials.in_use(temperature)
        energy = activation(read_trials(material.name, name), trials, material.mobile)
        style = material.style(name)
        label = style.label
        line = arrhenius_line(temperature[used], value[used], error[used])
        if energy is not None and line is not None:
            label += f", {formatted(energy.value, energy.standard_error)} eV"
            grid = np.linspace(1 / temperature[used].max(), 1 / temperature.min(), 50)
            fit = np.exp(line[0] / BOLTZMANN_EV_PER_K * grid + line[1])
            axes.plot(1000 * grid, fit, color=style.colour, linewidth=0.8)
        points(axes, material, name, label, (1000 / temperature, value, error), used)
    axes.set(
        xlabel="1000 K / $T$", yscale="log",
        ylabel=f"$D$({material.mobile})  (10$^{{-9}}$ m$^2$ s$^{{-1}}$)",
    )  # fmt: skip
    axes.yaxis.set_major_locator(FixedLocator(TICKS))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="lower left")
