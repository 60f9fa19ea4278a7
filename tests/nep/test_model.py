"""The PyTorch model against calorine's CPUNEP, an independent program, and against itself."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.io import read
from calorine.calculators import CPUNEP

from superionic.engines.torch_engine import TorchEngine
from superionic.nep.format import write_nep
from superionic.system import System
from tests.models import random_parameters, random_structure


def compare_with_calorine(path, atoms: Atoms, tolerance: float = 1e-9) -> None:
    """Site energies, forces and virial; per-atom virials too, in calorine's own order."""
    engine = TorchEngine(path)
    ours = engine.compute(System.from_atoms(atoms, engine.elements), atomic_virials=True)
    peer = atoms.copy()
    peer.calc = CPUNEP(str(path))
    scale = max(1.0, float(np.abs(peer.get_forces()).max()))
    assert np.abs(ours.forces[0] - peer.get_forces()).max() < tolerance * scale
    assert np.abs(ours.site_energies[0] - peer.get_potential_energies()).max() < tolerance * scale
    stress = -ours.virial[0] / atoms.get_volume()
    assert np.abs(stress - peer.get_stress(voigt=False)).max() < tolerance * scale
    assert np.allclose(ours.atomic_virials.sum(axis=1), ours.virial, atol=1e-9 * scale)


@pytest.mark.parametrize("model", ["nepA", "nepC"])
@pytest.mark.parametrize(
    ("repeat", "strain"),
    [((1, 1, 1), 0.0), ((2, 1, 2), 0.05), ((2, 2, 2), -0.03)],
    ids=["smaller than the cutoff", "triclinic", "larger"],
)
def test_published_potentials_equal_calorine(reference, model, repeat, strain) -> None:
    atoms = read(reference("li3ps4/alpha_li3ps4_16.xyz")).repeat(repeat)
    atoms.set_cell(atoms.cell.array @ (np.eye(3) + strain * np.ones((3, 3))), scale_atoms=True)
    atoms.rattle(0.1, seed=3)
    compare_with_calorine(reference(f"li3ps4/{model}.txt"), atoms)


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
        # calorine types e²/(4πε₀) and the screening length with 7 to 8 digits
        tolerance=5e-7 if parameters.zbl else 1e-9,
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


def test_forces_and_virial_are_derivatives_of_the_energy() -> None:
    engine = TorchEngine(random_parameters(zbl=(1.0, 2.0)))
    atoms = random_structure(engine.elements, 16, 7.0, seed=2)
    system = System.from_atoms(atoms, engine.elements)
    exact = engine.compute(system)
    step = 1e-5
    for atom, axis in ((0, 0), (7, 1), (15, 2)):
        shifted = []
        for sign in (1, -1):
            positions = system.positions.copy()
            positions[0, atom, axis] += sign * step
            shifted.append(engine.compute(system.moved(positions)).energy[0])
        force = -(shifted[0] - shifted[1]) / (2 * step)
        assert force == pytest.approx(exact.forces[0, atom, axis], rel=1e-6, abs=1e-6)
    for a, b in ((0, 0), (0, 1), (2, 1)):
        strained = []
        for sign in (1, -1):
            strain = np.eye(3)
            strain[a, b] += sign * step
            moved = system.moved(system.positions @ strain, system.cell @ strain)
            strained.append(engine.compute(moved).energy[0])
        minus_slope = -(strained[0] - strained[1]) / (2 * step)
        assert minus_slope == pytest.approx(exact.virial[0, a, b], rel=1e-6, abs=1e-5)


def test_energy_is_invariant_under_rotation_translation_and_order() -> None:
    engine = TorchEngine(random_parameters())
    atoms = random_structure(engine.elements, 20, 7.0, seed=9)
    energies = engine.compute(System.from_atoms(atoms, engine.elements)).site_energies[0]
    rotated = atoms.copy()
    rotated.rotate(37.0, (1, 2, 3), rotate_cell=True)
    rotated.translate([3.0, -8.0, 0.5])
    order = np.random.default_rng(0).permutation(len(atoms))
    other = engine.compute(System.from_atoms(rotated[order], engine.elements)).site_energies[0]
    assert np.allclose(other, energies[order], atol=1e-10)


def test_energy_is_smooth_where_a_neighbour_enters() -> None:
    """Energy and force of a pair vanish continuously at the cutoff."""
    engine = TorchEngine(random_parameters(("Li", "P")))
    edge = engine.cutoff

    def force_at(distance: float) -> float:
        atoms = Atoms("LiP", positions=[[0, 0, 0], [distance, 0, 0]])
        return engine.compute(System.from_atoms(atoms, engine.elements)).forces[0, 1, 0]

    assert force_at(edge + 1e-6) == 0.0
    assert abs(force_at(edge - 1e-6)) < 1e-4


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
