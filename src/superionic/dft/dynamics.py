"""Sampling rounds from MD: plan the segments, run them in a separate process, collect the structures."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms

from ..crystals import supercell, unit_cell, with_vacancies
from ..materials import Material
from ..provenance import sha256_file, sha256_json, write_text_atomically
from . import worker_md
from .disorder import disordered, random_deformation
from .sampling import Sampling, SamplingCalculator, TrajectorySet, interleaved


def sampled_round(sampling: Sampling, material: Material, name: str, python: str) -> list[Atoms]:
    """Round `name`: run its trajectories (finished ones are kept) and interleave their structures.

    A trajectory that breaks contributes the frames before; raises ValueError when a whole set yields none.
    """
    plan = sampling.rounds[name]
    if plan.potential is None:
        return []
    generators = np.random.default_rng([plan.seed, 1]).spawn(len(plan.trajectories))
    sets = []
    for trajectories, generator in zip(plan.trajectories, generators, strict=True):
        structures = []
        for number, rng in enumerate(generator.spawn(trajectories.runs)):
            stem = f"{name}-{trajectories.name}-{number}"
            request = plan_trajectory(sampling, material, trajectories, plan.potential, rng)
            frames = run_trajectory(sampling.work / stem, request, python)
            if len(frames) < len(request["segments"]):
                print(f"{stem} broke after {len(frames)} of {len(request['segments'])} segments")
            for index, frame in enumerate(frames[trajectories.discard :]):
                temperature = frame.info["temperature_K"]
                frame.info = {
                    "id": f"{stem}-{index:03d}",
                    "shape": trajectories.shape,
                    "split": trajectories.split,
                    "origin": f"MD {trajectories.name} with {plan.potential.calculator.split('.')[0]}",
                    "temperature_K": temperature,
                }
                if request["files"]:
                    frame.info["sampler"] = sha256_json(request["files"])[:16]
                structures.append(frame)
        if not structures:
            raise ValueError(
                f"every run of {trajectories.name} broke before its first frame: the potential is unstable "
                "there, lower temperature_K or the amplitudes of start, or train on more labels"
            )
        sets.append(structures)
    return interleaved(sets)


def plan_trajectory(
    sampling: Sampling,
    material: Material,
    trajectories: TrajectorySet,
    potential: SamplingCalculator,
    rng: np.random.Generator,
) -> dict:
    """The request for worker_md.py: a disordered start, and the cell and temperature of each segment.

    `files` are the hashes of the parameters that name files, so that a retrained potential means a new run.
    """
    crystal = supercell(unit_cell(material), sampling.shapes[trajectories.shape])
    ideal = with_vacancies(crystal, trajectories.vacancies, rng)
    start = disordered(ideal, material.mobile, sampling.contacts, trajectories.start, rng)
    start.set_cell(crystal.cell, scale_atoms=True)
    segments = [
        {
            "temperature_K": float(rng.uniform(*trajectories.temperature_K)),
            "deformation": random_deformation(trajectories.strain, trajectories.volume_strain, rng).tolist(),
            "steps": trajectories.steps,
        }
        for _ in range(trajectories.discard + trajectories.segments)
    ]
    return {
        "calculator": potential.calculator,
        "parameters": potential.parameters,
        "files": {
            name: sha256_file(value)
            for name, value in potential.parameters.items()
            if isinstance(value, str) and Path(value).is_file()
        },
        "closest_A": potential.closest_A,
        "symbols": start.get_chemical_symbols(),
        "positions": start.positions.tolist(),
        "cell": start.cell.array.tolist(),
        "timestep_fs": trajectories.timestep_fs,
        "friction_per_fs": trajectories.friction_per_fs,
        "seed": int(rng.integers(2**31)),
        "segments": segments,
    }


def run_trajectory(stem: Path, request: dict, python: str) -> list[Atoms]:
    """The frames of one request, run now or read from a finished run.

    Raises ChildProcessError with the last line of the log when the run fails.
    """
    request_path, frames_path, log = (stem.with_name(f"{stem.name}.{end}") for end in ("json", "xyz", "log"))
    text = json.dumps(request)
    if not (frames_path.exists() and request_path.read_text(encoding="utf-8") == text):
        frames_path.unlink(missing_ok=True)
        write_text_atomically(request_path, text)
        with log.open("w", encoding="utf-8") as output:
            status = subprocess.run(
                [python, "-u", worker_md.__file__, str(request_path), str(frames_path)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1", **os.environ},
                check=False,
            ).returncode
        if status != 0:
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise ChildProcessError(f"sampling MD of {stem.name} failed: {' '.join(last)} (log: {log})")
    return list(ase.io.read(frames_path, index=":", format="extxyz"))
