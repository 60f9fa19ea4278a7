"""Label frames a second time and compare: reproducibility of labels, effect of the settings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase import Atoms

from ..tables import read_table, write_records
from .label import calculate, labelled, pressure_GPa
from .label_queue import read_labels, shape, tasks
from .settings import DftSettings

Row = dict[str, float | str]
"""Differences of one frame; see `differences`."""


RELABELLED_FORCE_meV_PER_A = 2.0
RELABELLED_ENERGY_meV_PER_ATOM = 0.1
"""A repeated label with the same settings, possibly on another machine, agrees within these tolerances, a few
times the SCF convergence error."""


def check_labels(
    settings: DftSettings, python: str, number: int, *, tight: str | None = None, seed: int = 0
) -> list[Row]:
    """Re-label `number` random frames and record the differences in checks/same.csv or checks/<tight>.csv.

    With `tight` the second label uses the settings under [tight.<name>], and only frames whose shape they
    change are selected. Rows of other frames are kept. Raises ValueError when there is no label to check.
    """
    labelled_tasks = [
        (task, label)
        for task in tasks(settings)
        if (label := read_labels(settings, task.round).get(task.id)) is not None
        and (tight is None or _changes(settings, shape(task), tight))
    ]
    if not labelled_tasks:
        raise ValueError(f"no labels in {settings.labels} to check: run `superionic label` first")
    selected = np.random.default_rng(seed).permutation(len(labelled_tasks))[:number]
    check = tight or "same"
    path = settings.labels / "checks" / f"{check}.csv"
    rows = []
    for index in selected:
        task, label = labelled_tasks[index]
        name = f"check-{check}-{task.id}"
        again = labelled(settings, task.atoms, calculate(settings, task.atoms, name, python, tight=tight))
        rows.append({"id": task.id, **differences(label, again)})
        _store(path, rows[-1])
        for suffix in ("request.json", "answer.json", "log"):
            (settings.work / f"{name}.{suffix}").unlink(missing_ok=True)
        print(" ".join(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
    return rows


def came_back(rows: list[Row]) -> bool:
    """Whether repeated labels with the same settings agree."""
    return all(
        abs(float(row["energy_meV_per_atom"])) <= RELABELLED_ENERGY_meV_PER_ATOM
        and float(row["force_rms_meV_per_A"]) <= RELABELLED_FORCE_meV_PER_A
        for row in rows
    )


def _changes(settings: DftSettings, shape_name: str, tight: str) -> bool:
    return settings.parameters_for(shape_name, tight) != settings.parameters_for(shape_name)


def differences(label: Atoms, again: Atoms) -> Row:
    """Differences of the second label from the first: energy per atom, forces, and uncorrected pressure."""
    force = again.get_forces() - label.get_forces()
    energy = again.get_potential_energy() - label.get_potential_energy()
    before, after = (pressure_GPa(one) - one.info["pulay_GPa"] for one in (label, again))
    return {
        "shape": str(label.info["shape"]),
        "energy_meV_per_atom": round(1e3 * energy / len(label), 4),
        "force_rms_meV_per_A": round(1e3 * float(np.sqrt((force**2).mean())), 3),
        "force_max_meV_per_A": round(1e3 * float(np.abs(force).max()), 3),
        "force_scale_meV_per_A": round(1e3 * float(np.sqrt((label.get_forces() ** 2).mean())), 1),
        "raw_pressure_difference_GPa": round(float(after - before), 4),
        "cpu_seconds_again": again.info["cpu_seconds"],
    }


def _store(path: Path, row: Row) -> None:
    """Insert one row into a CSV file, replacing an older one of the same frame."""
    rows: dict[str, Row] = {old["id"]: dict(old) for old in read_table(path, missing_ok=True)}
    rows[str(row["id"])] = row
    write_records(path, [rows[name] for name in sorted(rows)])
