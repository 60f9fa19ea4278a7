"""Native engine, blocks of MD: step by step equal to the readable integrator, conserved energy, errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ase.io import read

from superionic.engines.base import BlockEngine, BlockPlan
from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.md import integrators
from superionic.md.thermostats import maxwell_velocities, rescaling_noise
from superionic.system import Array, System
from superionic.units import to_internal_time


def hot_crystal(
    reference, repeat: tuple[int, int, int] = (1, 1, 2), replicas: int = 2
) -> tuple[System, Array]:
    """α-Li3PS4 at 650 K, replicas that differ."""
    atoms = read(reference("li3ps4/alpha_li3ps4_16.xyz")).repeat(repeat)
    system = System.from_atoms(atoms, ("Li", "P", "S"), replicas)
    rng = np.random.default_rng(0)
    system = system.moved(system.positions + rng.normal(0, 0.03, system.positions.shape))
    return system, maxwell_velocities(system, 650.0, rng)


def plan(steps: int, **options) -> BlockPlan:
    return BlockPlan(steps, to_internal_time(1.0), **{"sample_every": 5, **options})


def bussi(steps: int, system: System) -> dict:
    noise = rescaling_noise(steps, system.n_replicas, system.n_atoms, np.random.default_rng(7))
    return {"temperature_K": 600.0, "thermostat_period": to_internal_time(20.0), "thermostat_noise": noise}


@pytest.mark.parametrize("thermostat", [False, True], ids=["NVE", "Bussi"])
def test_block_equals_the_readable_integrator(reference, thermostat) -> None:
    potential = reference("li3ps4/nepA.txt")
    system, velocities = hot_crystal(reference)
    block = plan(20, **(bussi(20, system) if thermostat else {}))
    slow, fast = TorchEngine(potential), NativeEngine(potential, "float64")
    assert isinstance(fast, BlockEngine)
    start = slow.compute(system)
    wanted = integrators.run_block(slow, system, velocities, start, block)
    found = fast.run_block(system, velocities, start, block)
    for name in ("positions", "velocities", "currents", "potential_energy", "kinetic_energy"):
        assert np.abs(getattr(found, name) - getattr(wanted, name)).max() < 1e-9, name
    assert np.abs(found.heat_from_thermostat - wanted.heat_from_thermostat).max() < 1e-9
    for name in ("site_energies", "forces", "virial"):
        assert np.abs(getattr(found.evaluation, name) - getattr(wanted.evaluation, name)).max() < 1e-9, name


def test_potential_current_is_virial_times_velocity(reference) -> None:
    system, velocities = hot_crystal(reference)
    engine = NativeEngine(reference("li3ps4/nepC.txt"), "float64")
    end = engine.run_block(system, velocities, engine.compute(system), plan(5))
    virials = engine.compute(system.moved(end.positions), atomic_virials=True).atomic_virials
    current = np.einsum("riab,rib->ra", virials, end.velocities)
    assert np.abs(end.currents[:, -1, 1] - current).max() < 1e-10


def test_threads_change_nothing_and_a_cut_at_a_block_changes_nothing(reference) -> None:
    potential = reference("li3ps4/nepA.txt")
    system, velocities = hot_crystal(reference, replicas=3)
    ends = []
    for threads in (1, 2):
        engine = NativeEngine(potential, threads=threads)
        ends.append(
            engine.run_block(system, velocities, engine.compute(system), plan(40, **bussi(40, system)))
        )
    assert np.array_equal(ends[0].positions, ends[1].positions)
    assert np.array_equal(ends[0].currents, ends[1].currents)
    again = engine.run_block(system, velocities, engine.compute(system), plan(40, **bussi(40, system)))
    assert np.array_equal(again.velocities, ends[1].velocities)


def test_energy_and_momentum_are_conserved(reference) -> None:
    engine = NativeEngine(reference("li3ps4/nepA.txt"), threads=1)
    system, velocities = hot_crystal(reference, (2, 2, 2), 1)
    end = engine.run_block(system, velocities, engine.compute(system), plan(1000))
    total = (end.potential_energy + end.kinetic_energy)[0] / system.n_atoms
    # the velocity Verlet energy wiggles; its mean must not move
    first, last = total[: len(total) // 2].mean(), total[len(total) // 2 :].mean()
    assert abs(last - first) < 2e-6
    momentum = end.currents[0, :, 2:].sum(axis=1)
    assert np.abs(momentum).max() < 1e-3 * np.abs(end.currents[0, :, 2:]).max()


def test_block_without_samples(reference) -> None:
    engine = NativeEngine(reference("li3ps4/nepA.txt"))
    system, velocities = hot_crystal(reference)
    end = engine.run_block(system, velocities, engine.compute(system), plan(3))
    assert end.currents.shape == (2, 0, 5, 3)
    assert np.abs(end.evaluation.virial).max() > 0
    unsampled = engine.run_block(system, velocities, engine.compute(system), plan(3, sample_every=0))
    assert np.array_equal(unsampled.positions, end.positions)


def test_runaway_motion_names_replica_and_step(reference) -> None:
    engine = NativeEngine(reference("li3ps4/nepA.txt"))
    system, velocities = hot_crystal(reference)
    start = engine.compute(system)
    broken = velocities.copy()
    broken[1, 0] = np.nan
    with pytest.raises(RuntimeError, match=r"replica 1, step 1: .*finite"):
        engine.run_block(system, broken, start, plan(5))
    broken[1, 0] = 1e200
    with pytest.raises(RuntimeError, match=r"replica 1, step 1: .*"):
        engine.run_block(system, broken, start, plan(5))


def test_arrays_of_the_wrong_shape_are_errors(reference) -> None:
    engine = NativeEngine(reference("li3ps4/nepA.txt"))
    system, velocities = hot_crystal(reference)
    start = engine.compute(system)
    with pytest.raises(ValueError, match="velocities must have shape"):
        engine.run_block(system, velocities[:1], start, plan(5))
    with pytest.raises(ValueError, match="noise of shape"):
        engine.run_block(system, velocities, start, plan(5, thermostat_period=1.0))
    noisy = plan(5, **bussi(5, system))
    with pytest.raises(ValueError, match="thermostat_noise must have shape"):
        engine.run_block(system, velocities, start, replace(noisy, steps=6))


def test_mixed_precision_follows_float64_and_has_its_flux_statistics(reference) -> None:
    system, velocities = hot_crystal(reference, (2, 2, 2), 2)
    ends = []
    for precision in ("mixed", "float64"):
        engine = NativeEngine(reference("li3ps4/nepA.txt"), precision)
        ends.append(engine.run_block(system, velocities, engine.compute(system), plan(300)))
    mixed, exact = ends
    spread = exact.currents.std(axis=1, keepdims=True)
    # paths part exponentially: the first 20 fs agree closely, the whole in its moments
    assert (np.abs(mixed.currents - exact.currents)[:, :4] < 1e-4 * spread).all()
    assert np.allclose(mixed.currents.std(axis=1, keepdims=True), spread, rtol=0.02)


def test_resumed_run_is_bit_identical(reference) -> None:
    potential = reference("li3ps4/nepA.txt")
    system, velocities = hot_crystal(reference)

    def blocks(engine, system, velocities, start, numbers):
        for number in numbers:
            noise = rescaling_noise(15, system.n_replicas, system.n_atoms, np.random.default_rng([7, number]))
            options = {"temperature_K": 600.0, "thermostat_period": to_internal_time(20.0)}
            end = engine.run_block(system, velocities, start, plan(15, thermostat_noise=noise, **options))
            system, velocities, start = (
                system.moved(end.positions),
                end.velocities,
                engine.compute(system.moved(end.positions)),
            )
        return system, velocities, end

    first = NativeEngine(potential, threads=2)
    whole = blocks(first, system, velocities, first.compute(system), range(4))
    half = blocks(first, system, velocities, first.compute(system), range(2))
    fresh = NativeEngine(potential, threads=1)  # as after a restart: positions and velocities alone
    resumed = blocks(fresh, half[0], half[1], fresh.compute(half[0]), range(2, 4))
    assert np.array_equal(whole[0].positions, resumed[0].positions)
    assert np.array_equal(whole[1], resumed[1])
    assert np.array_equal(whole[2].currents, resumed[2].currents)
