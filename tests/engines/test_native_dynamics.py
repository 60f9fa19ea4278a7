"""Native engine, blocks of MD: threads, long conservation, precision, errors.

That a block equals the readable integrator, and more, is in tests/testing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superionic.engines.base import BlockPlan
from superionic.engines.native_engine import NativeEngine
from superionic.md.thermostats import maxwell_velocities, rescaling_noise
from superionic.system import Array, System
from superionic.units import to_internal_time
from tests.subjects import committed, hot_crystal

POTENTIAL = committed("li3ps4/A")


def hot_lithium_thiophosphate(
    repeat: tuple[int, int, int] = (1, 1, 2), replicas: int = 2
) -> tuple[System, Array]:
    """Li3PS4 at 650 K, replicas that differ."""
    system = hot_crystal("li3ps4", repeat, replicas=replicas, rattle=0.03)
    return system, maxwell_velocities(system, 650.0, np.random.default_rng(0))


def plan(steps: int, **options) -> BlockPlan:
    return BlockPlan(steps, to_internal_time(1.0), **{"sample_every": 5, **options})


def bussi(steps: int, system: System) -> dict:
    noise = rescaling_noise(steps, system.n_replicas, system.n_atoms, np.random.default_rng(7))
    return {"temperature_K": 600.0, "thermostat_period": to_internal_time(20.0), "thermostat_noise": noise}


def test_threads_change_nothing_and_a_cut_at_a_block_changes_nothing() -> None:
    system, velocities = hot_lithium_thiophosphate(replicas=3)
    ends = []
    for threads in (1, 2):
        engine = NativeEngine(POTENTIAL, threads=threads)
        ends.append(
            engine.run_block(system, velocities, engine.compute(system), plan(40, **bussi(40, system)))
        )
    assert np.array_equal(ends[0].positions, ends[1].positions)
    assert np.array_equal(ends[0].currents, ends[1].currents)
    again = engine.run_block(system, velocities, engine.compute(system), plan(40, **bussi(40, system)))
    assert np.array_equal(again.velocities, ends[1].velocities)


def test_energy_and_momentum_are_conserved() -> None:
    engine = NativeEngine(POTENTIAL, threads=1)
    system, velocities = hot_lithium_thiophosphate((2, 2, 2), 1)
    end = engine.run_block(system, velocities, engine.compute(system), plan(1000))
    total = (end.potential_energy + end.kinetic_energy)[0] / system.n_atoms
    # the velocity Verlet energy wiggles; its mean must not move
    first, last = total[: len(total) // 2].mean(), total[len(total) // 2 :].mean()
    assert abs(last - first) < 2e-6
    momentum = end.currents[0, :, 2:].sum(axis=1)
    assert np.abs(momentum).max() < 1e-3 * np.abs(end.currents[0, :, 2:]).max()


def test_runaway_motion_names_replica_and_step() -> None:
    engine = NativeEngine(POTENTIAL)
    system, velocities = hot_lithium_thiophosphate()
    start = engine.compute(system)
    broken = velocities.copy()
    broken[1, 0] = np.nan
    with pytest.raises(RuntimeError, match=r"replica 1, step 1: .*finite"):
        engine.run_block(system, broken, start, plan(5))
    broken[1, 0] = 1e200
    with pytest.raises(RuntimeError, match=r"replica 1, step 1: .*"):
        engine.run_block(system, broken, start, plan(5))


def test_arrays_of_the_wrong_shape_are_errors() -> None:
    engine = NativeEngine(POTENTIAL)
    system, velocities = hot_lithium_thiophosphate()
    start = engine.compute(system)
    with pytest.raises(ValueError, match="velocities must have shape"):
        engine.run_block(system, velocities[:1], start, plan(5))
    with pytest.raises(ValueError, match="noise of shape"):
        engine.run_block(system, velocities, start, plan(5, thermostat_period=1.0))
    noisy = plan(5, **bussi(5, system))
    with pytest.raises(ValueError, match="thermostat_noise must have shape"):
        engine.run_block(system, velocities, start, replace(noisy, steps=6))


def test_mixed_precision_follows_float64_and_has_its_flux_statistics() -> None:
    system, velocities = hot_lithium_thiophosphate((2, 2, 2), 2)
    ends = []
    for precision in ("mixed", "float64"):
        engine = NativeEngine(POTENTIAL, precision)
        ends.append(engine.run_block(system, velocities, engine.compute(system), plan(300)))
    mixed, exact = ends
    spread = exact.currents.std(axis=1, keepdims=True)
    # paths part exponentially: the first 20 fs agree closely, the whole in its moments
    assert (np.abs(mixed.currents - exact.currents)[:, :4] < 1e-4 * spread).all()
    assert np.allclose(mixed.currents.std(axis=1, keepdims=True), spread, rtol=0.02)
