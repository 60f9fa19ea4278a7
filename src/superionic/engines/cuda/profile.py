"""Time of each kernel of a step, measured on the device."""

from __future__ import annotations

import time

import numpy as np

from ...engines.base import BlockPlan
from ...system import Array, System
from ..cuda_engine import CudaEngine
from .device import Launch

REPEATS = 20


def kernel_seconds(engine: CudaEngine, system: System, velocities: Array) -> dict[str, float]:
    """Seconds of one launch of each kernel on this system, positions held still; "lists" are the six of a new list.

    Launches are recorded into a graph, so that the host does not hold them up.
    """
    plan = BlockPlan(steps=1, timestep=0.0, sample_every=1)
    start = engine.compute(system)
    engine.run_block(system, velocities, start, plan)
    batch = engine.last_batch
    pool, device = batch.pool, batch.pool.device
    from .layout import REPLICA, WORLD

    world = pool.read("world", (1,), WORLD)
    world["steps"], world["sample_every"] = 2**30, 0
    pool.write("world", world)
    replica = pool.read("replica", (batch.n_replicas,), REPLICA)
    step = batch.step_launches(cell=False, lists=True)
    groups = {
        launch.kernel: [launch] for launch in step if launch.kernel not in ("fold", "scan", "fill", "order")
    }
    groups["lists"] = step[1:-3]
    seconds = {}
    for name, launches in groups.items():
        replica["step"] = 0  # lists are due at every launch
        pool.write("replica", replica)
        seconds[name] = _mean_seconds(device, batch, launches)
    return seconds


def _mean_seconds(device: object, batch: object, launches: list[Launch]) -> float:
    scratch = np.empty(1)
    timed = []
    for _ in range(6):  # the first records the graph and warms up
        batch.pool.read("mass", (1,))
        start = time.perf_counter()
        batch.run(launches * REPEATS, 2)
        batch.pool.device.read(batch.pool["mass"], scratch)
        timed.append((time.perf_counter() - start) / (2 * REPEATS))
    return float(np.median(timed[1:]))
