"""Timing engines side by side: interleaved repeats, medians, whole MD loops where an engine has one."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from ase import Atoms

from ..system import Array, System
from ..units import BOLTZMANN_EV_PER_K, to_internal_time
from .base import BlockPlan
from .native_engine import NativeEngine
from .torch_engine import TorchEngine

TIMESTEP_FS = 1.0
SAMPLE_EVERY = 5
TEMPERATURE_K = 650.0

Steps = Callable[[int], None]
"""Runs a number of MD steps, or of evaluations for an engine that has no MD of its own."""


@dataclass
class Timing:
    """Repeats of one case: engine, structure size, what a step is, and seconds of each repeat.

    Seconds are those of the processor where there is one thread, so that a busy machine blurs them less, and
    those of the clock where numbers of threads are compared.
    """

    engine: str
    n_atoms: int
    n_replicas: int
    step: str
    steps: int = 0
    threads: int = 1
    by_the_clock: bool = False
    seconds: list[float] = field(default_factory=list)
    peak_memory_MiB: float = 0.0

    @property
    def atom_steps_per_second(self) -> float:
        """Median over the repeats."""
        return self.n_atoms * self.n_replicas * self.steps / statistics.median(self.seconds)


@dataclass(frozen=True)
class Case:
    """One engine on one structure."""

    timing: Timing
    run: Steps


def hot_system(atoms: Atoms, elements: tuple[str, ...], n_replicas: int = 1) -> tuple[System, Array]:
    """Rattled replicas with Maxwell velocities: 2T at the start is T after equipartition."""
    rng = np.random.default_rng(1)
    system = System.from_atoms(atoms, elements, n_replicas)
    system = system.moved(system.positions + rng.normal(0.0, 0.05, system.positions.shape))
    spread = np.sqrt(BOLTZMANN_EV_PER_K * TEMPERATURE_K / system.masses)
    velocities = rng.normal(size=system.positions.shape) * spread[:, None]
    momentum = np.einsum("i,ria->ra", system.masses, velocities)
    return system, velocities - momentum[:, None, :] / system.masses.sum()


def native_steps(engine: NativeEngine, system: System, velocities: Array) -> Steps:
    """Whole MD with currents sampled; each call continues from where the last one ended."""
    evaluation = engine.compute(system)

    def run(steps: int) -> None:
        nonlocal system, velocities, evaluation
        plan = BlockPlan(steps, to_internal_time(TIMESTEP_FS), SAMPLE_EVERY)
        end = engine.run_block(system, velocities, evaluation, plan)
        system, velocities, evaluation = system.moved(end.positions), end.velocities, end.evaluation

    return run


def torch_steps(potential: str | Path, system: System) -> Steps:
    """Energies, forces and virial of the readable engine, on one thread."""
    torch.set_num_threads(1)
    engine = TorchEngine(potential)

    def run(steps: int) -> None:
        for step in range(steps):
            engine.compute(system.moved(system.positions + 1e-6 * step))

    return run


def calorine_steps(potential: str | Path, atoms: Atoms) -> Steps:
    """Energies, forces and stress of calorine's CPUNEP through ASE; ImportError when not installed."""
    from calorine.calculators import CPUNEP

    atoms = atoms.copy()
    atoms.calc = CPUNEP(str(potential))

    def run(steps: int) -> None:
        for _ in range(steps):
            atoms.rattle(1e-6)
            atoms.get_forces()
            atoms.get_stress()

    return run


def native_case(potential: str | Path, atoms: Atoms, precision: str = "mixed") -> Case:
    """The native engine on one replica and one thread."""
    engine = NativeEngine(potential, precision, threads=1)
    system, velocities = hot_system(atoms, engine.elements)
    timing = Timing(f"native {precision}", len(atoms), 1, "MD with currents")
    return Case(timing, native_steps(engine, system, velocities))


def cases(potential: str | Path, atoms: Atoms) -> Iterator[Case]:
    """All engines on one structure."""
    for precision in ("mixed", "float64"):
        yield native_case(potential, atoms, precision)
    system, _ = hot_system(atoms, TorchEngine(potential).elements)
    yield Case(
        Timing("torch float64", len(atoms), 1, "energy, forces, virial"), torch_steps(potential, system)
    )
    try:
        yield Case(
            Timing("calorine CPUNEP", len(atoms), 1, "energy, forces, virial"),
            calorine_steps(potential, system.to_atoms()),
        )
    except ImportError:
        print("calorine is not installed: no ratio to it", file=sys.stderr)


def thread_cases(potential: str | Path, atoms: Atoms, n_replicas: int) -> Iterator[Case]:
    """The same replicas on one thread and on two, which share one replica or take one each."""
    for threads in (1, 2):
        engine = NativeEngine(potential, threads=threads)
        system, velocities = hot_system(atoms, engine.elements, n_replicas)
        label = f"native mixed, {_number(n_replicas, 'replica')}, {_number(threads, 'thread')}"
        yield Case(
            Timing(label, len(atoms), n_replicas, "MD with currents", threads=threads, by_the_clock=True),
            native_steps(engine, system, velocities),
        )


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' if count > 1 else ''}"


def measure(
    chosen: Iterable[Case],
    repeats: int,
    seconds: float,
    report: Callable[[str], None],
    least_steps: int = 1,
) -> list[Timing]:
    """Time the cases in turn, `repeats` rounds, each repeat about `seconds` long, or `least_steps`.

    A block of MD starts with a new neighbour list, which a dozen steps must pay for.
    """
    ready = []
    for case in chosen:
        case.timing.steps = max(least_steps, round(seconds / _seconds_per_step(case, seconds)))
        report(f"{case.timing.n_atoms} atoms, {case.timing.engine}: {case.timing.steps} steps a round")
        ready.append(case)
    for round_ in range(repeats):
        for case in ready:
            case.timing.seconds.append(_elapsed(case, case.timing.steps))
            case.timing.peak_memory_MiB = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        report(f"{ready[0].timing.n_atoms} atoms, round {round_ + 1} of {repeats}")
    return [case.timing for case in ready]


def _elapsed(case: Case, steps: int) -> float:
    clock = time.perf_counter if case.timing.by_the_clock else time.process_time
    start = clock()
    case.run(steps)
    return clock() - start


def _seconds_per_step(case: Case, seconds: float) -> float:
    """From the first step when it is long, else from a few more, without the start-up."""
    first = _elapsed(case, 1)
    return first if first > 0.5 * seconds else _elapsed(case, 4) / 4


def repeats_up_to(n_unit: int, largest: int) -> Iterator[tuple[int, int, int]]:
    """Repetitions of a unit of `n_unit` atoms, doubling the atoms, and the largest cube within `largest`."""
    shape = [1, 1, 1]
    axis = 0
    n_atoms = n_unit
    while n_atoms <= largest:
        if n_atoms >= 100:
            yield shape[0], shape[1], shape[2]
        shape[axis] *= 2
        axis = (axis + 1) % 3
        n_atoms *= 2
    edge = int((largest / n_unit) ** (1 / 3) + 1e-9)
    if n_unit * edge**3 > n_atoms // 2:
        yield edge, edge, edge


def memory_per_atom_KiB(scaling: list[Timing]) -> float | None:
    """Slope of the peak memory between the smallest and the largest structure, measured in that order."""
    if len(scaling) < 2:
        return None
    first, last = scaling[0], scaling[-1]
    return 1024 * (last.peak_memory_MiB - first.peak_memory_MiB) / (last.n_atoms - first.n_atoms)
