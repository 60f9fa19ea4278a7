"""Speed of an engine on this machine: whole blocks of MD where it has its own, else evaluations."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from ase import Atoms

from ..conventions import Array
from ..system import System
from ..units import BOLTZMANN_EV_PER_K, to_internal_time
from .base import BlockEngine, BlockPlan, Engine

TIMESTEP_FS = 1.0
SAMPLE_EVERY = 5
TEMPERATURE_K = 650.0

Steps = Callable[[int], None]
"""Runs a number of MD steps, or of evaluations for an engine that has no MD of its own."""


def hot_system(atoms: Atoms, elements: tuple[str, ...], n_replicas: int = 1) -> tuple[System, Array]:
    """Rattled replicas with Maxwell velocities: 2T at the start is T after equipartition."""
    rng = np.random.default_rng(1)
    system = System.from_atoms(atoms, elements, n_replicas)
    system = system.moved(system.positions + rng.normal(0.0, 0.05, system.positions.shape))
    spread = np.sqrt(BOLTZMANN_EV_PER_K * TEMPERATURE_K / system.masses)
    velocities = rng.normal(size=system.positions.shape) * spread[:, None]
    momentum = np.einsum("i,ria->ra", system.masses, velocities)
    return system, velocities - momentum[:, None, :] / system.masses.sum()


def step_of(engine: Engine) -> str:
    """What is timed as a step of this engine."""
    return "MD with currents" if isinstance(engine, BlockEngine) else "energy, forces, virial"


def steps_of(engine: Engine, system: System, velocities: Array) -> Steps:
    """Whole MD with currents sampled, each call continuing the last; evaluations where there is no block."""
    if not isinstance(engine, BlockEngine):
        return _evaluations(engine, system)
    blocks, evaluation = engine, engine.compute(system)

    def run(steps: int) -> None:
        nonlocal system, velocities, evaluation
        plan = BlockPlan(steps, to_internal_time(TIMESTEP_FS), SAMPLE_EVERY)
        end = blocks.run_block(system, velocities, evaluation, plan)
        system, velocities, evaluation = system.moved(end.positions), end.velocities, end.evaluation

    return run


def _evaluations(engine: Engine, system: System) -> Steps:
    def run(steps: int) -> None:
        for step in range(steps):
            engine.compute(system.moved(system.positions + 1e-6 * step))

    return run


def elapsed(run: Steps, steps: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that so many steps take."""
    start = clock()
    run(steps)
    return clock() - start


def steps_within(run: Steps, seconds: float, clock: Callable[[], float] = time.perf_counter) -> int:
    """How many steps take about so long: from the first when it is long, else from a few more."""
    first = elapsed(run, 1, clock)
    per_step = first if first > 0.5 * seconds else elapsed(run, 4, clock) / 4
    return max(1, round(seconds / per_step))


def atom_steps_per_second(
    engine: Engine, atoms: Atoms, n_replicas: int, rounds: int, seconds: float
) -> float:
    """Median over rounds of about `seconds` each, by the clock."""
    system, velocities = hot_system(atoms, engine.elements, n_replicas)
    run = steps_of(engine, system, velocities)
    steps = steps_within(run, seconds)
    return len(atoms) * n_replicas * steps / statistics.median(elapsed(run, steps) for _ in range(rounds))
