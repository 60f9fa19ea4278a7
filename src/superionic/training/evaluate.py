"""Errors of a finished nep.txt against labels, computed by an MD engine that shares no code with training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..conventions import Array
from ..engines.base import Engine
from ..tables import write_table
from ..units import GPA_PER_EV_PER_A3
from .dataset import Frame


@dataclass(frozen=True)
class Comparison:
    """One frame under the potential: stress (3, 3) eV/Å³ in ASE's sign; site_energies (N,) eV."""

    frame: Frame
    energy: float
    forces: Array
    stress: Array
    site_energies: Array

    @property
    def stress_label(self) -> Array | None:
        virial = self.frame.virial
        return None if virial is None else -virial / self.frame.system.volume[0]


def compare(engine: Engine, frames: Sequence[Frame]) -> list[Comparison]:
    """Evaluate every frame."""
    comparisons = []
    for frame in frames:
        result = engine.compute(frame.system)
        comparisons.append(
            Comparison(
                frame=frame,
                energy=float(result.energy[0]),
                forces=result.forces[0],
                stress=-result.virial[0] / frame.system.volume[0],
                site_energies=result.site_energies[0],
            )
        )
    return comparisons


def errors(comparisons: Sequence[Comparison]) -> dict[str, Any] | None:
    """Root mean square errors of energy, force and stress, and the spread of the labels; None for no frames.

    energy_offset_removed is the error after subtracting a constant per atom, which no observable depends on.
    """
    if not comparisons:
        return None
    energy = np.array([(c.energy - c.frame.energy) / c.frame.system.n_atoms for c in comparisons])
    force = np.concatenate([c.forces - c.frame.forces for c in comparisons])
    label = np.concatenate([c.frame.forces for c in comparisons])
    species = np.concatenate([c.frame.system.species for c in comparisons])
    stress = [c.stress - c.stress_label for c in comparisons if c.stress_label is not None]
    elements = comparisons[0].frame.system.elements
    return {
        "frames": len(comparisons),
        "atoms": len(force),
        "energy_meV_per_atom": _rms(energy) * 1000,
        "energy_offset_removed_meV_per_atom": float(energy.std()) * 1000,
        "force_meV_per_A": _rms(force) * 1000,
        "force_by_species_meV_per_A": {
            element: _rms(force[species == index]) * 1000 for index, element in enumerate(elements)
        },
        "force_of_labels_meV_per_A": _rms(label) * 1000,
        "stress_GPa": _rms(np.array(stress)) * GPA_PER_EV_PER_A3 if stress else None,
    }


def mean_site_energies(comparisons: Sequence[Comparison]) -> dict[str, float]:
    """Mean site energy of each species in eV: the gauge of the trained potential."""
    species = np.concatenate([c.frame.system.species for c in comparisons])
    energies = np.concatenate([c.site_energies for c in comparisons])
    elements = comparisons[0].frame.system.elements
    return {
        element: float(energies[species == index].mean())
        for index, element in enumerate(elements)
        if (species == index).any()
    }


def write_parity(path: Path, splits: dict[str, list[Comparison]]) -> None:
    """Labels and predictions, one number per row; forces of held-out frames only, to keep the file small.

    Columns: split, frame, quantity (energy_eV_per_atom, force_eV_per_A, stress_GPa), element, label,
    predicted.
    """
    rows: list[tuple[str, str, str, str, float, float]] = []
    for split, comparisons in splits.items():
        for c in comparisons:
            row, n_atoms = (split, c.frame.name), c.frame.system.n_atoms
            rows.append((*row, "energy_eV_per_atom", "", c.frame.energy / n_atoms, c.energy / n_atoms))
            if c.stress_label is not None:
                pairs = zip(c.stress_label[_UPPER], c.stress[_UPPER], strict=True)
                rows += [
                    (*row, "stress_GPa", "", a * GPA_PER_EV_PER_A3, b * GPA_PER_EV_PER_A3) for a, b in pairs
                ]
            if split != "train":
                names = [c.frame.system.elements[s] for s in c.frame.system.species for _ in range(3)]
                triples = zip(names, c.frame.forces.ravel(), c.forces.ravel(), strict=True)
                rows += [(*row, "force_eV_per_A", name, a, b) for name, a, b in triples]

    columns = ["split", "frame", "quantity", "element", "label", "predicted"]
    write_table(path, columns, ([*row[:4], f"{row[4]:.5f}", f"{row[5]:.5f}"] for row in rows))


_UPPER = np.triu_indices(3)


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if values.size else float("nan")
