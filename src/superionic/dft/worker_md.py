"""Sampling MD in a process of its own: a JSON request in, an extxyz file with one frame per segment out.

    python worker_md.py request.json frames.extxyz

The interpreter needs ASE and the calculator, nothing of this package, so that a universal potential with
its own version of torch can live in an environment of its own.

Request: calculator ("module:Class"), parameters, symbols, positions (Å), cell (Å), timestep_fs,
friction_per_fs, seed, closest_A, and segments, each with temperature_K, deformation (3x3, of the first cell)
and steps.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.io import write
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution


def sample(request: dict[str, Any]) -> list[Atoms]:
    """Langevin dynamics through all segments; the last configuration of each.

    At the start of a segment the fractional coordinates are kept while the cell jumps to its new shape. A
    potential that fails (NaN, or two atoms nearer than `closest_A`) ends the run; the frames before stay.
    """
    module_name, class_name = request["calculator"].split(":")
    calculator = getattr(importlib.import_module(module_name), class_name)(**request["parameters"])
    atoms = Atoms(request["symbols"], positions=request["positions"], cell=request["cell"], pbc=True)
    atoms.calc = calculator
    cell = atoms.cell.array.copy()
    rng = np.random.default_rng(request["seed"])
    MaxwellBoltzmannDistribution(atoms, temperature_K=request["segments"][0]["temperature_K"], rng=rng)
    frames: list[Atoms] = []
    for segment in request["segments"]:
        atoms.set_cell(cell @ np.asarray(segment["deformation"]), scale_atoms=True)
        dynamics = Langevin(
            atoms,
            request["timestep_fs"] * units.fs,
            temperature_K=segment["temperature_K"],
            friction=request["friction_per_fs"] / units.fs,
            rng=rng,
        )
        dynamics.run(segment["steps"])
        fault = broken(atoms, request["closest_A"])
        if fault:
            print(f"ended after {len(frames)} segments, at {segment['temperature_K']:.0f} K: {fault}")
            break
        frame = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
        frame.info["temperature_K"] = segment["temperature_K"]
        frame.wrap()
        frames.append(frame)
        print(
            "{} steps at {:.0f} K: {:.0f} K, {:.3f} eV".format(
                segment["steps"],
                segment["temperature_K"],
                atoms.get_temperature(),
                atoms.get_potential_energy(),
            ),
            flush=True,
        )
    return frames


def broken(atoms: Atoms, closest_A: float) -> str:
    """What is wrong with a configuration that no calculator should be asked about; empty when nothing is."""
    if not np.isfinite(atoms.positions).all():
        return "positions became NaN or infinite"
    distances = atoms.get_all_distances(mic=True)
    closest = distances[np.triu_indices(len(atoms), 1)].min()
    return f"two atoms {closest:.2f} A apart" if closest < closest_A else ""


def main(request_path: str, frames_path: str) -> None:
    """Run one request; the frames appear under their name only when all are there."""
    with open(request_path) as handle:
        request = json.load(handle)
    temporary = frames_path + ".partial"
    write(temporary, sample(request), format="extxyz")
    os.replace(temporary, frames_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
