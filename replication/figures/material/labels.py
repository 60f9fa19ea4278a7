"""The ab-initio data: what each round of labels covers, and the frames set aside for testing."""

from __future__ import annotations

from itertools import combinations_with_replacement

import ase.io
import matplotlib.pyplot as plt
import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from matplotlib.axes import Axes

from superionic.dft.label import pressure_GPa

from ...material_folder import MaterialFolder
from ...paths import ROOT
from ...presentation import Labels
from ..drawing import Drawing

CRYSTAL, TEST = "crystal", "test"
ENDS = {CRYSTAL: "#777777", TEST: "#D55E00"}
ROUNDS = ("#009E73", "#0072B2", "#E69F00", "#CC79A7", "#56B4E9", "#882255", "#F0E442")
BINS = 40


def colour(group: str) -> str:
    """Of the crystal, the test, or round 0, 1, ... (the colours begin again after the seventh)."""
    return ENDS.get(group) or ROUNDS[int(group.removeprefix("round")) % len(ROUNDS)]


def groups(material: str) -> dict[str, list[Atoms]]:
    """Labels by round, those of the test split apart and last."""
    found: dict[str, list[Atoms]] = {}
    for path in sorted((ROOT / "data" / "dft" / material).glob("*.extxyz")):
        for label in ase.io.read(path, index=":"):
            found.setdefault(TEST if label.info["split"] == "test" else path.stem, []).append(label)
    return {name: found[name] for name in sorted(found, key=lambda name: (name == TEST, name))}


def of_frames(labels: list[Atoms]) -> np.ndarray:
    """(3, frames): volume (Å³/atom), energy (eV/atom), pressure (GPa)."""
    rows = [
        (
            one.get_volume() / len(one),
            one.get_potential_energy() / len(one),
            pressure_GPa(one),
        )
        for one in labels
    ]
    return np.array(rows).T


def bonds(labels: list[Atoms], pair: tuple[str, str], longest: float) -> np.ndarray:
    """Å, all distances of a pair up to `longest`."""
    return np.concatenate([neighbor_list("d", one, {pair: longest}) for one in labels])


def histograms(axes: Axes, values: dict[str, np.ndarray]) -> None:
    """Share of each group per bin, as steps."""
    together = np.concatenate(list(values.values()))
    edges = np.linspace(together.min(), together.max(), BINS + 1)
    for name, found in values.items():
        axes.stairs(np.histogram(found, edges, density=True)[0], edges, color=colour(name), linewidth=1.3)


def bond_shown(material: MaterialFolder, labels: list[Atoms]) -> Labels:
    """The pair of figures.toml, or the one with the shortest distance, drawn up to 1.4 of it."""
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
    moved = {name: labels for name, labels in rounds.items() if name != CRYSTAL} or rounds
    shown = bond_shown(material, next(iter(moved.values())))
    figure, panels = plt.subplots(1, 4, figsize=(11, 2.9))
    frames = {name: of_frames(labels) for name, labels in rounds.items()}
    lowest = min(found[1].min() for found in frames.values())
    drawn: list[np.ndarray] = []
    for number, (name, (volume, energy, pressure)) in enumerate(frames.items()):
        style = {"s": 18, "color": colour(name), "alpha": 0.8, "linewidths": 0}
        panels[0].scatter(volume, energy - lowest, **style, label=f"{name} ({len(volume)})")
        panels[1].scatter(volume, pressure, **style)
        drawn.append(np.array([np.full(len(volume), number), volume, energy - lowest, pressure]))
    forces = {name: np.concatenate([a.get_forces().ravel() for a in moved[name]]) for name in moved}
    histograms(panels[2], forces)
    histograms(
        panels[3], {name: bonds(labels, shown.bond, shown.longest_A) for name, labels in moved.items()}
    )
    panels[0].set(xlabel="volume (Å$^3$/atom)", ylabel="energy above lowest (eV/atom)")
    panels[1].set(xlabel="volume (Å$^3$/atom)", ylabel="pressure (GPa)")
    panels[2].set(yscale="log", xlabel="force component (eV/Å)", ylabel="share (Å/eV)")
    panels[3].set(xlabel=f"{'–'.join(shown.bond)} distance (Å)", ylabel="share (1/Å)")
    panels[1].axhline(0, color="0.8", linewidth=0.8, zorder=0)
    panels[0].set_title(f"{material.title}: {sum(map(len, rounds.values()))} labels", loc="left")
    panels[3].legend(*panels[0].get_legend_handles_labels(), loc="center left", bbox_to_anchor=(1.0, 0.5))
    columns = ("group", "volume_A3_per_atom", "energy_eV_per_atom", "pressure_GPa")
    return figure, dict(zip(columns, np.concatenate(drawn, axis=1), strict=True))
