"""The ab-initio labels: energies, pressures, forces and bond lengths covered by each sampling round."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations_with_replacement

import ase.io
import matplotlib.pyplot as plt
import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from matplotlib.axes import Axes

from superionic.dft.label import pressure_GPa

from ...committee.labels import label_files
from ...material_folder import MaterialFolder
from ...presentation import Labels
from ..drawing import LETTERS, Drawing, explain, sequence_colour

CRYSTAL, TEST = "crystal", "test"
BINS = 40
EXPLANATION = (
    "crystal: perfect crystal at several volumes; rounds: sampled in this order; "
    "test: held out of training; numbers of labels in parentheses"
)

Colours = dict[str, str | tuple[float, ...]]


def colours_of(groups: Iterable[str]) -> Colours:
    """Grey for the crystal, black for the test frames, a sequence for the rounds."""
    rounds = [group for group in groups if group not in (CRYSTAL, TEST)]
    sequence = {group: sequence_colour(index, len(rounds)) for index, group in enumerate(rounds)}
    return {CRYSTAL: "0.6", TEST: "black", **sequence}


def groups(material: str) -> dict[str, list[Atoms]]:
    """Labels by round; the test frames of all rounds form the last group."""
    by_group: dict[str, list[Atoms]] = {}
    for path in label_files(material):
        for label in ase.io.read(path, index=":"):
            by_group.setdefault(TEST if label.info["split"] == "test" else path.stem, []).append(label)
    return {name: by_group[name] for name in sorted(by_group, key=lambda name: (name == TEST, name))}


def volume_energy_pressure(labels: list[Atoms]) -> np.ndarray:
    """(3, frames): volume (Å³/atom), energy (eV/atom), pressure (GPa)."""
    rows = [
        (label.get_volume() / len(label), label.get_potential_energy() / len(label), pressure_GPa(label))
        for label in labels
    ]
    return np.array(rows).T


def bonds(labels: list[Atoms], pair: tuple[str, str], longest: float) -> np.ndarray:
    """Å, all distances of a pair up to `longest`."""
    return np.concatenate([neighbor_list("d", one, {pair: longest}) for one in labels])


def histograms(axes: Axes, values: dict[str, np.ndarray], colours: Colours) -> None:
    """Probability density of each group, as steps."""
    together = np.concatenate(list(values.values()))
    edges = np.linspace(together.min(), together.max(), BINS + 1)
    for name, group in values.items():
        density = np.histogram(group, edges, density=True)[0]
        axes.stairs(density, edges, color=colours[name], linewidth=1.8 if name == TEST else 1.0)


def bond_of(material: MaterialFolder, labels: list[Atoms]) -> Labels:
    """The pair of figures.toml, or the one with the shortest distance, up to 1.4 times that distance."""
    if material.presentation.labels is not None:
        return material.presentation.labels
    shortest = {
        pair: float(distances.min())
        for pair in combinations_with_replacement(material.material.elements, 2)
        if len(distances := bonds(labels[:1], pair, 4.0))
    }
    pair = min(shortest, key=lambda one: shortest[one])
    return Labels(bond=pair, longest_A=1.4 * shortest[pair])


def draw(material: MaterialFolder) -> Drawing | None:
    """None without labels."""
    rounds = groups(material.name)
    if not rounds:
        return None
    colours = colours_of(rounds)
    disordered = {name: labels for name, labels in rounds.items() if name != CRYSTAL} or rounds
    shown = bond_of(material, next(iter(disordered.values())))
    figure, grid = plt.subplots(2, 2, figsize=(8.4, 5.8))
    panels = grid.ravel()
    frames = {name: volume_energy_pressure(labels) for name, labels in rounds.items()}
    lowest = min(columns[1].min() for columns in frames.values())
    drawn: list[np.ndarray] = []
    for number, (name, (volume, energy, pressure)) in enumerate(frames.items()):
        style = {"s": 18, "color": colours[name], "alpha": 0.8, "linewidths": 0}
        panels[0].scatter(volume, energy - lowest, **style, label=f"{name} ({len(volume)})")
        panels[1].scatter(volume, pressure, **style)
        drawn.append(np.array([np.full(len(volume), number), volume, energy - lowest, pressure]))
    forces = {name: np.concatenate([a.get_forces().ravel() for a in disordered[name]]) for name in disordered}
    histograms(panels[2], forces, colours)
    distances = {name: bonds(labels, shown.bond, shown.longest_A) for name, labels in disordered.items()}
    histograms(panels[3], distances, colours)
    panels[0].set(xlabel="volume (Å$^3$/atom)", ylabel="energy above the lowest (eV/atom)")
    panels[1].set(xlabel="volume (Å$^3$/atom)", ylabel="pressure (GPa)")
    panels[2].set(yscale="log", xlabel="force component (eV/Å)", ylabel="probability density (Å/eV)")
    panels[3].set(xlabel=f"{'–'.join(shown.bond)} distance (Å)", ylabel="probability density (1/Å)")
    panels[1].axhline(0, color="0.8", linewidth=0.8, zorder=0)
    for axes, letter in zip(panels, LETTERS, strict=False):
        axes.set_title(f"({letter})")
    figure.suptitle(f"{material.title}: {sum(map(len, rounds.values()))} labels")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    explain(figure, EXPLANATION)
    columns = ("group", "volume_A3_per_atom", "energy_eV_per_atom", "pressure_GPa")
    return figure, dict(zip(columns, np.concatenate(drawn, axis=1), strict=True))
