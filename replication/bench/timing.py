"""Timing cases side by side: interleaved repeats, medians, memory."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from superionic.engines.timing import Steps, elapsed, steps_within


@dataclass
class Timing:
    """Repeats of one case: engine, structure size, meaning of a step, and seconds of each repeat.

    CPU time for a single thread, so that a busy machine has less effect, and wall-clock time where numbers of
    threads are compared.
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
    def clock(self) -> Callable[[], float]:
        return time.perf_counter if self.by_the_clock else time.process_time

    @property
    def atom_steps_per_second(self) -> float:
        """Median over the repeats."""
        return self.n_atoms * self.n_replicas * self.steps / statistics.median(self.seconds)


@dataclass(frozen=True)
class Case:
    """One engine on one structure."""

    timing: Timing
    run: Steps


def measure(
    cases: Iterable[Case],
    repeats: int,
    seconds: float,
    report: Callable[[str], None],
    min_steps: int = 1,
) -> list[Timing]:
    """Time the cases in turn, `repeats` rounds, each repeat about `seconds` long, or `min_steps`.

    A block of MD starts with a new neighbour list, so short blocks would be dominated by it.
    """
    ready = []
    for case in cases:
        case.timing.steps = max(min_steps, steps_within(case.run, seconds, case.timing.clock))
        report(f"{case.timing.n_atoms} atoms, {case.timing.engine}: {case.timing.steps} steps a round")
        ready.append(case)
    for round_ in range(repeats):
        for case in ready:
            case.timing.seconds.append(elapsed(case.run, case.timing.steps, case.timing.clock))
            case.timing.peak_memory_MiB = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        report(f"{ready[0].timing.n_atoms} atoms, round {round_ + 1} of {repeats}")
    return [case.timing for case in ready]


def repeats_up_to(n_unit: int, largest: int) -> Iterator[tuple[int, int, int]]:
    """Repetitions of a unit cell that double its atoms, and the largest cube within `largest` atoms."""
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
