"""The text of replication/README.md: short_paper.md with its numbers filled in.

`[[<run> <quantity>]]` is a spectral estimate of a run; `total_ns` the length of all its replicas;
`[[exponent <material> <model> <cell>]]` p of κ ∝ T^p; a single word one of the blocks of `report`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from superionic.md.config import RunConfig
from superionic.tables import markdown_table, read_table
from superionic.transport.uncertainty import formatted

from .paths import REDUCED, ROOT
from .presentation import paper_materials
from .results import has_results, read_results
from .temperature import temperature_series

TEMPLATE = ROOT / "replication" / "short_paper.md"
PLACE = re.compile(r"\[\[([^\]]+)\]\]")

NATIVE, CUDA = "native mixed", "cuda mixed"
"""Engines of the two benchmark tables."""


def fill(text: str, blocks: Mapping[str, str]) -> str:
    """The text with every place filled; raises ValueError for one that means nothing."""
    return PLACE.sub(lambda match: _value(match[1].split(), blocks), text)


def _value(words: list[str], blocks: Mapping[str, str]) -> str:
    match words:
        case [block] if block in blocks:
            return blocks[block]
        case ["exponent", material, model, cell]:
            power = temperature_series(material, model, cell, "kappa_onsager").exponent()
            return formatted(power.value, power.standard_error).replace("-", "−")
        case [run, "total_ns"]:
            return f"{read_results(run).get('total_time', 'direct').value / 1000:.1f}"
        case [run, quantity] if has_results(run):
            return str(read_results(run).get(quantity))
    raise ValueError(f"{TEMPLATE}: [[{' '.join(words)}]] means nothing")


def cost_table() -> str:
    """Every cell of the paper's materials: a run on one core and on a GPU, at measured speeds."""
    rows = []
    for material in paper_materials():
        cells: dict[str, tuple[RunConfig, float]] = {}
        for name, point in material.runs.items():
            if has_results(name):
                atoms = read_results(name).get("atoms", "direct").value
                cells.setdefault(point.cell, (point.config, atoms))
        for cell, (config, atoms) in cells.items():
            steps = sum(stage.duration_ps for stage in config.stages) * 1000 / config.timestep_fs
            work = steps * atoms * config.replicas
            rows.append(
                (
                    material.material.title,
                    cell,
                    f"{atoms:.0f} × {config.replicas}",
                    f"{config.stages[-1].duration_ps:g}",
                    f"{work / _speed('bench.csv', NATIVE, atoms) / 3600:.2g}",
                    f"{work / _speed('gpu_bench.csv', CUDA, atoms * config.replicas) / 60:.2g}",
                )
            )
    columns = ["Material", "Cell", "Atoms × replicas", "Sampled, ps", "Core-hours", "Minutes of an H100"]
    return "\n".join(markdown_table(columns, rows))


def _speed(table: str, engine: str, atoms: float) -> float:
    """Measured atom-steps per second of the nearest number of atoms in all replicas."""
    found = [row for row in read_table(REDUCED / table) if row["engine"] == engine]
    nearest = min(found, key=lambda row: abs(np.log(int(row["n_atoms"]) * int(row["n_replicas"]) / atoms)))
    return float(nearest["atom_steps_per_second"])
