"""`python -m replication.gauge`: Γ of every potential and the heat its ions carry, for figure 6.

Γ comes from energies of the ab-initio test frames of a material (no potential of ours was trained on them),
q from the runs. Writes data/reduced/gauge.csv; q of runs that have no flux yet is left empty.
"""

from __future__ import annotations

import sys

import numpy as np
from ase import Atoms
from ase.io import read

from superionic.cli import status
from superionic.engines import load_engine
from superionic.gauge import EV_PER_ION, Gauge, gauge
from superionic.materials import load_material
from superionic.md.inputs import locate_potential
from superionic.provenance import write_text_atomically

from .paths import REDUCED, ROOT, material_file
from .results import has_results, read_results
from .runs import find_run

TABLE = REDUCED / "gauge.csv"

RUNS = {
    "li3ps4": (
        "nepA-650K-6144",
        "nepC-650K-6144",
        "nepA-650K-768",
        "nepC-650K-768",
        "A-650K-768",
        "B-650K-192",
        "C-650K-192",
        "Avac-650K-192",
        "Bvac-650K-192",
        "Cvac-650K-192",
    ),
    "cu2se": (
        "nep3-3-700K-322",
        "nep9-1-700K-322",
        "nep9-2-700K-322",
        "A-700K-322",
        "B-700K-322",
        "C-700K-322",
        "Astoich-700K-322",
        "Bstoich-700K-322",
        "Cstoich-700K-322",
    ),
}
"""Runs at one temperature; the first of a material is the reference that predicts the others."""

COLUMNS = "run,model,removal_eV,removal_error,level_eV,level_error,step_eV,step_error,q_eV,q_error"


def frames_apart(material: str) -> list[Atoms]:
    """The labelled frames kept apart from training."""
    files = sorted((ROOT / "data" / "dft" / material).glob("*.extxyz"))
    return [frame for file in files for frame in read(file, ":") if frame.info.get("split") == "test"]


def gauges(material: str) -> dict[str, Gauge]:
    """Model → Γ on the test frames, for every model among the runs."""
    symbol = load_material(material_file(f"{material}/any")).mobile[0]
    frames = frames_apart(material)
    found: dict[str, Gauge] = {}
    for run in RUNS[material]:
        point = find_run(f"{material}/{run}")
        if point.model not in found:
            potential = locate_potential(point.file, point.config.potential)
            found[point.model] = gauge(load_engine(potential), frames, symbol)
    return found


def measured(material: str, run: str) -> tuple[float, float] | None:
    """q in eV per ion with its standard error; None where the run has no flux."""
    name = f"{material}/{run}"
    if not has_results(name):
        return None
    heat = read_results(name).get("heat_of_transport")
    symbol = load_material(material_file(name)).mobile[0]
    unit = EV_PER_ION * float(Atoms(symbol).get_masses()[0])
    return heat.value * unit, heat.standard_error * unit


def main() -> int:
    lines = [COLUMNS]
    for material, runs in RUNS.items():
        found = gauges(material)
        reference = next(iter(found.values()))
        for run in runs:
            model = find_run(f"{material}/{run}").model
            one = found[model]
            step = one.levels - reference.levels
            numbers = [
                one.removal.value,
                one.removal.standard_error,
                one.level.value,
                one.level.standard_error,
                float(step.mean()),
                float(step.std(ddof=1) / np.sqrt(len(step))),
                *(measured(material, run) or ()),
            ]
            texts = [f"{number:.5g}" for number in numbers]
            lines.append(",".join([f"{material}/{run}", model, *texts, *[""] * (8 - len(texts))]))
    write_text_atomically(TABLE, "\n".join(lines) + "\n")
    print(TABLE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.gauge", main))
