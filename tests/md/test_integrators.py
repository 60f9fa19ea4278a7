"""Velocity Verlet, thermostat and barostat: what needs no other system than these few atoms.

The ensembles of an interacting system are in tests/testing.
"""

from __future__ import annotations

import numpy as np
import pytest

from superionic.engines.base import BlockPlan, CellRescaling
from superionic.engines.torch_engine import TorchEngine
from superionic.md.barostat import pressure_tensor, rescale_cell
from superionic.md.integrators import run_block
from superionic.md.thermostats import maxwell_velocities, temperature
from superionic.system import System
from superionic.units import to_internal_time
from tests.models import random_parameters, random_structure


def gas(n_replicas: int, n_atoms: int, edge_A: float = 20.0) -> System:
    rng = np.random.default_rng(0)
    return System(
        positions=rng.uniform(0, edge_A, (n_replicas, n_atoms, 3)),
        cell=np.repeat(edge_A * np.eye(3)[None], n_replicas, axis=0),
        species=np.zeros(n_atoms, dtype=np.int64),
        masses=np.full(n_atoms, 7.0),
        elements=("Li",),
    )


def nep_start(temperature_K: float = 300.0) -> tuple[TorchEngine, System, np.ndarray]:
    engine = TorchEngine(random_parameters(cutoffs=(4.0, 3.5), seed=3))
    atoms = random_structure(engine.elements, 12, 6.5, seed=3)
    system = System.from_atoms(atoms, engine.elements, n_replicas=2)
    return engine, system, maxwell_velocities(system, temperature_K, np.random.default_rng(7))


def test_motion_is_reversible_and_keeps_zero_momentum() -> None:
    engine, system, velocities = nep_start()
    plan = BlockPlan(steps=30, timestep=to_internal_time(0.5), sample_every=0)
    there = run_block(engine, system, velocities, engine.compute(system), plan)
    back = run_block(engine, system.moved(there.positions), -there.velocities, there.evaluation, plan)
    assert np.allclose(back.positions, system.positions, atol=1e-9)
    momentum = np.einsum("i,ria->ra", system.masses, there.velocities)
    assert np.abs(momentum).max() < 1e-10


def test_initial_velocities_have_the_temperature_asked_for() -> None:
    system = gas(50, 40)
    velocities = maxwell_velocities(system, 650.0, np.random.default_rng(3))
    assert np.abs(np.einsum("i,ria->ra", system.masses, velocities)).max() < 1e-10
    temperatures = temperature(system, velocities)
    standard_error = temperatures.std() / np.sqrt(50)
    assert abs(temperatures.mean() - 650.0) < 4 * standard_error


def test_pressure_is_symmetric_and_cell_moves_too_large_are_refused() -> None:
    engine, system, velocities = nep_start()
    now = engine.compute(system)
    tensor = pressure_tensor(system, velocities, now)
    assert np.array_equal(tensor, tensor.transpose(0, 2, 1))
    barostat = CellRescaling(0.0, 300.0, 50.0, 1.0, isotropic=False, every=1, normals=np.empty(0))
    normals = np.random.default_rng(2).normal(size=(2, 3, 3))
    with pytest.raises(ValueError, match="lengthen the barostat period"):
        rescale_cell(barostat, system, velocities, now, 1000.0, normals)
