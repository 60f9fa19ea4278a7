"""Contracts of complete runs, from run file to segments: pressure, times, stage changes, seeds, restarts.

Each takes an empty folder for the segments.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..config import validate
from ..conventions import Array
from ..engines.base import Engine, Evaluation
from ..md.config import RunConfig
from ..md.segments import Segment, read_segment, segment_path
from ..md.simulate import Run, simulate
from ..md.thermostats import temperature
from ..system import System
from ..units import BOLTZMANN_EV_PER_K, GPA_PER_EV_PER_A3
from .elastic_crystal import ElasticCrystal, elastic_crystal
from .subject import ContractBroken, Subject, agree, fractional, largest

COLD_K = 0.02
"""So cold that the crystal follows its elastic energy with hardly any noise."""


def _run(engine: Engine, start: System, folder: Path, **settings: Any) -> Run:
    """A short run; segments are two blocks of 10 steps unless the settings say otherwise."""
    raw = {
        "material": "material.toml",
        "potential": {"path": "nep.txt"},
        "supercell": [1, 1, 1],
        "replicas": start.n_replicas,
        "temperature_K": 300.0,
        "timestep_fs": 1.0,
        "sample_fs": 2.0,
        "snapshot_ps": 0.01,
        "segment_ps": 0.02,
        "flux_fs": 2.0,
        "seed": 1,
        "max_temperature_ratio": 1e3,
        "max_drift_meV_per_atom": 1e4,
    }
    config = validate({**raw, **settings}, RunConfig, "the contract's run")
    return Run(config=config, engine=engine, start=start, folder=folder, identity="contract")


def _segments(folder: Path) -> list[Segment]:
    """All segments, in order."""
    return [read_segment(path) for path in sorted(folder.glob("*.npz"))]


def _pressed(
    folder: Path, pressure_GPa: float, duration_ps: float, start_ratio: float
) -> tuple[ElasticCrystal, Segment]:
    """The cold crystal after `duration_ps` at a pressure, barostat of 100 fs, from another volume."""
    crystal, system = elastic_crystal(2, COLD_K)
    scale = np.cbrt(start_ratio)
    system = system.moved(system.positions + crystal.sites @ system.cell * (scale - 1), system.cell * scale)
    stage = {"ensemble": "npt", "duration_ps": duration_ps, "barostat_fs": 100.0, "coupling": "isotropic"}
    stiffness = crystal.bulk / crystal.home_volume * GPA_PER_EV_PER_A3
    run = _run(
        crystal,
        system,
        folder,
        temperature_K=COLD_K,
        pressure_GPa=pressure_GPa,
        bulk_modulus_GPa=stiffness,
        segment_ps=duration_ps,
        stages=[stage],
    )
    simulate(run)
    return crystal, _segments(folder)[-1]


def target_pressure_sets_the_volume(folder: Path) -> None:
    """At two pressures in GPa the volume is that of -∂F/∂V = P, and the logged pressure is P."""
    for number, target in enumerate((0.6, -0.3)):
        crystal, end = _pressed(folder / str(number), target, 1.5, start_ratio=1.0)
        volume = np.abs(np.linalg.det(end.cell))
        pressure = -crystal.bulk * np.log(volume / crystal.home_volume) / volume * GPA_PER_EV_PER_A3
        agree(f"-∂F/∂V at {target} GPa", pressure, np.full(2, target), 0.02)
        logged = end.header["summary"]
        agree(f"logged pressure_GPa at {target} GPa", logged["pressure_GPa"], pressure.mean(), 0.001)
        agree("logged volume_per_atom_A3", logged["volume_per_atom_A3"], volume.mean() / 8, 1e-9)


def log_tells_the_pressure(folder: Path) -> None:
    """pressure_GPa = N kT/V - ∂U/∂V at the end of a warm segment, the derivative from energies alone."""
    crystal, system = elastic_crystal(2, 300.0)
    simulate(_run(crystal, system, folder, stages=[{"ensemble": "nvt", "duration_ps": 0.02}]))
    (segment,) = _segments(folder)
    end, step = system.moved(segment.positions, segment.cell), 1e-5
    energies = [
        crystal.compute(end.moved(end.positions * np.cbrt(1 + s), end.cell * np.cbrt(1 + s))).energy
        for s in (step, -step)
    ]
    slope = (energies[0] - energies[1]) / (2 * step)
    logged = segment.header["summary"]
    motion = end.n_atoms * BOLTZMANN_EV_PER_K * logged["temperature_K"]
    pressure = ((motion - slope) / end.volume).mean() * GPA_PER_EV_PER_A3
    agree("logged temperature_K", logged["temperature_K"], temperature(end, segment.velocities).mean(), 1e-9)
    agree("logged pressure_GPa", logged["pressure_GPa"], pressure, 1e-4)


def barostat_time_is_the_time_of_the_volume(folder: Path) -> None:
    """With the right bulk modulus, ln(V/V₀) falls to 1/e within `barostat_fs`."""
    begin = 0.04
    crystal, end = _pressed(folder, 0.0, 0.1, start_ratio=np.exp(begin))
    left = np.log(np.abs(np.linalg.det(end.cell)) / crystal.home_volume) / begin
    agree("part of the strain left after barostat_fs", left, np.full(2, np.exp(-1)), 0.04)


class _Watched:
    """An engine that records the configurations it is called with."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name, self.device, self.precision = engine.name, engine.device, engine.precision
        self.elements, self.cutoff = engine.elements, engine.cutoff
        self.seen: list[System] = []

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        self.seen.append(system)
        return self.engine.compute(system, atomic_virials=atomic_virials)


def stages_go_on_in_the_mean_cell(folder: Path) -> None:
    """After NPT all replicas have the mean cell of its second half, with unchanged fractional positions."""
    crystal, system = elastic_crystal(3, 300.0)
    engine = _Watched(crystal)
    npt = {"ensemble": "npt", "duration_ps": 0.08, "barostat_fs": 200.0}
    stages = [npt, {"ensemble": "nve", "duration_ps": 0.02}]
    run = _run(engine, system, folder, stages=stages, bulk_modulus_GPa=7.0)
    simulate(replace(run, config=run.config.model_copy(update={"stages": run.config.stages[:1]})))
    before = _segments(folder)
    if len(before) != 4 or largest(before[-1].cell[0] - before[-1].cell[1]) < 0.01:
        raise ContractBroken("the stage should have four segments and cells that differ")
    engine.seen.clear()
    simulate(run)
    begin = engine.seen[0]
    mean = np.mean([segment.mean_cell for segment in before[2:]], axis=(0, 1))
    agree("cell of the next stage", begin.cell, np.repeat(mean[None], 3, axis=0), 1e-12)
    end = begin.moved(before[-1].positions, before[-1].cell)
    agree("fractional places", fractional(begin), fractional(end), 1e-9)


def mean_cells_are_means(folder: Path) -> None:
    """The mean cell of an NPT segment averages the cells the engine was called with."""
    crystal, system = elastic_crystal(2, 300.0)
    engine = _Watched(crystal)
    stage = {"ensemble": "npt", "duration_ps": 0.02, "barostat_fs": 200.0}
    simulate(_run(engine, system, folder, stages=[stage], bulk_modulus_GPa=7.0))
    (segment,) = _segments(folder)
    seen = [s.cell for s in engine.seen[1:]]
    agree("mean cell", segment.mean_cell, np.mean(seen, axis=0), 1e-12)
    agree("last cell", segment.cell, seen[-1], 0.0)


def seeds_reach_the_first_velocities(folder: Path) -> None:
    """Another seed gives other velocities (in NVE, which draws no noise); the same seed is bit-identical."""
    crystal, system = elastic_crystal(2, 300.0)
    ends: list[Array] = []
    for name, seed in (("one", 1), ("other", 2), ("again", 1)):
        stage = {"ensemble": "nve", "duration_ps": 0.02}
        simulate(_run(crystal, system, folder / name, seed=seed, stages=[stage]))
        ends.append(_segments(folder / name)[-1].velocities)
    agree("velocities with the same seed", ends[2], ends[0], 0.0)
    _differ("velocities with another seed", ends[0], ends[1])
    _differ("velocities of two replicas", ends[0][:1], ends[0][1:])


def seeds_reach_the_noise(folder: Path) -> None:
    """A second segment, after an identical first one, depends on the seed: velocities (NVT), cell (NPT)."""
    crystal, system = elastic_crystal(2, 300.0)
    for ensemble in ("nvt", "npt"):
        ends: list[Segment] = []
        for seed in (1, 2):
            path = folder / ensemble / str(seed)
            if seed == 2:
                path.mkdir()
                shutil.copy(segment_path(path.parent / "1", 0, 0), path)
            times = {"duration_ps": 0.04, "thermostat_fs": 20.0, "barostat_fs": 200.0}
            stages = [{"ensemble": ensemble, **times}]
            simulate(_run(crystal, system, path, seed=seed, stages=stages, bulk_modulus_GPa=7.0))
            ends.append(_segments(path)[-1])
        _differ(f"{ensemble} velocities with other noise", ends[0].velocities, ends[1].velocities)
        if ensemble == "npt":
            _differ("npt cells with other noise", ends[0].cell, ends[1].cell)


def _differ(what: str, one: Array, other: Array) -> None:
    for replica in range(len(one)):
        if not largest(one[replica] - other[replica]) > 1e-3 * largest(one[replica]):
            raise ContractBroken(f"{what} are the same (replica {replica})")


def a_resumed_run_is_the_same_to_the_bit(subject: Subject, folder: Path) -> None:
    """Segments of a run interrupted after any segment equal those of a full run: NPT, NVT, sampled NVT."""
    half = 5 * subject.timestep_fs / 1000
    settings = {
        "timestep_fs": subject.timestep_fs,
        "sample_fs": subject.timestep_fs,
        "flux_fs": subject.timestep_fs,
        "snapshot_ps": half,
        "segment_ps": half,
        "temperature_K": subject.temperature_K,
        "stages": [
            {"ensemble": "npt", "duration_ps": 2 * half, "barostat_fs": 500.0},
            {"ensemble": "nvt", "duration_ps": 2 * half, "sample": True},
        ],
    }
    whole = folder / "whole"
    simulate(_run(subject.engine, subject.system, whole, **settings))
    names = [path.name for path in sorted(whole.iterdir())]
    if len(names) != 4:
        raise ContractBroken(f"four segments expected, found {names}")
    for kept in (1, 3):
        cut = folder / f"cut{kept}"
        cut.mkdir()
        for name in names[:kept]:
            shutil.copy(whole / name, cut)
        simulate(_run(subject.engine, subject.system, cut, **settings))
        for name in names[kept:]:
            one, other = read_segment(whole / name), read_segment(cut / name)
            for array in ("positions", "velocities", "cell", "mean_cell"):
                agree(f"{name}: {array}", getattr(other, array), getattr(one, array), 0.0)
            if name.startswith("stage1"):
                agree(f"{name}: currents", other.currents, one.currents, 0.0)
                agree(f"{name}: snapshots", other.snapshots, one.snapshots, 0.0)


RUNS: tuple[Callable[[Path], None], ...] = (
    target_pressure_sets_the_volume,
    log_tells_the_pressure,
    barostat_time_is_the_time_of_the_volume,
    stages_go_on_in_the_mean_cell,
    mean_cells_are_means,
    seeds_reach_the_first_velocities,
    seeds_reach_the_noise,
)
"""Contracts of `md.simulate`, on the elastic crystal."""
