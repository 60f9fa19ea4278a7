"""The text of replication/README.md: short_paper.md with its numbers filled in.

`[[<run> <quantity>]]` is a spectral estimate of a run; `total_ns` the length of all its replicas;
`[[exponent <material> <model> <cell>]]` p of κ ∝ T^p; `[[zero-of-energy <run>]]` naive κ before, after;
a single word one of the blocks of `report`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from superionic.crystals import unit_cell
from superionic.md.config import RunConfig
from superionic.tables import markdown_table, read_table
from superionic.transport.uncertainty import formatted

from .paths import REDUCED, ROOT
from .presentation import paper_materials
from .results import has_results, read_curves, read_results
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
        case ["zero-of-energy", run]:
            before, after = zero_of_energy(run)
            return f"{before:.2f} to {after:.2f}"
        case [run, "total_ns"]:
            return f"{read_results(run).get('total_time', 'direct').value / 1000:.1f}"
        case [run, quantity] if has_results(run):
            return str(read_results(run).get(quantity))
    raise ValueError(f"{TEMPLATE}: [[{' '.join(words)}]] means nothing")


def zero_of_energy(run: str, eV_per_atom: float = 1.0) -> tuple[float, float]:
    """Naive κ (Green–Kubo, W/m/K) of a run before and after every site energy is raised alike.

    The framework recoils from the ions, so a zero of energy for all atoms is a shift of the mobile ions alone
    by 1 − N m/M of it: m their mass, N and M number and mass of framework atoms for one of them.
    """
    (material,) = (one for one in paper_materials() if one.name == run.split("/")[0])
    cell = unit_cell(material.material)
    mobile = np.array(cell.get_chemical_symbols()) == material.mobile
    masses = cell.get_masses()
    per_ion = (~mobile).sum() * masses[mobile].mean() / masses[~mobile].sum()
    curves = read_curves(run, "gauge")
    shift, naive = curves["shift_eV_per_ion"], curves["kappa_naive"]
    before, after = np.interp([0.0, eV_per_atom * (1 - per_ion)], shift, naive)
    return float(before), float(after)


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
