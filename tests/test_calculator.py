"""The ASE calculator: results in ASE's units, signs and orders."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ase.calculators.fd import calculate_numerical_forces, calculate_numerical_stress
from ase.md.verlet import VelocityVerlet
from ase.optimize import FIRE

from superionic.calculator import NEPCalculator
from tests.models import random_parameters, random_structure


@pytest.fixture(params=["torch", "native"])
def atoms(request):
    parameters = random_parameters(cutoffs=(4.0, 3.5), seed=3)
    atoms = random_structure(parameters.elements, 10, 6.0, seed=3)
    atoms.calc = NEPCalculator(parameters, engine=request.param)
    return atoms


def test_forces_and_stress_are_ases_own_derivatives(atoms) -> None:
    forces, stress = atoms.get_forces(), atoms.get_stress()
    coarse = 1e-3  # far above the single precision of the native engine's energies
    numerical = calculate_numerical_forces(atoms, eps=coarse, iatoms=[0, 3])
    assert np.allclose(forces[[0, 3]], numerical, atol=2e-3 * np.abs(forces).max())
    numerical = calculate_numerical_stress(atoms, eps=coarse)
    assert np.allclose(stress, numerical, atol=2e-3 * np.abs(stress).max())


def test_per_atom_results_add_up(atoms) -> None:
    virials = atoms.calc.get_property("virials", atoms)
    assert virials.shape == (10, 9)
    assert np.allclose(
        -virials.sum(axis=0).reshape(3, 3) / atoms.get_volume(), atoms.get_stress(voigt=False), atol=1e-5
    )
    assert np.isclose(atoms.get_potential_energies().sum(), atoms.get_potential_energy())
    assert atoms.get_potential_energy(force_consistent=True) == atoms.get_potential_energy()


def test_drives_ases_optimisers_and_dynamics(atoms) -> None:
    before = atoms.get_potential_energy()
    FIRE(atoms, logfile=None).run(steps=5)
    assert atoms.get_potential_energy() < before
    VelocityVerlet(atoms, timestep=0.1).run(5)
    assert np.isfinite(atoms.get_potential_energy())


def test_open_boundaries_have_no_stress() -> None:
    parameters = random_parameters(cutoffs=(4.0, 3.5))
    atoms = random_structure(parameters.elements, 6, 6.0, pbc=(True, True, False))
    atoms.calc = NEPCalculator(parameters, engine="torch")
    assert np.isfinite(atoms.get_forces()).all()
    assert "stress" not in atoms.calc.results
    with pytest.raises(ValueError, match="unknown engine 'gpu'"):
        NEPCalculator(parameters, engine="gpu")


def test_devices_that_cannot_be_had_are_explained() -> None:
    parameters = random_parameters(cutoffs=(4.0, 3.5))
    with pytest.raises(ValueError, match=r"native engine does not run on .*cuda"):
        NEPCalculator(parameters, engine="native", device="cuda")
    with pytest.raises(ValueError, match=r"cuda engine does not run on .*cpu"):
        NEPCalculator(parameters, engine="cuda", device="cpu")
    with pytest.raises(ValueError, match="unknown device 'tpu'"):
        NEPCalculator(parameters, device="tpu")
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="PyTorch sees no CUDA device"):
            NEPCalculator(parameters, engine="torch", device="cuda")
        with pytest.raises(RuntimeError, match=r"no CUDA device answers|needs cuda-core"):
            NEPCalculator(parameters, device="cuda")
        assert NEPCalculator(parameters).engine.name in ("native", "torch")


@pytest.mark.parametrize(
    ("engine", "precision"), [("auto", "float64"), ("native", "mixed"), ("torch", "float32")]
)
def test_precision_is_the_one_asked_for(engine, precision) -> None:
    parameters = random_parameters(cutoffs=(4.0, 3.5), seed=3)
    atoms = random_structure(parameters.elements, 10, 6.0, seed=3)
    exact = NEPCalculator(parameters, "torch").get_property("forces", atoms)
    calculator = NEPCalculator(parameters, engine, precision=precision)
    assert calculator.engine.precision == precision
    error = np.abs(calculator.get_property("forces", atoms) - exact).max() / np.abs(exact).max()
    assert error < (1e-10 if precision == "float64" else 1e-4)
    assert (error > 1e-10) == (precision != "float64")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"precision": "double"}, "unknown precision 'double': choose from auto, mixed"),
        ({"engine": "torch", "precision": "mixed"}, "does not run on precision='mixed': use"),
        ({"engine": "native", "device": "cuda", "precision": "float64"}, "use engine='torch'"),
    ],
)
def test_a_precision_that_an_engine_lacks_is_refused(words, message) -> None:
    with pytest.raises(ValueError, match=message):
        NEPCalculator(random_parameters(), **words)
