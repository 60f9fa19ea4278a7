"""The perfect crystal: energy and pressure against volume, and the lattice they imply."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from superionic.crystals import unit_cell
from superionic.system import Array
from superionic.validation.equation_of_state import Crystal

from ...crystal import read_crystal
from ...material_folder import MaterialFolder
from ..drawing import Drawing, explain

EXPLANATION = (
    "points: labels of the perfect crystal at 0 K; curves: Birch-Murnaghan fit of the energies; "
    "dashed: measured volume at high temperature"
)


def draw(material: MaterialFolder) -> Drawing | None:
    """None without labels of the crystal."""
    try:
        crystal = read_crystal(material.name)
    except FileNotFoundError:
        return None
    figure, panels = plt.subplots(2, 1, figsize=(4.6, 6.4), sharex=True)
    energies(panels[0], crystal, material)
    pressures(panels[1], crystal)
    panels[0].set_ylabel("energy (meV/atom)")
    panels[1].set_ylabel("pressure (GPa)")
    explain(figure, EXPLANATION)
    columns = (crystal.volumes, crystal.energies, crystal.pressures)
    return figure, dict(zip(("volume_A3", "energy_eV", "pressure_GPa"), columns, strict=True))


def rounded(values: Array) -> Array:
    """Rounded so that the bytes of the figure do not depend on the processor."""
    return np.round(values, 4)


def energies(axes: Axes, crystal: Crystal, material: MaterialFolder) -> None:
    """Energies, their fit, and the measured volume."""
    volume, energy = crystal.volumes, crystal.energies
    shown = material.presentation.crystal
    title = shown.title if shown else f"{material.title}, {crystal.n_atoms} atoms"
    per_atom = 1000.0 / crystal.n_atoms
    lowest = energy.min()
    if fit := crystal.equation_of_state():
        lowest = fit.energy_eV
        fine = np.linspace(volume.min(), volume.max(), 200)
        axes.plot(fine, rounded(per_atom * (fit.curve(fine) - lowest)), color="0.45")
        title += f"\n$V_0$ = {fit.volume_A3:.1f} Å$^3$, $B$ = {fit.modulus_GPa:.0f} GPa"
        if shown is not None and shown.cubic:
            title += f", $a_0$ = {np.cbrt(fit.volume_A3):.3f} Å"
    axes.plot(volume, per_atom * (energy - lowest), "o", color="black", markersize=5)
    if shown is not None:
        measured = unit_cell(material.material).get_volume()
        axes.axvline(measured, color="0.5", linestyle="--", linewidth=1.0)
        axes.annotate(
            f"{shown.measured}:\n{measured:.1f} Å$^3$", (measured, 1.0), xycoords=("data", "axes fraction"),
            xytext=(-4, -4), textcoords="offset points", ha="right", va="top", fontsize=8, color="0.35",
        )  # fmt: skip
    axes.set_title(f"(a)  {title}")


def pressures(axes: Axes, crystal: Crystal) -> None:
    """Pressures from the stress and from the slope of the energies."""
    if fit := crystal.equation_of_state():
        fine = np.linspace(crystal.volumes.min(), crystal.volumes.max(), 200)
        axes.plot(fine, rounded(fit.pressures(fine)), color="0.45", label="slope of the energies, $-dE/dV$")
    axes.plot(
        crystal.volumes,
        crystal.pressures,
        "o",
        color="black",
        markerfacecolor="white",
        markersize=5,
        label="from the stress",
    )
    axes.axhline(0.0, color="0.5", linewidth=0.8)
    axes.set_title("(b)")
    axes.set_xlabel("volume of the cell (Å$^3$)")
    axes.legend(loc="upper right")
