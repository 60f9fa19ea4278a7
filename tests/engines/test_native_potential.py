"""Native engine, one configuration: against calorine, shapes, boundaries, threads, errors.

That forces are slopes of the energy, and more, is in tests/testing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from _pytest.mark import ParameterSet
from ase import Atoms
from ase.build import graphene
from calorine.calculators import CPUNEP

from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.neighbors import find_edges
from superionic.nep import derivatives
from superionic.nep.format import NEPParameters, read_nep, write_nep
from superionic.system import System
from tests.models import agreement_with_calorine, random_parameters, random_structure
from tests.subjects import POTENTIALS, crystal

CHAIN = np.sqrt(10.0)
"""How much larger the error of a float32 kernel may be than what rounding the bond vectors alone does.

From bond to force there are some ten further roundings of the same size (distance, argument, recurrence,
sum of the series, harmonics, sums over neighbours, network, and back), which add up like a random walk.
"""

LARGEST = 5.0
"""Standard errors that the worst of a thousand components may reach: beyond it lies one in a million."""


def slow(options: dict) -> ParameterSet:
    """Each shape is a compilation of its own."""
    return pytest.param(options, marks=pytest.mark.slow)


def deformed(atoms: Atoms, repeat: tuple[int, int, int], strain: float, rattle: float) -> Atoms:
    atoms = atoms.repeat(repeat)
    atoms.set_cell(atoms.cell.array @ (np.eye(3) + strain * np.tri(3)), scale_atoms=True)
    atoms.rattle(rattle, seed=3)
    return atoms


@pytest.mark.parametrize("model", POTENTIALS)
@pytest.mark.parametrize(
    ("repeat", "strain", "rattle"),
    [((1, 1, 1), 0.0, 0.1), ((2, 1, 2), 0.05, 0.1), ((3, 2, 3), 0.0, 0.1), ((2, 2, 2), -0.03, 0.05)],
    ids=["smaller than the cutoff", "triclinic", "larger", "compressed"],
)
def test_potentials_equal_calorine(potential_file, model, repeat, strain, rattle) -> None:
    """float64 as far as calorine goes; mixed within what single precision costs, atom by atom."""
    potential = potential_file(model)
    atoms = deformed(crystal(model.partition("/")[0]), repeat, strain, rattle)
    exact, mixed = NativeEngine(potential, "float64"), NativeEngine(potential, "mixed")
    system = System.from_atoms(atoms, exact.elements)
    atoms.calc = CPUNEP(str(potential))
    forces, energies, stress = (
        atoms.get_forces(),
        atoms.get_potential_energies(),
        atoms.get_stress(voigt=False),
    )
    close = agreement_with_calorine(read_nep(potential), atoms)
    ours = exact.compute(system)
    assert np.abs(ours.forces[0] - forces).max() < close * np.abs(forces).max()
    for engine, tolerance in ((exact, 10 * close), (mixed, 1e-5)):
        result = engine.compute(system)
        assert np.abs(result.site_energies[0] - energies).max() < tolerance
        assert np.abs(-result.virial[0] / atoms.get_volume() - stress).max() < tolerance
    unit = force_error_of_rounded_bonds(TorchEngine(potential), system)[:, None]
    errors = (mixed.compute(system).forces[0] - ours.forces[0]) / unit
    assert np.sqrt((errors**2).mean()) < CHAIN
    assert np.abs(errors).max() < CHAIN * LARGEST


def force_error_of_rounded_bonds(engine: TorchEngine, system: System, draws: int = 4) -> np.ndarray:
    """Standard error (N,) in eV/Å of an atom's force components when its bonds are known to float32 only.

    The model in float64, every component of every bond vector off by a relative error of at most 2⁻²⁴ (the
    rounding of float32): 5e-8 to 2e-6 eV/Å, the more the stiffer an atom's bonds.
    """
    edges = find_edges(system.positions[0], system.cell[0], system.pbc, engine.cutoff)
    species, rng = torch.as_tensor(system.species), np.random.default_rng(0)

    def forces(vectors: torch.Tensor) -> np.ndarray:
        moved = replace(edges, vectors=vectors)
        _, gradients = derivatives.edge_gradients(engine.model, moved, species)
        return derivatives.forces(moved, gradients, system.n_atoms).numpy()

    exact = forces(edges.vectors)
    rounding = [2.0**-24 * torch.as_tensor(rng.uniform(-1, 1, edges.vectors.shape)) for _ in range(draws)]
    errors = np.array([forces(edges.vectors * (1 + error)) - exact for error in rounding])
    return np.sqrt((errors**2).mean(axis=(0, 2)))


@pytest.mark.parametrize(
    "options",
    [
        {"l_max": (4, 0, 0), "elements": ("Li", "P", "S", "Cu"), "n_max": (6, 2), "zbl": (1.2, 2.4)},
        {"zbl": (1.2, 2.4), "zbl_factor": 0.65},
        {"zbl": (0.0, 0.0)},
        {"species_cutoffs": ((5.0, 3.5), (4.0, 4.0), (6.0, 4.5)), "zbl": (1.2, 2.4)},
        slow({"cutoff_factors": (1.5, 1.25), "n_max": (6, 9), "basis_size": (8, 3), "l_max": (3, 0, 0)}),
        slow({"species_cutoffs": ((5.0, 4.5), (2.0, 1.5)), "elements": ("Li", "S")}),
        slow({"l_max": (4, 2, 0), "elements": ("Cu",)}),
        slow({"l_max": (4, 2, 1), "elements": ("Cu", "Se")}),
        slow({"l_max": (2, 0, 0), "basis_size": (3, 8), "neurons": 3}),
        slow({"l_max": (1, 0, 1), "n_max": (12, 17), "basis_size": (12, 9), "neurons": 50}),
        slow({"l_max": (3, 2, 0), "n_max": (0, 0), "basis_size": (0, 0), "neurons": 1}),
    ],
    ids=str,
)
def test_other_shapes_equal_the_reference(options) -> None:
    parameters = random_parameters(**options)
    system = System.from_atoms(random_structure(parameters.elements, 24, 8.0, seed=5), parameters.elements)
    exact = TorchEngine(parameters).compute(system, atomic_virials=True)
    ours = NativeEngine(parameters, "float64").compute(system, atomic_virials=True)
    scale = max(1.0, float(np.abs(exact.forces).max()))
    for name in ("site_energies", "forces", "virial", "atomic_virials"):
        assert np.abs(getattr(ours, name) - getattr(exact, name)).max() < 1e-11 * scale, name
    mixed = NativeEngine(parameters, "mixed").compute(system)
    assert np.abs(mixed.forces - exact.forces).max() < 2e-5 * scale


@pytest.mark.parametrize(
    "options",
    [
        {"zbl": (1.0, 2.0)},
        slow({}),
        slow({"l_max": (4, 0, 0)}),
        slow({"l_max": (2, 0, 0)}),
        slow({"elements": ("Li", "P", "S", "Cu")}),
    ],
    ids=str,
)
def test_invariants_and_repulsion_equal_calorine(tmp_path, options) -> None:
    parameters = random_parameters(**options)
    write_nep(tmp_path / "nep.txt", parameters)
    atoms = random_structure(parameters.elements, 24, 8.0, seed=5)
    ours = NativeEngine(parameters, "float64").compute(System.from_atoms(atoms, parameters.elements))
    atoms.calc = CPUNEP(str(tmp_path / "nep.txt"))
    tolerance = agreement_with_calorine(parameters, atoms)
    assert np.abs(ours.forces[0] - atoms.get_forces()).max() < tolerance * np.abs(ours.forces).max()


@pytest.mark.parametrize("pbc", [(True, True, False), (False, True, False), (False, False, False)])
def test_open_boundaries_equal_the_reference(pbc) -> None:
    parameters = random_parameters()
    atoms = random_structure(parameters.elements, 20, 8.0, pbc=pbc)
    atoms.positions[3] += 25.0  # an atom far away from the others
    for axis in range(3):
        if not pbc[axis]:
            atoms.cell[axis] = 0.0  # as in a cluster read from a plain xyz file
    system = System.from_atoms(atoms, parameters.elements)
    ours = NativeEngine(parameters, "float64").compute(system)
    for axis in range(3):
        if not pbc[axis]:
            atoms.cell[axis] = 100.0 * np.eye(3)[axis]
    exact = TorchEngine(parameters).compute(System.from_atoms(atoms, parameters.elements))
    assert np.abs(ours.forces - exact.forces).max() < 1e-11
    assert np.abs(ours.site_energies - exact.site_energies).max() < 1e-11


def test_replicas_are_independent_and_threads_change_nothing() -> None:
    parameters = random_parameters()
    system = System.from_atoms(random_structure(parameters.elements, 20, 8.0), parameters.elements, 3)
    system = system.moved(system.positions + np.random.default_rng(0).normal(0, 0.05, system.positions.shape))
    one = NativeEngine(parameters, threads=1).compute(system, atomic_virials=True)
    two = NativeEngine(parameters, threads=2).compute(system, atomic_virials=True)
    assert np.array_equal(one.forces, two.forces)
    assert np.array_equal(one.atomic_virials, two.atomic_virials)
    alone = NativeEngine(parameters).compute(system.moved(system.positions))
    assert np.array_equal(alone.site_energies, one.site_energies)


def engine_and_system(parameters: NEPParameters | None = None) -> tuple[NativeEngine, System]:
    parameters = parameters or random_parameters()
    atoms = random_structure(parameters.elements, 12, 8.0)
    return NativeEngine(parameters), System.from_atoms(atoms, parameters.elements)


def test_atoms_on_top_of_each_other_are_an_error() -> None:
    engine, system = engine_and_system()
    positions = system.positions.copy()
    positions[0, 1] = positions[0, 0]
    with pytest.raises(RuntimeError, match=r"replica 0.*not finite"):
        engine.compute(system.moved(positions))


@pytest.mark.parametrize(
    "atoms",
    [
        graphene(size=(3, 3, 1)),
        Atoms("C3", positions=[[0, 0, 0], [1.4, 0, 0], [2.5, 0.3, 0]]),
        Atoms("C3", positions=[[0, 0, 0], [1.4, 0, 0], [2.5, 0.3, 0]], cell=[5, 0, 0], pbc=(1, 0, 0)),
    ],
    ids=["graphene", "molecule", "chain"],
)
def test_cell_vectors_may_be_zero_along_open_directions(atoms) -> None:
    parameters = random_parameters(("C", "Li"), cutoffs=(4.0, 3.5), seed=1)
    system = System.from_atoms(atoms, parameters.elements)
    reference = TorchEngine(parameters).compute(system)
    fast = NativeEngine(parameters, "float64").compute(system)
    assert np.allclose(fast.forces, reference.forces, atol=1e-9)
    assert np.allclose(fast.energy, reference.energy, atol=1e-9)


def test_a_flat_cell_is_an_error() -> None:
    engine, system = engine_and_system()
    flat = system.cell.copy()
    flat[0, 2] = flat[0, 0] + flat[0, 1]
    with pytest.raises(RuntimeError, match=r"replica 0.*span no volume"):
        engine.compute(system.moved(system.positions, flat))


def test_a_system_of_other_elements_is_an_error() -> None:
    engine, _ = engine_and_system()
    other = System.from_atoms(Atoms("Cu", cell=[5, 5, 5], pbc=True), ("Cu", "Se"))
    with pytest.raises(ValueError, match="numbers species as"):
        engine.compute(other)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"precision": "half"}, "'mixed' or 'float64'"), ({"threads": 0}, "at least 1")],
)
def test_bad_options_are_errors(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        NativeEngine(random_parameters(), **options)
