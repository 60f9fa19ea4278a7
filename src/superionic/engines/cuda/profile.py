"""Time of each kernel of a step, measured on the device."""

from __future__ import annotations

import time

import numpy as np

from ...conventions import Array
from ...system import System
from ..base import BlockPlan
from ..cuda_engine import CudaEngine
from .batch import Batch
from .device import Launch
from .layout import REPLICA, WORLD

REPEATS = 20
"""Launches recorded into one graph, so that the host does not hold them up."""


def kernel_seconds(engine: CudaEngine, system: System, velocities: Array) -> dict[str, float]:
    """Seconds of one launch of each kernel, positions held still; "lists" are the six of a new list."""
    batch = _held_still(engine, system, velocities)
    step = batch.step_launches(cell=False, lists=True)
    single = {launch.kernel: [launch] for launch in step}
    for kernel in ("fold", "scan", "fill", "order"):  # they count on each other
        del single[kernel]
    seconds = {}
    for name, launches in {**single, "lists": step[1:-3]}.items():
        replica = batch.pool.read("replica", (batch.n_replicas,), REPLICA)
        replica["step"] = 0  # lists are due at every launch
        batch.pool.write("replica", replica)
        seconds[name] = _mean_seconds(batch, launches)
    return seconds


def _held_still(engine: CudaEngine, system: System, velocities: Array) -> Batch:
    """A batch in the middle of an endless block with time steps of zero."""
    start = engine.compute(system)
    engine.run_block(system, velocities, start, BlockPlan(steps=1, timestep=0.0, sample_every=1))
    batch = engine.batch
    world = batch.pool.read("world", (1,), WORLD)
    world["steps"], world["sample_every"] = 2**30, 0
    batch.pool.write("world", world)
    return batch


def _mean_seconds(batch: Batch, launches: list[Launch]) -> float:
    timed = []
    for _ in range(6):  # the first records the graph and warms up
        batch.pool.read("mass", (1,))
        start = time.perf_counter()
        batch.run(launches * REPEATS, 2)
        batch.pool.read("mass", (1,))
        timed.append((time.perf_counter() - start) / (2 * REPEATS))
    return float(np.median(timed[1:]))
