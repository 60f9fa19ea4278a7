"""The PyTorch model against calorine's CPUNEP, an independent program; boundaries, precision, errors.

That forces are slopes of the energy, and more, is in tests/testing.
"""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from calorine.calculators import CPUNEP

from superionic.engines.torch_engine import TorchEngine
from superionic.nep.format import read_nep, write_nep
from superionic.system import System
from tests.models import agreement_with_calorine, random_parameters, random_structure
from tests.subjects import POTENTIALS, crystal


def compare_with_calorine(path, atoms: Atoms) -> None:
    """Site energies, forces and virial; per-atom virials too, in calorine's own order."""
    engine = TorchEngine(path)
    ours = engine.compute(System.from_atoms(atoms, engine.elements), atomic_virials=True)
    peer = atoms.copy()
    peer.calc = CPUNEP(str(path))
    tolerance = 10 * agreement_with_calorine(read_nep(path), atoms)
    scale = max(1.0, float(np.abs(peer.get_forces()).max()))
    assert np.abs(ours.forces[0] - peer.get_forces()).max() < tolerance * scale
    assert np.abs(ours.site_energies[0] - peer.get_potential_energies()).max() < tolerance * scale
    stress = -ours.virial[0] / atoms.get_volume()
    assert np.abs(stress - peer.get_stress(voigt=False)).max() < tolerance * scale
    assert np.allclose(ours.atomic_virials.sum(axis=1), ours.virial, atol=1e-9 * scale)


@pytest.mark.parametrize("model", POTENTIALS)
@pytest.mark.parametrize(
    ("repeat", "strain"),
    [((1, 1, 1), 0.0), ((2, 1, 2), 0.05), ((2, 2, 2), -0.03)],
    ids=["smaller than the cutoff", "triclinic", "larger"],
)
def test_potentials_equal_calorine(potential_file, model, repeat, strain) -> None:
    atoms = crystal(model.partition("/")[0]).repeat(repeat)
    atoms.set_cell(atoms.cell.array @ (np.eye(3) + strain * np.ones((3, 3))), scale_atoms=True)
    atoms.rattle(0.1, seed=3)
    compare_with_calorine(potential_file(model), atoms)


@pytest.mark.parametrize(
    "options",
    [
        {"l_max": (4, 2, 1)},
        {"l_max": (4, 2, 0), "elements": ("Cu",)},
        {"l_max": (4, 0, 0), "elements": ("Li", "P", "S", "Cu"), "n_max": (6, 2)},
        {"l_max": (2, 0, 0), "basis_size": (3, 8), "neurons": 3},
        {"zbl": (1.2, 2.4)},
    ],
    ids=lambda options: str(options),
)
def test_other_shapes_equal_calorine(tmp_path, options) -> None:
    parameters = random_parameters(**options)
    write_nep(tmp_path / "nep.txt", parameters)
    compare_with_calorine(
        tmp_path / "nep.txt",
        random_structure(parameters.elements, 24, 8.0, seed=5),
    )


@pytest.mark.parametrize("pbc", [(True, True, False), (False, False, False)])
def test_open_boundaries_match_a_large_vacuum(pbc) -> None:
    """An open direction must equal a periodic one with vacuum wider than the cutoff."""
    engine = TorchEngine(random_parameters())
    atoms = random_structure(engine.elements, 20, 8.0, pbc=pbc)
    padded = atoms.copy()
    for axis in range(3):
        if not pbc[axis]:
            padded.cell[axis] = [40.0 if axis == other else 0.0 for other in range(3)]
    padded.pbc = True
    open_, closed = (engine.compute(System.from_atoms(a, engine.elements)) for a in (atoms, padded))
    assert np.allclose(open_.forces, closed.forces, atol=1e-10)
    assert np.allclose(open_.site_energies, closed.site_energies, atol=1e-10)


def test_float32_is_close_to_float64() -> None:
    import torch

    parameters = random_parameters()
    system = System.from_atoms(random_structure(parameters.elements, 20, 7.0), parameters.elements)
    exact = TorchEngine(parameters).compute(system)
    rough = TorchEngine(parameters, dtype=torch.float32).compute(system)
    assert np.abs(rough.forces - exact.forces).max() < 1e-4 * np.abs(exact.forces).max()


@pytest.mark.gpu
def test_cuda_equals_cpu() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    parameters = random_parameters()
    system = System.from_atoms(random_structure(parameters.elements, 20, 7.0), parameters.elements)
    cpu, cuda = (TorchEngine(parameters, device=device).compute(system) for device in ("cpu", "cuda"))
    assert np.allclose(cpu.forces, cuda.forces, atol=1e-10)


def test_unknown_species_and_broken_structures_are_refused() -> None:
    engine = TorchEngine(random_parameters())
    with pytest.raises(ValueError, match="structure holds Cu"):
        System.from_atoms(Atoms("LiCu", positions=[[0, 0, 0], [2, 0, 0]]), engine.elements)
    nan = Atoms("LiP", positions=[[0, 0, 0], [np.nan, 0, 0]], cell=[9, 9, 9], pbc=True)
    with pytest.raises(ValueError, match=r"NaN or infinity \(atoms \[1\]\)"):
        System.from_atoms(nan, engine.elements)
    same = Atoms("LiP", positions=[[0, 0, 0], [0, 0, 0]], cell=[9, 9, 9], pbc=True)
    with pytest.raises(ValueError, match="coincide"):
        engine.compute(System.from_atoms(same, engine.elements))
    flat = Atoms("LiP", positions=[[0, 0, 0], [2, 0, 0]], cell=[9, 9, 0.0], pbc=True)
    with pytest.raises(ValueError, match="flat"):
        engine.compute(System.from_atoms(flat, engine.elements))
