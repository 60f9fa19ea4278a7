"""Reading and splitting labels, and reference energies."""

from __future__ import annotations

from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from superionic.system import System
from superionic.training.dataset import Frame, read_frames, reference_energies, split_frames
from superionic.training.learning_curve import rounds_so_far


def frame_of(symbols: str, energy: float, round_name: str = "round0") -> Frame:
    atoms = Atoms(
        symbols, positions=np.arange(3 * len(Atoms(symbols))).reshape(-1, 3), cell=[9, 9, 9], pbc=True
    )
    system = System.from_atoms(atoms, ("Cu", "Se"))
    return Frame(system, energy, np.zeros((system.n_atoms, 3)), None, symbols, round_name, "train")


def test_labels_come_back_as_written(frames: list[Frame]) -> None:
    assert [frame.name for frame in frames] == [f"frame{number}" for number in range(14)]
    assert frames[3].virial is None
    assert frames[12].split == "test"
    assert np.allclose(frames[0].virial, frames[0].virial.T)


def test_split_is_disjoint_and_keeps_test_frames_out(frames: list[Frame]) -> None:
    splits = split_frames(frames, 0.25, seed=0)
    names = {split: {frame.name for frame in chosen} for split, chosen in splits.items()}
    assert [len(names[split]) for split in ("train", "validation", "test")] == [9, 3, 2]
    assert not names["train"] & names["validation"]
    assert names["test"] == {"frame12", "frame13"}
    assert names["validation"] != {frame.name for frame in split_frames(frames, 0.25, seed=1)["validation"]}


def test_too_few_frames_are_refused(frames: list[Frame]) -> None:
    with pytest.raises(ValueError, match="label more structures"):
        split_frames(frames[:1], 0.1, seed=0)


def test_one_composition_shares_its_energy_evenly() -> None:
    energies = reference_energies([frame_of("Cu2Se", -9.0), frame_of("Cu4Se2", -18.6)])
    assert np.allclose(energies, -3.05)


def test_several_compositions_give_each_species_its_own() -> None:
    frames = [frame_of(f"Cu{n}Se4", -2.0 * n - 4 * 5.0) for n in (8, 7, 6)]
    assert np.allclose(reference_energies(frames), [-2.0, -5.0])


def test_frames_without_labels_are_named(tmp_path: Path) -> None:
    atoms = Atoms("Cu", cell=[4, 4, 4], pbc=True)
    atoms.calc = SinglePointCalculator(atoms, energy=1.0)
    ase.io.write(tmp_path / "bare.extxyz", atoms)
    with pytest.raises(ValueError, match=r"bare.extxyz:0 has no forces"):
        read_frames([tmp_path / "bare.extxyz"], ("Cu",))
    atoms.calc = SinglePointCalculator(atoms, energy=1.0, forces=np.zeros((1, 3)))
    atoms.info["split"] = "other"
    ase.io.write(tmp_path / "split.extxyz", atoms)
    with pytest.raises(ValueError, match="must be train or test"):
        read_frames([tmp_path / "split.extxyz"], ("Cu",))


def test_rounds_grow_and_files_that_are_no_rounds_belong_to_all() -> None:
    names = ("round1", "crystal", "round0", "round2", "strain", "round1")
    parts = rounds_so_far([frame_of("CuSe", 0.0, name) for name in names])
    assert {last: [frame.round for frame in part] for last, part in parts.items()} == {
        "round0": ["crystal", "round0", "strain"],
        "round1": ["round1", "crystal", "round0", "strain", "round1"],
    }
    assert rounds_so_far([frame_of("CuSe", 0.0, "labels")] * 3) == {}
