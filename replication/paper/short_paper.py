"""The text of replication/README.md: short_paper.md with its placeholders filled in.

Placeholder                                Replaced by
[[<run> <quantity>]]                       spectral estimate of a run
[[<run> total_ns]]                         sampled time, summed over replicas
[[exponent <material> <model> <cell>]]     p of κ ∝ T^p
[[zero-of-energy <run>]]                   naive κ before and after adding 1 eV to every atom
[[<block>]]                                a block of text made by `report`
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from superionic.crystals import unit_cell
from superionic.md.config import RunConfig
from superionic.tables import markdown_table
from superionic.transport.uncertainty import formatted

from ..material_folder import paper_materials
from ..paths import REDUCED, ROOT
from ..reduced.results import has_results, read_curves, read_results, read_speeds
from ..reduced.temperature import temperature_series

TEMPLATE = ROOT / "replication" / "short_paper.md"
PLACEHOLDER = re.compile(r"\[\[([^\]]*)\]\]")

NATIVE, CUDA = "native mixed", "cuda mixed"
"""Engines of the two benchmark tables that the costs are computed from."""


def fill(text: str, blocks: Mapping[str, str]) -> str:
    """The text with every placeholder replaced; raises ValueError for an unknown one."""
    return PLACEHOLDER.sub(lambda match: _value(match[1].split(), blocks), text)


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
    raise ValueError(f"{TEMPLATE}: [[{' '.join(words)}]] is not a known placeholder")


def zero_of_energy(run: str, eV_per_atom: float = 1.0) -> tuple[float, float]:
    """Naive κ (Green–Kubo, W/m/K) of a run before and after a shift of every site energy by `eV_per_atom`.

    At zero total momentum the framework recoils from the ions, so the shift of all atoms equals one of the
    mobile ions alone by 1 − N m/M of it. m: mass of an ion; N, M: number and mass of framework atoms per ion.
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
    """Cost of a run in every cell of the paper's materials, on one core and on a GPU, at measured speeds."""
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
    """Measured atom-steps per second at the nearest number of atoms (replicas included)."""
    timings = [row for row in read_speeds(REDUCED / table) if row["engine"] == engine]
    if not timings:
        raise ValueError(
            f"{REDUCED / table} has no speed of {engine!r}: `make bench` or `make gpu` measures it"
        )
    nearest = min(timings, key=lambda row: abs(np.log(int(row["n_atoms"]) * int(row["n_replicas"]) / atoms)))
    return float(nearest["atom_steps_per_second"])
