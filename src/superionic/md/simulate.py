"""Run molecular dynamics stage by stage in segments; killed at any time, it resumes from the last segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..conventions import Array
from ..engines.base import BlockPlan, BlockResult, CellRescaling, Engine, Evaluation
from ..provenance import header
from ..system import System
from ..units import GPA_PER_EV_PER_A3, to_internal_time
from .config import RunConfig, Stage
from .guards import (
    UnstableTrajectoryError,
    refuse_drift,
    refuse_heat,
    refuse_holes,
    target_temperature,
)
from .integrators import advance
from .lock import alone_in
from .progress import sampled_state, summary
from .relax import relaxed
from .segments import Segment, SegmentError, count_segments, read_segment, segment_path, write_segment
from .thermostats import maxwell_velocities, rescaling_noise

BAROSTAT_STEPS = 10
"""Most steps between cell rescalings: far below any barostat period."""

SECOND_HALF = 0.5
"""Part of an NPT stage that is left out of the mean cell."""


@dataclass(frozen=True)
class Run:
    """A run bound to an engine, a start structure and a folder of segments."""

    config: RunConfig
    engine: Engine
    start: System
    folder: Path
    identity: str
    """Hash of everything that determines the trajectory; a segment with another one is refused."""
    mix_engines: bool = False
    """Whether to resume from segments that another engine has made."""
    relax_eV_A: float | None = None
    """Relax the start until no force exceeds this; None: start as it is."""
    framework_msd_A2: Mapping[str, float] = field(default_factory=dict)
    """How far (Å²) the ions of a framework species may move before a warning (material.toml)."""
    velocities: Array | None = None
    """(R, N, 3) to begin with; None: drawn from the seed."""


def simulate(run: Run, report: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
    """Bring `run` to its end, segment by segment; `report` is told of every finished segment.

    Resuming gives bit-identical segments: the noise of each is drawn from (seed, stage, index), and each
    starts from the stored end of the one before.

    Raises UnstableTrajectoryError (non-finite numbers, temperature, energy drift), SegmentError (damaged or
    foreign segments), FolderInUse (another process is at it).
    """
    with alone_in(run.folder):
        _simulate(run, report)


def _simulate(run: Run, report: Callable[[dict[str, Any]], None]) -> None:
    system, velocities = run.start, None
    for number, stage in enumerate(run.config.stages):
        total = round(stage.duration_ps / run.config.segment_ps)
        done = min(count_segments(run.folder, number), total)
        if done < total:
            _refuse_gap(run, number)
        if done:
            last = _load(run, number, done - 1)
            _check_engine(run, segment_path(run.folder, number, done - 1), last.header)
            system, velocities = run.start.moved(last.positions, last.cell), last.velocities
        if velocities is None:
            if run.relax_eV_A is not None:
                system = relaxed(run.engine, system, run.relax_eV_A)
            velocities = run.velocities
        if velocities is None:
            velocities = first_velocities(run.config, system)
        origin = _origin(run, number) if stage.sample and done else None
        for index in range(done, total):
            segment = _segment(run, stage, number, index, system, velocities, origin)
            write_segment(segment_path(run.folder, number, index), segment)
            system, velocities = run.start.moved(segment.positions, segment.cell), segment.velocities
            if origin is None and stage.sample:
                origin = _origin(run, number)
            report(
                {"stage": number, "ensemble": stage.ensemble, "index": index, "total": total}
                | segment.header["summary"]
            )
        if stage.ensemble == "npt":
            system = _in_mean_cell(run, number, total, system)


def first_velocities(config: RunConfig, system: System) -> Array:
    """(R, N, 3) velocities that a run begins with, from its seed."""
    rng = np.random.default_rng([config.seed, len(config.stages)])
    return maxwell_velocities(system, config.temperature_K, rng)


def _refuse_gap(run: Run, stage: int) -> None:
    """Later stages began at the end of this one: made anew, they would not."""
    later = [n for n in range(stage + 1, len(run.config.stages)) if count_segments(run.folder, n)]
    if later:
        raise SegmentError(
            f"{run.folder}: stage {stage} is not whole though stage {later[0]} has segments: restore it, or "
            "delete the later ones"
        )


def _load(run: Run, stage: int, index: int) -> Segment:
    expected = {"identity": run.identity, "stage": stage, "index": index}
    return read_segment(segment_path(run.folder, stage, index), expected, run.config.identity())


def _check_engine(run: Run, path: Path, made: dict[str, Any]) -> None:
    """Segments of one run come from one engine, unless asked for otherwise: others give other bits."""
    theirs, ours = (made["engine"], made["precision"]), (run.engine.name, run.engine.precision)
    if theirs != ours and not run.mix_engines:
        raise SegmentError(
            f"{path}: made by the {theirs[0]} engine ({theirs[1]}), but this would resume with the {ours[0]} "
            f"engine ({ours[1]}): ask for --engine {theirs[0]}, or allow it with --mix-engines"
        )


def _in_mean_cell(run: Run, stage: int, total: int, system: System) -> System:
    """All replicas in the mean cell of the stage's second half, atoms at the same fractional places."""
    cells = [_load(run, stage, index).mean_cell for index in range(int(total * SECOND_HALF), total)]
    mean = np.mean(cells, axis=(0, 1))
    cell = np.repeat(mean[None], system.n_replicas, axis=0)
    return system.moved(system.positions @ np.linalg.solve(system.cell, cell), cell)


def _origin(run: Run, stage: int) -> Array:
    """First stored positions (R, N, 3) of the sampled stage: displacements count from there."""
    return _load(run, stage, 0).snapshots[:, 0]


def _segment(
    run: Run,
    stage: Stage,
    number: int,
    index: int,
    system: System,
    velocities: Array,
    origin: Array | None,
) -> Segment:
    config = run.config
    rng = np.random.default_rng([config.seed, number, index])
    npt = stage.ensemble == "npt"
    steps = round(config.snapshot_ps * 1000 / config.timestep_fs)
    now = run.engine.compute(system)
    conserved = _total_energy(system, velocities, now)
    where = f"stage {number} ({stage.ensemble}), segment {index}"
    results, snapshots, cells = [], [], []
    for _ in range(round(config.segment_ps / config.snapshot_ps)):
        plan = _plan(config, stage, steps, system, rng)
        result = _advance(run, system, velocities, now, plan, where)
        system = system.moved(result.positions, result.cell)
        velocities, now = result.velocities, result.evaluation
        refuse_heat(config, stage, system, velocities, where)
        conserved = conserved + result.heat_from_thermostat
        cells.append(result.mean_cell)
        if stage.sample:
            results.append(result)
            snapshots.append(result.positions)
    drift = None
    if not npt:
        drift = 1000 * (_total_energy(system, velocities, now) - conserved) / system.n_atoms
        refuse_drift(config, drift, where)
    refuse_holes(config, system, where)
    empty = (system.n_replicas, 0)
    kinetic = _joined([r.kinetic_energy for r in results], empty)
    state = {}
    if stage.sample:
        since = snapshots[0] if origin is None else origin
        state = sampled_state(system, since, kinetic, config.temperature_K, run.framework_msd_A2)
    currents = (*empty, 2 + len(system.elements), 3)
    return Segment(
        positions=system.positions,
        velocities=velocities,
        cell=system.cell,
        mean_cell=np.mean(cells, axis=0),
        currents=_joined([r.currents for r in results], currents),
        potential_energy=_joined([r.potential_energy for r in results], empty),
        kinetic_energy=kinetic,
        snapshots=np.stack(snapshots, axis=1) if snapshots else np.zeros((*empty, system.n_atoms, 3)),
        header=header(
            identity=run.identity,
            run=config.identity(),
            stage=number,
            index=index,
            ensemble=stage.ensemble,
            engine=run.engine.name,
            device=run.engine.device,
            precision=run.engine.precision,
            elements=list(system.elements),
            units="Å, eV, u, K; time Å·sqrt(u/eV)",
            summary=summary(system, velocities, now, drift) | state,
        ),
    )


def _plan(config: RunConfig, stage: Stage, steps: int, system: System, rng: np.random.Generator) -> BlockPlan:
    thermostatted = stage.ensemble != "nve"
    return BlockPlan(
        steps=steps,
        timestep=to_internal_time(config.timestep_fs),
        sample_every=round(config.sample_fs / config.timestep_fs) if stage.sample else 0,
        temperature_K=target_temperature(config, stage),
        thermostat_period=to_internal_time(stage.thermostat_fs) if thermostatted else None,
        thermostat_noise=(
            rescaling_noise(steps, system.n_replicas, system.n_atoms, rng) if thermostatted else None
        ),
        cell_rescaling=(
            _cell_rescaling(config, stage, steps, system.n_replicas, rng) if stage.ensemble == "npt" else None
        ),
    )


def _cell_rescaling(
    config: RunConfig, stage: Stage, steps: int, n_replicas: int, rng: np.random.Generator
) -> CellRescaling:
    every = next(n for n in range(min(BAROSTAT_STEPS, steps), 0, -1) if steps % n == 0)
    return CellRescaling(
        pressure=config.pressure_GPa / GPA_PER_EV_PER_A3,
        temperature_K=target_temperature(config, stage),
        period=to_internal_time(stage.barostat_fs),
        compressibility=GPA_PER_EV_PER_A3 / config.bulk_modulus_GPa,
        isotropic=stage.coupling == "isotropic",
        every=every,
        normals=rng.normal(size=(steps // every, n_replicas, 3, 3)),
    )


def _total_energy(system: System, velocities: Array, now: Evaluation) -> Array:
    return now.energy + 0.5 * np.einsum("i,ria,ria->r", system.masses, velocities, velocities)


def _advance(
    run: Run, system: System, velocities: Array, now: Evaluation, plan: BlockPlan, where: str
) -> BlockResult:
    """`advance`; anything that is no longer finite raises UnstableTrajectoryError."""
    remedy = (
        "earlier segments are kept. Shorten timestep_fs, or use a potential that is safe at short "
        "distances (nep4_zbl)"
    )
    try:
        result = advance(run.engine, system, velocities, now, plan)
    except (ValueError, RuntimeError) as error:  # engines refuse positions that are not finite
        raise UnstableTrajectoryError(f"{where}: {error}; {remedy}") from error
    finite = [
        np.isfinite(values).all(axis=(1, 2))
        for values in (result.positions, result.velocities, result.evaluation.forces)
    ]
    whole = np.logical_and.reduce(finite)
    if not whole.all():
        raise UnstableTrajectoryError(
            f"{where}: replica {int(np.argmin(whole))} is no longer finite; {remedy}"
        )
    return result


def _joined(parts: list[Array], empty: tuple[int, ...]) -> Array:
    return np.concatenate(parts, axis=1) if parts else np.zeros(empty)
