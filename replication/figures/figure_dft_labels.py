"""Figure of the ab-initio data: the volumes, pressures and forces that the labels cover."""

from __future__ import annotations

import ase.io
import matplotlib.pyplot as plt
import numpy as np
from ase import Atoms

from superionic.units import GPA_PER_EV_PER_A3

from ..paths import ROOT
from .drawing import save, use_style

MATERIALS = (("li3ps4", "α-Li$_3$PS$_4$"), ("cu2se", "β-Cu$_{2-x}$Se"))
KINDS = (("disorder", "#009E73", "^"), ("MD", "#0072B2", "o"), ("test", "#D55E00", "s"))
"""How a structure was made, its colour and marker."""


def kind(label: Atoms) -> int:
    """Index into KINDS: test frames are test frames however they were made."""
    names = [name for name, _, _ in KINDS]
    return names.index("test" if label.info["split"] == "test" else label.info["origin"].split()[0])


def main() -> None:
    use_style()
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.4))
    rows: list[tuple[float, ...]] = []
    for index, (axes, (material, title)) in enumerate(zip(panels, MATERIALS, strict=True)):
        files = sorted((ROOT / "data" / "dft" / material).glob("*.extxyz"))
        labels = [label for path in files for label in ase.io.read(path, index=":")]
        found = np.array(
            [
                (
                    index,
                    kind(label),
                    label.get_volume() / len(label),
                    -label.get_stress()[:3].mean() * GPA_PER_EV_PER_A3,
                    np.sqrt((label.get_forces() ** 2).mean()),
                )
                for label in labels
            ]
        )
        rows += [tuple(row) for row in found]
        for number, (name, colour, marker) in enumerate(KINDS):
            chosen = found[found[:, 1] == number]
            if len(chosen):
                axes.scatter(
                    chosen[:, 2], chosen[:, 3], s=24, c=colour, marker=marker, alpha=0.75, linewidths=0,
                    label=f"{name} ({len(chosen)})",
                )  # fmt: skip
        axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.set(
            xlabel="volume (Å$^3$/atom)", ylabel="pressure (GPa)", title=f"{title}: {len(labels)} labels"
        )
        axes.legend(loc="upper right")
    names = ("material", "kind", "volume_A3_per_atom", "pressure_GPa", "rms_force_eV_per_A")
    save(figure, "figure_dft_labels", dict(zip(names, np.array(rows).T, strict=True)))


if __name__ == "__main__":
    main()
