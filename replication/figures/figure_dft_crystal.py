"""Figure of the perfect crystals: energy against volume from the labels, and the lattice it implies."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from superionic.materials import load_material, unit_cell

from ..crystal import read_crystal
from ..paths import MATERIALS as MATERIALS_FOLDER
from .drawing import save, use_style

MATERIALS = (
    ("li3ps4", "Li$_3$PS$_4$, 16 atoms, PBEsol", "measured, 906 K"),
    ("cu2se", "Cu$_2$Se, 12 atoms, PBE", "measured, 500 K"),
)
"""Folder, title, and what the cell of its material.toml is, which names the source."""


def main() -> None:
    use_style()
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.6))
    drawn: list[tuple[float, ...]] = []
    for index, (axes, (material, title, how)) in enumerate(zip(panels, MATERIALS, strict=True)):
        crystal = read_crystal(material)
        volume, energy = crystal.volumes, crystal.energies
        measured = unit_cell(load_material(MATERIALS_FOLDER / material / "material.toml")).get_volume()
        per_atom = 1000.0 / crystal.n_atoms
        lowest = energy.min()
        drawn += [(index, v, e) for v, e in zip(volume, energy, strict=True)]
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
        axes.set(xlabel="volume of the cell (Å$^3$)", title=title)
    panels[0].set_ylabel("energy (meV/atom)")
    explanation = (
        "points: labels of the perfect crystal at 0 K; curve: Birch-Murnaghan fit; dashed: measured, hot"
    )
    figure.supxlabel(explanation, fontsize=7, color="0.35")
    names = ("material", "volume_A3", "energy_eV")
    save(figure, "figure_dft_crystal", dict(zip(names, np.array(drawn).T, strict=True)))


if __name__ == "__main__":
    main()
