"""A run computed by another program: its input written from the run file, its output read back as flux.

    superionic prepare RUN.toml --program gpumd --out FOLDER       # run.json, replica-0/, replica-1/ ...
    for replica in FOLDER/replica-*; do (cd $replica && gpumd); done
    superionic reduce RUN.toml --segments FOLDER --out flux.npz

The start, the initial velocities, the stages, the sampling and the potential are those of the run file; the
noise of thermostats is the program's own, and an NPT stage ends in each replica's own cell, not in the mean
over all. What comes back carries the identity of the run, and is refused where an input was edited since.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..conventions import Array
from ..flux.decimate import decimate_series
from ..flux.gpumd_run import read_gpumd_runs
from ..flux.series import FluxError, FluxSeries
from ..provenance import header, sha256_file, write_text_atomically
from ..system import System
from .config import RunConfig
from .for_gpumd import gpumd_5_files, gpumd_files, read_gpumd_snapshots
from .for_lammps import lammps_files, read_lammps_replicas, read_lammps_snapshots
from .from_segments import snapshot_stride, species_msd
from .inputs import RunInputs
from .replica import Replica
from .simulate import first_velocities

MANIFEST, POTENTIAL = "run.json", "nep.txt"
"""What says which run a folder belongs to; what the potential is called in every replica's folder."""


@dataclass(frozen=True)
class Program:
    """A program that can run our runs. A new one is an entry of PROGRAMS.

    engine    : what the header of the flux calls it
    files     : a replica → name and text of its input files
    series    : folders of the replicas → their sampled currents
    snapshots : a replica's folder, atoms → (k, N, 3) unwrapped positions of the sampled stage; None without
    device, precision : what it computes with, for the header
    """

    engine: str
    files: Callable[[Replica], dict[str, str]]
    series: Callable[[Sequence[Path]], FluxSeries]
    snapshots: Callable[[Path, int], Array | None]
    device: str
    precision: str


PROGRAMS = {
    "gpumd": Program("gpumd", gpumd_files, read_gpumd_runs, read_gpumd_snapshots, "cuda", "mixed"),
    "gpumd-5.5": Program("gpumd", gpumd_5_files, read_gpumd_runs, read_gpumd_snapshots, "cuda", "mixed"),
    "lammps": Program("lammps", lammps_files, read_lammps_replicas, read_lammps_snapshots, "cpu", "float64"),
}
"""gpumd-5.5: GPUMD 5.5 and older, which write positions with another keyword."""


def write_inputs(inputs: RunInputs, potential: Path, program: str, folder: Path) -> list[Path]:
    """Write one folder per replica, each with a copy of the potential, and return them.

    Raises ValueError: a folder with another run in it, a program that is not known, a run that it cannot do.
    """
    if program not in PROGRAMS:
        raise ValueError(f"no program {program!r}; there are {', '.join(PROGRAMS)}")
    if not inputs.config.stages[-1].sample:
        raise ValueError("the last stage of the run has no sample = true: there would be no currents")
    if (folder / MANIFEST).exists() and _manifest(folder).get("identity") != inputs.identity:
        raise ValueError(f"{folder} holds the inputs of another run: take another folder")
    hashes: dict[str, str] = {}
    folders = [folder / f"replica-{number}" for number in range(inputs.start.n_replicas)]
    velocities = inputs.velocities
    if velocities is None:
        velocities = first_velocities(inputs.config, inputs.start)
    for number, place in enumerate(folders):
        replica = Replica(
            config=inputs.config,
            system=_one(inputs.start, number),
            velocities=velocities[number],
            seed=(inputs.config.seed * 1009 + number) % 899_000_000 + 1,
            relax_eV_A=inputs.relax_eV_A,
        )
        for name, text in PROGRAMS[program].files(replica).items():
            write_text_atomically(place / name, text)
            hashes[f"{place.name}/{name}"] = sha256_file(place / name)
        shutil.copyfile(potential, place / POTENTIAL)
        hashes[f"{place.name}/{POTENTIAL}"] = inputs.potential_sha256
    manifest = header(program=program, identity=inputs.identity, sha256=hashes)
    write_text_atomically(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")
    return folders


def is_foreign(folder: Path) -> bool:
    """Whether `write_inputs` has made this folder."""
    return (folder / MANIFEST).exists()


def read_back(inputs: RunInputs, folder: Path) -> FluxSeries:
    """The flux of a run that another program has computed in a folder of `write_inputs`.

    Raises FluxError: inputs of another run or edited since, outputs that are missing or too long, replicas of
    unequal length, momenta that contradict the temperature.
    """
    manifest = _manifest(folder)
    _refuse_foreign_inputs(inputs, folder, manifest)
    program = PROGRAMS[manifest["program"]]
    config, start = inputs.config, inputs.start
    folders = [folder / f"replica-{number}" for number in range(start.n_replicas)]
    series = program.series(folders)
    expected = round(config.stages[-1].duration_ps * 1000 / config.sample_fs)
    if series.n_samples > expected or abs(series.dt_fs - config.sample_fs) > 1e-9 * config.sample_fs:
        raise FluxError(
            f"{folder}: {series.n_samples} samples every {series.dt_fs:g} fs, the run has {expected} every "
            f"{config.sample_fs:g} fs: outputs of several runs were joined; keep those of one"
        )
    msd, msd_dt_fs, warned = _msd(program, folders, config, start)
    series = replace(
        series,
        msd=msd,
        msd_dt_fs=msd_dt_fs,
        provenance={
            "run": config.model_dump(mode="json"),
            "identity": inputs.identity,
            "potential_sha256": inputs.potential_sha256,
            "segments": int(series.n_samples * config.sample_fs / (config.segment_ps * 1000) + 1e-9),
            "engine": [program.engine],
            "device": [program.device],
            "precision": [program.precision],
            "framework_msd_A2": dict(inputs.framework_msd_A2),
            "warnings": [*series.provenance.get("warnings", []), *warned],
        },
    )
    factor = round(config.flux_fs / config.sample_fs)
    return series if factor == 1 else decimate_series(series, factor)


def _one(start: System, number: int) -> System:
    return replace(
        start, positions=start.positions[number : number + 1], cell=start.cell[number : number + 1]
    )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise FluxError(
            f"{folder / MANIFEST} is missing or damaged: give a folder of `superionic prepare`"
        ) from None
    if not isinstance(manifest, dict) or manifest.get("program") not in PROGRAMS:
        raise FluxError(f"{folder / MANIFEST} names none of the programs {', '.join(PROGRAMS)}")
    return manifest


def _refuse_foreign_inputs(inputs: RunInputs, folder: Path, manifest: dict[str, Any]) -> None:
    """Raise FluxError where the outputs cannot be of this run."""
    if manifest.get("identity") != inputs.identity:
        raise FluxError(
            f"{folder} was prepared for another run, or the run file, material or potential changed since: "
            "prepare it anew into another folder"
        )
    for name, sha256 in manifest["sha256"].items():
        path = folder / name
        if not path.exists() or sha256_file(path) != sha256:
            raise FluxError(
                f"{path} is missing or was edited since it was prepared, so that the flux is of another run: "
                "`superionic analyse` reads the outputs by themselves"
            )


def _msd(
    program: Program, folders: Sequence[Path], config: RunConfig, start: System
) -> tuple[dict[str, Array] | None, float | None, list[str]]:
    """Mean squared displacements and the time between their lags, as far as there are positions."""
    found = [program.snapshots(folder, start.n_atoms) for folder in folders]
    snapshots = [one for one in found if one is not None and len(one) > 1]
    if len(snapshots) < len(folders):
        return None, None, ["positions of the sampled stage are missing: diffusion is not known"]
    every = snapshot_stride(config)
    least = min(len(one) for one in snapshots)
    stacked = np.stack([one[every - 1 : least : every] for one in snapshots]).astype(np.float32)
    return species_msd(start, stacked), config.snapshot_ps * 1000 * every, []
