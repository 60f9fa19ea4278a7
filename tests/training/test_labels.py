"""Labels under the names of GPUMD, MACE and ASE are the same labels; contradictions are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write

from superionic.training.dataset import read_frames

VIRIAL = np.array([[7.0, -3.4, -7.8], [-3.4, 13.5, 4.9], [-7.8, 4.9, -1.6]])
FORCES = np.random.default_rng(0).normal(size=(2, 3))
VOLUME = 90.0


def structure(shift: float = 0.0) -> Atoms:
    cell = [3.0, 5.0, 6.0]
    return Atoms("LiS", positions=[[0.1, 0.2, 0.3], [1.5, 2.0 + shift, 2.5]], cell=cell, pbc=True)


def gpumd() -> Atoms:
    atoms = structure()
    atoms.info |= {"energy": -7.5, "virial": VIRIAL}
    atoms.arrays["force"] = FORCES
    return atoms


def mace() -> Atoms:
    atoms = structure()
    stress = -VIRIAL / VOLUME
    atoms.info |= {"REF_energy": -7.5, "REF_stress": stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]}
    atoms.arrays["REF_forces"] = FORCES
    return atoms


def ase() -> Atoms:
    atoms = structure()
    stress = (-VIRIAL / VOLUME)[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
    atoms.calc = SinglePointCalculator(atoms, energy=-7.5, free_energy=-7.6, forces=FORCES, stress=stress)
    return atoms


def read(folder: Path, *frames: Atoms):
    write(folder / "labels.extxyz", list(frames), format="extxyz")
    return read_frames([folder / "labels.extxyz"], ("Li", "S"))


@pytest.mark.parametrize("convention", [gpumd, mace, ase])
def test_every_convention_gives_the_same_labels(tmp_path, convention) -> None:
    (frame,) = read(tmp_path, convention())
    assert frame.energy == -7.5
    assert np.allclose(frame.forces, FORCES, atol=1e-7)
    assert frame.virial == pytest.approx(VIRIAL, rel=1e-6)


def test_a_frame_may_lack_a_virial_and_may_have_only_a_free_energy(tmp_path) -> None:
    atoms = structure()
    atoms.info["free_energy"] = -7.6
    atoms.arrays["forces"] = FORCES
    (frame,) = read(tmp_path, atoms)
    assert (frame.energy, frame.virial) == (-7.6, None)


def spoilt(**info) -> Atoms:
    atoms = gpumd()
    atoms.info |= info
    return atoms


@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        (spoilt(stress=VIRIAL / VOLUME), r"virial and -stress·V contradict each other by 27"),
        (spoilt(REF_energy=-7.4), "energy and REF_energy contradict each other by 0.1"),
        (spoilt(virial=np.arange(9.0)), "virial is not symmetric"),
        (spoilt(virials=np.arange(4.0)), "virials has 4 numbers"),
        (spoilt(energy=np.nan), "energy holds NaN"),
        (structure(), "has no energy and no forces: a training frame needs both"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, atoms, message) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, atoms)


def test_a_structure_to_train_on_and_to_test_with_is_refused(tmp_path) -> None:
    tested = gpumd()
    tested.info["split"] = "test"
    with pytest.raises(ValueError, match=r"\(labels, train\) and .* \(labels, test\) are the same structure"):
        read(tmp_path, gpumd(), tested)
    tested.positions[1, 1] += 0.01
    with pytest.raises(ValueError, match="are the same structure, moved"):
        read(tmp_path, gpumd(), tested)
    tested.arrays["force"] = 1.01 * FORCES
    assert len(read(tmp_path, gpumd(), gpumd(), tested)) == 3


def test_the_same_structure_in_another_order_and_image_is_recognised(tmp_path) -> None:
    turned = gpumd()[[1, 0]]
    turned.positions[0] += turned.cell[0] - turned.cell[2]
    turned.info |= {"energy": -7.5, "virial": VIRIAL, "split": "test"}
    with pytest.raises(ValueError, match="are the same structure"):
        read(tmp_path, gpumd(), turned)
    other = gpumd()
    other.info["energy"] = -7.0
    with pytest.raises(ValueError, match="are one structure with two energies"):
        read(tmp_path, gpumd(), other)


def test_what_is_no_extended_xyz_is_named(tmp_path) -> None:
    (tmp_path / "labels.extxyz").write_text("2\nnothing\nXx 0 0 0\nLi 1 1 1\n")
    with pytest.raises(ValueError, match=r"labels\.extxyz: not a structure file"):
        read_frames([tmp_path / "labels.extxyz"], ("Li", "S"))


def test_places_in_other_units_and_energies_off_the_rest_are_named(tmp_path) -> None:
    small = gpumd()
    small.set_cell(small.cell.array / 10, scale_atoms=True)
    with pytest.raises(ValueError, match=r"Å apart: give positions in Å"):
        read(tmp_path, small)
    frames = [gpumd() for _ in range(5)]
    for number, frame in enumerate(frames):
        frame.positions[1] += 0.1 * number
        frame.info["energy"] = -7.5 - 0.1 * number
    assert len(read(tmp_path, *frames)) == 5
    frames[3].info["energy"] *= 27.2
    with pytest.raises(ValueError, match=r"labels\.extxyz:3 .* lies far from the other energies"):
        read(tmp_path, *frames)


def test_a_structure_labelled_twice_is_recognised_by_its_places(tmp_path) -> None:
    """Two runs of a calculator: forces differ in the third digit, energies by less than a meV per atom."""
    again = gpumd()
    again.arrays["force"] = 1.001 * FORCES
    again.info |= {"energy": -7.5005, "split": "test"}
    with pytest.raises(ValueError, match=r"\(labels, test\) are the same structure: take"):
        read(tmp_path, gpumd(), again)
