"""Figure of the perfect crystals: energy and pressure against volume, and the lattice they imply."""

from __future__ import annotations

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from superionic.cli import status
from superionic.crystals import unit_cell
from superionic.materials import load_material

from ..crystal import read_crystal
from ..paths import MATERIALS as MATERIALS_FOLDER
from .drawing import save, use_style

MATERIALS = (
    ("li3ps4", "Li$_3$PS$_4$, 16 atoms, PBEsol", "measured, 906 K"),
    ("cu2se", "Cu$_2$Se, 12 atoms, PBE", "measured, 500 K"),
)
"""Folder, title, and what the cell of its material.toml is, which names the source."""


def energies(axes: Axes, material: str, title: str, how: str) -> None:
    crystal = read_crystal(material)
    volume, energy = crystal.volumes, crystal.energies
    measured = unit_cell(load_material(MATERIALS_FOLDER / material / "material.toml")).get_volume()
    per_atom = 1000.0 / crystal.n_atoms
    lowest = energy.min()
    if fit := crystal.equation_of_state():
        lowest = fit.energy_eV
        fine = np.linspace(volume.min(), volume.max(), 200)
        axes.plot(fine, per_atom * (fit.curve(fine) - lowest), color="#0072B2")
        title += f"\n$V_0$ = {fit.volume_A3:.1f} Å$^3$, $B$ = {fit.modulus_GPa:.0f} GPa"
        if material == "cu2se":
            title += f", $a_0$ = {np.cbrt(fit.volume_A3):.3f} Å"
    axes.plot(volume, per_atom * (energy - lowest), "o", color="#0072B2", markersize=5)
    axes.axvline(measured, color="0.5", linestyle="--", linewidth=1.0)
    axes.annotate(
        f"{how}:\n{measured:.1f} Å$^3$", (measured, 1.0), xycoords=("data", "axes fraction"),
        xytext=(-4, -4), textcoords="offset points", ha="right", va="top", fontsize=7.5, color="0.35",
    )  # fmt: skip
    axes.set_title(title)


def pressures(axes: Axes, material: str) -> None:
    crystal = read_crystal(material)
    if fit := crystal.equation_of_state():
        fine = np.linspace(crystal.volumes.min(), crystal.volumes.max(), 200)
        axes.plot(fine, fit.pressures(fine), color="#0072B2", label="slope of the energies, $-dE/dV$")
    axes.plot(crystal.volumes, crystal.pressures, "o", color="#D55E00", markersize=5, label="from the stress")
    axes.axhline(0.0, color="0.5", linewidth=0.8)
    axes.set_xlabel("volume of the cell (Å$^3$)")
    axes.legend(loc="upper right")


def main() -> None:
    use_style()
    figure, panels = plt.subplots(2, 2, figsize=(8.4, 6.0), sharex="col")
    drawn: list[tuple[float, ...]] = []
    for index, (material, title, how) in enumerate(MATERIALS):
        energies(panels[0, index], material, title, how)
        pressures(panels[1, index], material)
        crystal = read_crystal(material)
        columns = (crystal.volumes, crystal.energies, crystal.pressures)
        drawn += [(index, *point) for point in zip(*columns, strict=True)]
    panels[0, 0].set_ylabel("energy (meV/atom)")
    panels[1, 0].set_ylabel("pressure (GPa)")
    explanation = (
        "points: labels of the perfect crystal at 0 K; curves: Birch-Murnaghan fit of the energies; "
        "dashed: measured, hot"
    )
    figure.supxlabel(explanation, fontsize=7, color="0.35")
    names = ("material", "volume_A3", "energy_eV", "pressure_GPa")
    save(figure, "figure_dft_crystal", dict(zip(names, np.array(drawn).T, strict=True)))


if __name__ == "__main__":
    sys.exit(status("replication.figures.figure_dft_crystal", main))
