"""Velocity Verlet, thermostat and barostat: conservation laws and the ensembles they should give."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.engines.base import BlockPlan, CellRescaling, Evaluation
from superionic.engines.torch_engine import TorchEngine
from superionic.md.barostat import pressure_tensor, rescale_cell
from superionic.md.integrators import run_block
from superionic.md.thermostats import (
    degrees_of_freedom,
    maxwell_velocities,
    rescaling_noise,
    temperature,
    without_drift,
)
from superionic.system import System
from superionic.units import BOLTZMANN_EV_PER_K, to_internal_time
from tests.models import random_parameters, random_structure


class Springs:
    """Every atom on its own spring (stiffness 1 eV/Å²) to where it started: an exactly solvable solid."""

    name, device, precision, cutoff = "springs", "cpu", "float64", 1.0

    def __init__(self, home: np.ndarray, elements: tuple[str, ...], stiffness: float = 1.0) -> None:
        self.home, self.elements, self.stiffness = home, elements, stiffness

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        away = system.positions - self.home
        n = system.n_atoms
        return Evaluation(
            site_energies=0.5 * self.stiffness * (away**2).sum(-1),
            forces=-self.stiffness * away,
            virial=np.zeros((system.n_replicas, 3, 3)),
            atomic_virials=np.zeros((system.n_replicas, n, 3, 3)) if atomic_virials else None,
        )


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


def test_energy_error_falls_with_the_square_of_the_time_step() -> None:
    engine, system, velocities = nep_start()
    start = engine.compute(system)

    def error(parts: int) -> float:
        step = to_internal_time(0.4) / parts
        plan = BlockPlan(steps=20 * parts, timestep=step, sample_every=parts)
        result = run_block(engine, system, velocities, start, plan)
        total = result.potential_energy + result.kinetic_energy
        return float(np.abs(total - total[:, :1]).max())

    assert 3.0 < error(1) / error(2) < 5.0


def test_motion_is_reversible_and_keeps_zero_momentum() -> None:
    engine, system, velocities = nep_start()
    plan = BlockPlan(steps=30, timestep=to_internal_time(0.5), sample_every=0)
    there = run_block(engine, system, velocities, engine.compute(system), plan)
    back = run_block(engine, system.moved(there.positions), -there.velocities, there.evaluation, plan)
    assert np.allclose(back.positions, system.positions, atol=1e-9)
    momentum = np.einsum("i,ria->ra", system.masses, there.velocities)
    assert np.abs(momentum).max() < 1e-10


def test_species_currents_add_up_to_the_momentum_which_is_zero() -> None:
    engine, system, velocities = nep_start()
    plan = BlockPlan(steps=4, timestep=to_internal_time(1.0), sample_every=2)
    result = run_block(engine, system, velocities, engine.compute(system), plan)
    assert result.currents.shape == (2, 2, 5, 3)
    assert np.abs(result.currents[:, :, 2:]).max() > 1.0
    assert np.abs(result.currents[:, :, 2:].sum(axis=2)).max() < 1e-10


def test_initial_velocities_have_the_temperature_asked_for() -> None:
    system = gas(50, 40)
    velocities = maxwell_velocities(system, 650.0, np.random.default_rng(3))
    assert np.abs(np.einsum("i,ria->ra", system.masses, velocities)).max() < 1e-10
    temperatures = temperature(system, velocities)
    standard_error = temperatures.std() / np.sqrt(50)
    assert abs(temperatures.mean() - 650.0) < 4 * standard_error


def test_thermostat_samples_the_canonical_kinetic_energy() -> None:
    """Mean N_f kT/2 and variance N_f (kT)²/2 on independent oscillators, and the heat balance."""
    system = gas(64, 8)
    engine = Springs(system.positions.copy(), system.elements)
    rng = np.random.default_rng(11)
    velocities = maxwell_velocities(system, 900.0, rng)
    kT, freedom = BOLTZMANN_EV_PER_K * 300.0, degrees_of_freedom(8)
    samples, now = [], engine.compute(system)
    for block in range(30):
        plan = BlockPlan(
            steps=200,
            timestep=0.1,
            sample_every=50,
            temperature_K=300.0,
            thermostat_period=2.0,
            thermostat_noise=rescaling_noise(200, 64, 8, rng),
        )
        before = now.energy + 0.5 * np.einsum("i,ria,ria->r", system.masses, velocities, velocities)
        result = run_block(engine, system, velocities, now, plan)
        system, velocities, now = system.moved(result.positions), result.velocities, result.evaluation
        after = now.energy + 0.5 * np.einsum("i,ria,ria->r", system.masses, velocities, velocities)
        assert np.allclose(after - before, result.heat_from_thermostat, atol=2e-3)
        if block >= 10:
            samples.append(result.kinetic_energy)
    kinetic = np.concatenate(samples, axis=1)
    replica_means = kinetic.mean(axis=1)
    error = replica_means.std() / np.sqrt(64)
    assert abs(kinetic.mean() - freedom * kT / 2) < 4 * error + 0.002 * freedom * kT
    variances = kinetic.var(axis=1)
    assert abs(variances.mean() / (freedom * kT**2 / 2) - 1) < 0.1


@pytest.mark.parametrize("isotropic", [True, False], ids=["isotropic", "full cell"])
def test_barostat_samples_the_volumes_of_an_ideal_gas(isotropic: bool) -> None:
    """p(V) ∝ V^n exp(-P V/kT): mean (n+1) kT/P, relative variance 1/(n+1); n = N - 1 by zero momentum.

    Momenta are redrawn between cell moves, so the volume sees the exact kinetic pressure of a gas.
    """
    n_atoms, n_replicas, kT = 20, 200, BOLTZMANN_EV_PER_K * 500.0
    system = gas(n_replicas, n_atoms)
    pressure = n_atoms * kT / 20.0**3
    barostat = CellRescaling(pressure, 500.0, 1.0, 1 / pressure, isotropic, every=1, normals=np.empty(0))
    nothing = Evaluation(
        site_energies=np.zeros((n_replicas, n_atoms)),
        forces=np.zeros_like(system.positions),
        virial=np.zeros((n_replicas, 3, 3)),
    )
    rng = np.random.default_rng(5)
    volumes = []
    for step in range(3000):
        velocities = maxwell_velocities(system, 500.0, rng)
        normals = rng.normal(size=(n_replicas, 3, 3))
        system, _ = rescale_cell(barostat, system, velocities, nothing, 0.004, normals)
        if step >= 1500 and step % 20 == 0:
            volumes.append(system.volume)
        if not isotropic:  # a gas resists no shear: keep its cell near a cube
            edge = np.cbrt(system.volume)
            cube = edge[:, None, None] * np.eye(3)
            system = system.moved(system.positions @ np.linalg.solve(system.cell, cube), cube)
    sampled = np.array(volumes)
    mean, relative_variance = sampled.mean(), sampled.var() / sampled.mean() ** 2
    error = sampled.mean(axis=0).std() / np.sqrt(n_replicas)
    assert abs(mean - n_atoms * kT / pressure) < 4 * error
    assert abs(relative_variance * n_atoms - 1) < 0.12


def test_cell_moves_keep_fractional_coordinates_and_momentum() -> None:
    engine, system, velocities = nep_start()
    now = engine.compute(system)
    barostat = CellRescaling(0.0, 300.0, 50.0, 1.0, isotropic=False, every=1, normals=np.empty(0))
    normals = np.random.default_rng(2).normal(size=(2, 3, 3))
    moved, scaled = rescale_cell(barostat, system, velocities, now, 1.0, normals)
    fractional = [
        np.linalg.solve(s.cell.transpose(0, 2, 1), s.positions.transpose(0, 2, 1)) for s in (system, moved)
    ]
    assert np.allclose(*fractional)
    assert not np.allclose(moved.cell, system.cell)
    assert np.allclose(np.triu(moved.cell, 1), 0.0)
    assert np.allclose(scaled, without_drift(moved, scaled))
    assert np.allclose(
        pressure_tensor(moved, scaled, now), pressure_tensor(moved, scaled, now).transpose(0, 2, 1)
    )
    with pytest.raises(ValueError, match="lengthen the barostat period"):
        rescale_cell(barostat, system, velocities, now, 1000.0, normals)
