"""The energy current, proved: three independent formulas, the virial, the momentum, the gauge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from ase.io import read

from superionic.engines.torch_engine import TorchEngine
from superionic.md import currents
from superionic.neighbors import find_edges
from superionic.nep import derivatives
from superionic.nep.format import NEPParameters, read_nep
from superionic.system import System
from tests.models import random_parameters, random_structure


@pytest.fixture
def cluster() -> tuple[TorchEngine, System, np.ndarray]:
    """A free cluster with velocities that carry no symmetry."""
    engine = TorchEngine(random_parameters())
    atoms = random_structure(engine.elements, 14, 7.0, seed=4, pbc=False)
    velocities = np.random.default_rng(1).normal(size=(1, 14, 3))
    return engine, System.from_atoms(atoms, engine.elements), velocities


def total_current(engine: TorchEngine, system: System, velocities: np.ndarray) -> np.ndarray:
    """J_k + J_p from the per-atom virials."""
    evaluation = engine.compute(system, atomic_virials=True)
    return currents.all_currents(system, velocities, evaluation)[:, :2].sum(axis=1)


def test_current_is_the_time_derivative_of_the_energy_dipole(cluster) -> None:
    """J_E = d/dt Σ_i E_i r_i on a free cluster, by finite difference along the motion."""
    engine, system, velocities = cluster
    accelerations = engine.compute(system).forces / system.masses[:, None]

    def dipole(time: float) -> np.ndarray:
        moved = system.moved(system.positions + time * velocities + 0.5 * time**2 * accelerations)
        faster = velocities + time * accelerations
        energies = engine.compute(moved).site_energies + currents.kinetic_energies(system.masses, faster)
        return np.einsum("ri,ria->ra", energies, moved.positions)

    step = 1e-4
    numerical = (dipole(step) - dipole(-step)) / (2 * step)
    current = total_current(engine, system, velocities)
    assert np.allclose(current, numerical, rtol=1e-5, atol=1e-5 * np.abs(current).max())


def test_edge_sum_equals_atomic_virials(cluster) -> None:
    engine, system, velocities = cluster
    edges = find_edges(system.positions[0], system.cell[0], system.pbc, engine.cutoff)
    species = torch.as_tensor(system.species)
    _, gradients = derivatives.edge_gradients(engine.model, edges, species)
    by_edges = derivatives.energy_current_potential(edges, gradients, torch.as_tensor(velocities[0]))
    per_atom = engine.compute(system, atomic_virials=True).atomic_virials
    by_atoms = currents.energy_current_potential(per_atom, velocities)
    assert np.allclose(by_atoms[0], by_edges.numpy(), rtol=1e-12)


def test_symmetrised_or_transposed_virials_would_be_wrong(cluster) -> None:
    """Guards the index order: these common mistakes change the current by far more than round-off."""
    engine, system, velocities = cluster
    per_atom = engine.compute(system, atomic_virials=True).atomic_virials
    right = currents.energy_current_potential(per_atom, velocities)
    transposed = per_atom.transpose(0, 1, 3, 2)
    for wrong in (transposed, 0.5 * (per_atom + transposed)):
        other = currents.energy_current_potential(wrong, velocities)
        assert np.abs(other - right).max() > 1e-2 * np.abs(right).max()


def test_current_is_extensive_and_independent_of_the_cell_chosen() -> None:
    """A repeated cell carries repeated current; wrapping atoms changes nothing."""
    engine = TorchEngine(random_parameters())
    atoms = random_structure(engine.elements, 10, 6.0, seed=8)
    velocities = np.random.default_rng(2).normal(size=(1, 10, 3))
    once = total_current(engine, System.from_atoms(atoms, engine.elements), velocities)
    double = System.from_atoms(atoms.repeat((2, 1, 1)), engine.elements)
    assert np.allclose(total_current(engine, double, np.tile(velocities, (1, 2, 1))), 2 * once)
    wrapped = atoms.copy()
    wrapped.positions += np.random.default_rng(3).integers(-2, 3, (10, 3)) @ atoms.cell.array
    assert np.allclose(total_current(engine, System.from_atoms(wrapped, engine.elements), velocities), once)


def with_energy_shifts(parameters: NEPParameters, shifts: dict[str, float]) -> NEPParameters:
    """The same forces, other site energies: one more neuron per species that gives a constant."""
    types, _, descriptors = parameters.w0.shape
    constant = np.array([shifts[element] for element in parameters.elements]) / np.tanh(1.0)
    return replace(
        parameters,
        w0=np.concatenate([parameters.w0, np.zeros((types, 1, descriptors))], axis=1),
        b0=np.concatenate([parameters.b0, -np.ones((types, 1))], axis=1),
        w1=np.concatenate([parameters.w1, constant[:, None]], axis=1),
    )


def test_gauge_shifts_move_the_energy_current_along_the_mass_currents() -> None:
    """U_i -> U_i + c_s leaves every force and changes J_E by exactly Σ_s (c_s / m_s) J_s."""
    shifts = {"Li": 0.7, "P": -1.9, "S": 0.4}
    parameters = random_parameters()
    plain, shifted = TorchEngine(parameters), TorchEngine(with_energy_shifts(parameters, shifts))
    atoms = random_structure(plain.elements, 18, 7.0, seed=6)
    system = System.from_atoms(atoms, plain.elements)
    velocities = np.random.default_rng(5).normal(size=(1, 18, 3))
    one, other = (engine.compute(system, atomic_virials=True) for engine in (plain, shifted))
    assert np.allclose(one.forces, other.forces, atol=1e-12)
    assert np.allclose(one.atomic_virials, other.atomic_virials, atol=1e-12)
    change = np.subtract(*(currents.all_currents(system, velocities, e) for e in (other, one)))
    per_mass = np.array([shifts[e] for e in plain.elements]) / np.array(
        [system.masses[system.species == s][0] for s in range(3)]
    )
    expected = np.einsum("s,rsa->ra", per_mass, currents.mass_currents(system, velocities))
    assert np.allclose(change[:, 0], expected)
    assert np.allclose(change[:, 1:], 0.0, atol=1e-12)


def test_published_potentials_have_different_gauges(reference) -> None:
    """Near-identical forces on the same atoms, site energies that differ by electronvolts per species."""
    atoms = read(reference("li3ps4/alpha_li3ps4_16.xyz")).repeat((2, 1, 2))
    atoms.rattle(0.1, seed=1)
    results = {}
    for model in ("nepA", "nepC"):
        engine = TorchEngine(read_nep(reference(f"li3ps4/{model}.txt")))
        system = System.from_atoms(atoms, engine.elements)
        results[model] = engine.compute(system)
    forces = [r.forces for r in results.values()]
    relative = np.sqrt(((forces[0] - forces[1]) ** 2).mean() / (forces[0] ** 2).mean())
    assert relative < 0.15
    lithium = system.species == 0
    means = [r.site_energies[0, lithium].mean() for r in results.values()]
    assert means[1] - means[0] > 1.0
