"""`python -m replication.gauge`: Γ of every potential and the heat of transport of its ions, for figure 6.

Γ is computed from energies of a material's ab-initio test frames, which no potential of ours was trained on,
q from the runs. Writes data/reduced/gauge-<material>.csv; q is left empty for runs without flux.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from superionic.cli import status
from superionic.engines import load_engine
from superionic.gauge import Gauge, gauge
from superionic.md.inputs import locate_potential
from superionic.tables import read_table, write_table

from .committee.labels import read_test_frames
from .material_folder import MaterialFolder, all_materials
from .paths import REDUCED, ROOT
from .reduced.results import has_results, read_results

COLUMNS = (
    "run", "model", "removal_eV", "removal_error", "level_eV", "level_error",
    "step_eV", "step_error", "q_eV", "q_error",
)  # fmt: skip


def table_of(material: str) -> Path:
    """The table of Γ and q of a material."""
    return REDUCED / f"gauge-{material}.csv"


def read_gauges(material: str) -> dict[str, dict[str, str]]:
    """Rows of the table of a material by run; raises ValueError for a damaged one, OSError without."""
    path = table_of(material)
    try:
        rows = {row["run"]: row for row in read_table(path)}
        for row in rows.values():
            _ = [float(row[column]) for column in COLUMNS[2:] if row[column] != ""]
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{path} is damaged: `make gauge` makes it anew") from None
    return rows


def gauges(material: MaterialFolder, runs: Sequence[str]) -> dict[str, Gauge]:
    """Model → Γ on the test frames, for every model among the runs."""
    frames = read_test_frames(material.name)
    by_model: dict[str, Gauge] = {}
    for point in (material.runs[run] for run in runs):
        if point.model not in by_model:
            potential = locate_potential(point.file, point.config.potential)
            by_model[point.model] = gauge(load_engine(potential), frames, material.mobile)
    return by_model


def heat_of_transport(material: MaterialFolder, run: str) -> tuple[float, float] | None:
    """q in eV per ion with its standard error; None for a run without flux."""
    if not has_results(run):
        return None
    heat = read_results(run).get("heat_of_transport")
    return heat.value * material.eV_per_ion, heat.standard_error * material.eV_per_ion


def rows_of(material: MaterialFolder, runs: Sequence[str]) -> Iterator[list[str]]:
    """One row per run; the others are predicted from the first, the reference."""
    by_model = gauges(material, runs)
    reference = next(iter(by_model.values()))
    for run in runs:
        one = by_model[material.runs[run].model]
        step = one.levels - reference.levels
        numbers = [
            one.removal.value,
            one.removal.standard_error,
            one.level.value,
            one.level.standard_error,
            float(step.mean()),
            float(step.std(ddof=1) / np.sqrt(len(step))),
            *(heat_of_transport(material, run) or ()),
        ]
        texts = [f"{number:.5g}" for number in numbers]
        yield [run, material.runs[run].model, *texts, *[""] * (8 - len(texts))]


def main() -> int:
    for material in all_materials():
        described = material.presentation.gauge
        if described is not None:
            runs = [f"{material.name}/{run}" for run in described.runs]
            write_table(table_of(material.name), COLUMNS, rows_of(material, runs))
            print(table_of(material.name).relative_to(ROOT), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.gauge", main))
