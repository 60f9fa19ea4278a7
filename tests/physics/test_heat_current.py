"""The gauge of the energy current. Its formulas are proved for every engine in tests/testing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superionic.engines.torch_engine import TorchEngine
from superionic.md import heat_current
from superionic.nep.format import NEPParameters, read_nep
from superionic.system import System
from tests.models import random_parameters, random_structure
from tests.subjects import crystal


def with_energy_shifts(parameters: NEPParameters, shifts: dict[str, float]) -> NEPParameters:
    """The same forces, other site energies: one more neuron per species that gives a constant."""
    types, _, descriptors = parameters.w0.shape
    constant = np.array([shifts[element] for element in parameters.elements]) / np.tanh(1.0)
    return replace(
        parameters,
        shape=replace(parameters.shape, n_neurons=parameters.shape.n_neurons + 1),
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
    change = np.subtract(*(heat_current.all_currents(system, velocities, e) for e in (other, one)))
    per_mass = np.array([shifts[e] for e in plain.elements]) / np.array(
        [system.masses[system.species == s][0] for s in range(3)]
    )
    expected = np.einsum("s,rsa->ra", per_mass, heat_current.mass_currents(system, velocities))
    assert np.allclose(change[:, 0], expected)
    assert np.allclose(change[:, 1:], 0.0, atol=1e-12)


@pytest.mark.network
def test_published_potentials_have_different_gauges(potential_file) -> None:
    """Near-identical forces on the same atoms, site energies that differ by electronvolts per species."""
    atoms = crystal("li3ps4").repeat((2, 1, 2))
    atoms.rattle(0.1, seed=1)
    results = {}
    for model in ("nepA", "nepC"):
        engine = TorchEngine(read_nep(potential_file(f"li3ps4/{model}")))
        system = System.from_atoms(atoms, engine.elements)
        results[model] = engine.compute(system)
    forces = [r.forces for r in results.values()]
    relative = np.sqrt(((forces[0] - forces[1]) ** 2).mean() / (forces[0] ** 2).mean())
    assert relative < 0.15
    lithium = system.species == 0
    means = [r.site_energies[0, lithium].mean() for r in results.values()]
    assert means[1] - means[0] > 1.0
