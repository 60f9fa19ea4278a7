"""Label frames a second time and compare: does the label come back, and what do the settings cost?"""

from __future__ import annotations

import csv
import io

import numpy as np
from ase import Atoms

from ..provenance import write_text_atomically
from ..units import GPA_PER_EV_PER_A3
from .label import calculate, labelled
from .label_queue import read_labels, tasks
from .settings import DftSettings


def check_labels(settings: DftSettings, python: str, number: int, *, tight: bool, seed: int) -> list[str]:
    """Re-label `number` random frames; the comparison as lines, also written beside the labels.

    With `tight` the second label uses the settings under [tight], and the pressure difference is the Pulay
    pressure those settings miss. Raises ValueError when there is no label yet.
    """
    found = [
        (task, label)
        for task in tasks(settings)
        if (label := read_labels(settings, task.round).get(task.id)) is not None
    ]
    if not found:
        raise ValueError(f"no labels in {settings.labels} to check: run `superionic label` first")
    chosen = np.random.default_rng(seed).permutation(len(found))[:number]
    kind = "tight" if tight else "same"
    rows = []
    for index in chosen:
        task, label = found[index]
        answer = calculate(settings, task.atoms, f"check-{kind}-{task.id}", python, tight=tight)
        rows.append({"id": task.id, **differences(label, labelled(settings, task.atoms, answer), settings)})
        lines = _as_csv(rows)
        write_text_atomically(settings.labels / "checks" / f"{kind}.csv", "\n".join(lines) + "\n")
    return lines


def differences(label: Atoms, again: Atoms, settings: DftSettings) -> dict[str, float | str]:
    """How far a second label is from the first: energy per atom, forces, and pressure without correction."""
    force = again.get_forces() - label.get_forces()
    energy = again.get_potential_energy() - label.get_potential_energy()
    before = -label.get_stress()[:3].mean() * GPA_PER_EV_PER_A3 - label.info["pulay_GPa"]
    after = -again.get_stress()[:3].mean() * GPA_PER_EV_PER_A3 - settings.pulay_GPa
    return {
        "shape": str(label.info["shape"]),
        "energy_meV_per_atom": round(1e3 * energy / len(label), 4),
        "force_rms_meV_per_A": round(1e3 * float(np.sqrt((force**2).mean())), 3),
        "force_max_meV_per_A": round(1e3 * float(np.abs(force).max()), 3),
        "force_scale_meV_per_A": round(1e3 * float(np.sqrt((label.get_forces() ** 2).mean())), 1),
        "raw_pressure_difference_GPa": round(float(after - before), 4),
        "cpu_seconds_again": again.info["cpu_seconds"],
    }


def _as_csv(rows: list[dict[str, float | str]]) -> list[str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().splitlines()
