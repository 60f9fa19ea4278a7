"""Native engine, one configuration: against calorine, the torch reference and the energy's own slope."""

from __future__ import annotations

import numpy as np
import pytest
from _pytest.mark import ParameterSet
from ase import Atoms
from ase.io import read
from calorine.calculators import CPUNEP

from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.nep.format import NEPParameters, write_nep
from superionic.system import System
from tests.models import random_parameters, random_structure

TOLERANCE = {"mixed": 1e-5, "float64": 1e-10}
"""eV/Å at thermal displacements. A bond length of 2 Å is known to 1e-7 Å in single precision, and a P-S bond
has some 50 eV/Å²."""


def slow(options: dict) -> ParameterSet:
    """Each shape is a compilation of its own."""
    return pytest.param(options, marks=pytest.mark.slow)


def deformed(atoms: Atoms, repeat: tuple[int, int, int], strain: float, rattle: float) -> Atoms:
    atoms = atoms.repeat(repeat)
    atoms.set_cell(atoms.cell.array @ (np.eye(3) + strain * np.tri(3)), scale_atoms=True)
    atoms.rattle(rattle, seed=3)
    return atoms


@pytest.mark.parametrize("precision", ["mixed", "float64"])
@pytest.mark.parametrize("model", ["nepA", "nepC"])
@pytest.mark.parametrize(
    ("repeat", "strain", "rattle"),
    [((1, 1, 1), 0.0, 0.1), ((2, 1, 2), 0.05, 0.1), ((3, 2, 3), 0.0, 0.1), ((3, 2, 3), -0.03, 0.05)],
    ids=["smaller than the cutoff", "triclinic", "larger", "compressed"],
)
def test_published_potentials_equal_calorine(reference, model, precision, repeat, strain, rattle) -> None:
    potential = reference(f"li3ps4/{model}.txt")
    atoms = deformed(read(reference("li3ps4/alpha_li3ps4_16.xyz")), repeat, strain, rattle)
    ours = NativeEngine(potential, precision).compute(System.from_atoms(atoms, ("Li", "P", "S")))
    atoms.calc = CPUNEP(str(potential))
    assert np.abs(ours.forces[0] - atoms.get_forces()).max() < TOLERANCE[precision]
    assert np.abs(ours.site_energies[0] - atoms.get_potential_energies()).max() < TOLERANCE[precision]
    stress = -ours.virial[0] / atoms.get_volume()
    assert np.abs(stress - atoms.get_stress(voigt=False)).max() < TOLERANCE[precision]


@pytest.mark.parametrize(
    "options",
    [
        {"l_max": (4, 0, 0), "elements": ("Li", "P", "S", "Cu"), "n_max": (6, 2), "zbl": (1.2, 2.4)},
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
    # calorine types e²/(4πε₀) and the screening length with 7 to 8 digits
    tolerance = 5e-7 if parameters.zbl else 1e-10
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


def test_positions_any_number_of_cells_away_give_the_same_forces() -> None:
    parameters = random_parameters()
    engine = NativeEngine(parameters, "float64")
    system = System.from_atoms(random_structure(parameters.elements, 20, 8.0), parameters.elements)
    shifts = np.random.default_rng(1).integers(-4, 5, size=(20, 3)) @ system.cell[0]
    here, there = engine.compute(system), engine.compute(system.moved(system.positions + shifts))
    assert np.abs(here.forces - there.forces).max() < 1e-11


def test_forces_are_the_slope_of_the_energy() -> None:
    engine = NativeEngine(random_parameters(zbl=(1.0, 2.0)), "float64")
    system = System.from_atoms(random_structure(engine.elements, 16, 7.0, seed=2), engine.elements)
    exact = engine.compute(system)
    for atom, axis in ((0, 0), (7, 1), (15, 2)):
        shift = np.zeros_like(system.positions)
        shift[0, atom, axis] = 1e-5
        ahead, behind = (engine.compute(system.moved(system.positions + s)).energy for s in (shift, -shift))
        assert exact.forces[0, atom, axis] == pytest.approx(-(ahead - behind)[0] / 2e-5, abs=1e-6)


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
