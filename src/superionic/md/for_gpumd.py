"""A run as input of GPUMD, and what GPUMD writes as currents and positions.

model.xyz holds masses, velocities (Å/fs) and one group per species; run.in the stages. Thermostat and
barostat are those of our own runs: stochastic velocity rescaling (nvt_bdp) and stochastic cell rescaling
(npt_scr), with relaxation times in time steps (GPUMD manual, pages model.xyz, ensemble, compute).
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import numpy as np

from ..conventions import Array
from ..flux.gpumd_run import sampled_cell
from ..flux.series import FluxError
from ..units import FS_PER_TIME_UNIT
from .config import RunConfig, Stage
from .guards import target_temperature
from .replica import Replica

RELAXING_STEPS = 1000
ORTHOGONAL_A = 1e-6
"""Off-diagonal elements of a cell that is taken as orthogonal."""


PROPERTIES = re.compile(r"Properties=(\S+)")

CURRENT = "dump_xyz {interval} positions.xyz unwrapped_position"
"""Keyword that writes positions, since August 2026 (GPUMD, pull request 1646)."""

UNTIL_5_5 = "dump_position {interval}"
"""The same in GPUMD 5.5 and older; folded into the cell, in movie.xyz."""


def gpumd_files(replica: Replica, positions: str = CURRENT) -> dict[str, str]:
    """model.xyz and run.in. Raises ValueError for an isotropic barostat in a cell that is not orthogonal."""
    cell = replica.system.cell[0]
    skewed = np.abs(cell - np.diag(np.diag(cell))).max() > ORTHOGONAL_A
    if skewed and any(s.ensemble == "npt" and s.coupling == "isotropic" for s in replica.config.stages):
        raise ValueError(
            'GPUMD has no isotropic barostat for a cell that is not orthogonal: take coupling = "anisotropic"'
        )
    return {"model.xyz": _model(replica), "run.in": _run_in(replica, positions)}


def gpumd_5_files(replica: Replica) -> dict[str, str]:
    """The same for GPUMD 5.5 and older."""
    return gpumd_files(replica, UNTIL_5_5)


def _model(replica: Replica) -> str:
    system = replica.system
    present = list(dict.fromkeys(sorted(system.species)))
    lattice = " ".join(f"{value:.10g}" for value in system.cell[0].ravel())
    rows = [
        " ".join([system.elements[species], *(f"{v:.10g}" for v in (*position, mass, *velocity)), str(group)])
        for species, position, mass, velocity, group in zip(
            system.species,
            system.positions[0],
            system.masses,
            replica.velocities / FS_PER_TIME_UNIT,
            (present.index(species) for species in system.species),
            strict=True,
        )
    ]
    columns = "species:S:1:pos:R:3:mass:R:1:vel:R:3:group:I:1"
    return f'{len(rows)}\npbc="T T T" Lattice="{lattice}" Properties={columns}\n' + "\n".join(rows) + "\n"


def _run_in(replica: Replica, positions: str) -> str:
    config = replica.config
    lines = ["potential   nep.txt", f"time_step   {config.timestep_fs:g}"]
    if replica.relax_eV_A is not None:
        lines.append(f"minimize    fire {replica.relax_eV_A:g} {RELAXING_STEPS}")
    # of model.xyz; the keyword has to be there all the same
    lines.append(f"velocity    {config.temperature_K:g} seed {replica.seed}")
    snapshot = round(config.snapshot_ps * 1000 / config.timestep_fs)
    for stage in config.stages:
        steps = round(stage.duration_ps * 1000 / config.timestep_fs)
        lines += ["", f"ensemble    {_ensemble(config, stage)}", f"dump_thermo {min(snapshot, steps)}"]
        if stage.sample:
            every = round(config.sample_fs / config.timestep_fs)
            lines += [f"compute     0 {every} 1 jp jk momentum", positions.format(interval=snapshot)]
        lines += [f"dump_restart {steps}", f"run         {steps}"]
    return "\n".join(lines) + "\n"


def _ensemble(config: RunConfig, stage: Stage) -> str:
    if stage.ensemble == "nve":
        return "nve"
    temperature = f"{target_temperature(config, stage):g}"
    thermostat = f"{temperature} {temperature} {max(1.0, stage.thermostat_fs / config.timestep_fs):g}"
    if stage.ensemble == "nvt":
        return f"nvt_bdp {thermostat}"
    components = 1 if stage.coupling == "isotropic" else 6
    pressures = " ".join([f"{config.pressure_GPa:g}"] * components)
    moduli = " ".join([f"{config.bulk_modulus_GPa:g}"] * components)
    return f"npt_scr {thermostat} {pressures} {moduli} {max(1.0, stage.barostat_fs / config.timestep_fs):g}"


def read_gpumd_snapshots(folder: Path, n_atoms: int) -> Array | None:
    """(k, N, 3) positions of positions.xyz or movie.xyz, unwrapped; None without such a file.

    Raises FluxError for a file of other atoms.
    """
    path = next((folder / name for name in ("positions.xyz", "movie.xyz") if (folder / name).exists()), None)
    if path is None:
        return None
    frames: list[list[list[float]]] = []
    first, unwrapped = 1, False
    with path.open(encoding="utf-8") as lines:
        while len(frame := list(islice(lines, n_atoms + 2))) == n_atoms + 2:
            if frame[0].split() != [str(n_atoms)]:
                raise FluxError(f"{path}: frame {len(frames)} is not one of {n_atoms} atoms")
            first, unwrapped = _column_of_positions(frame[1])
            frames.append([[float(word) for word in line.split()[first : first + 3]] for line in frame[2:]])
    if not frames:
        return None
    return np.array(frames) if unwrapped else _followed(np.array(frames), sampled_cell(folder))


def _column_of_positions(comment: str) -> tuple[int, bool]:
    """Where the positions begin in a row of extended XYZ, and whether they are unwrapped."""
    found = PROPERTIES.search(comment)
    words = found.group(1).split(":") if found else ["species", "S", "1", "pos", "R", "3"]
    widths = [int(width) for width in words[2::3]]
    places = {name: sum(widths[:number]) for number, name in enumerate(words[::3])}
    unwrapped = "unwrapped_position" in places
    return places["unwrapped_position" if unwrapped else "pos"], unwrapped


def _followed(positions: Array, cell: Array) -> Array:
    """Positions without jumps by lattice vectors: no atom moves half a cell between two frames."""
    moved = np.diff(positions, axis=0) @ np.linalg.inv(cell)
    moved -= np.round(moved)
    return np.concatenate([positions[:1], positions[:1] + np.cumsum(moved @ cell, axis=0)])
