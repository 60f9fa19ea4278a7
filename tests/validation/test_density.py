"""The density that a potential's pressure error stands for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from superionic.system import System
from superionic.training.dataset import Frame
from superionic.training.evaluate import Comparison, write_parity
from superionic.units import GPA_PER_EV_PER_A3
from superionic.validation.density import hot_modulus, pressure_errors, pressures


@pytest.fixture
def parity(tmp_path: Path) -> Path:
    """Three frames of 0.4, −0.2 and 3 GPa under a potential whose pressures are 0.1, 0.2 and 0.3 too high."""
    rng = np.random.default_rng(3)
    system = System.from_atoms(Atoms("Li", positions=[[0, 0, 0]], cell=[3.0, 4.0, 5.0], pbc=True), ("Li",))
    compared = []
    for number, pressure in ((1, 0.4), (2, -0.2), (3, 3.0)):
        off = rng.normal(size=(3, 3))
        off = off + off.T - np.eye(3) * 2 * np.trace(off) / 3
        stress = off - np.eye(3) * pressure / GPA_PER_EV_PER_A3
        shear = np.array([[0, 7, 5], [7, 0, 3], [5, 3, 0]]) + np.diag([2.0, -3.0, 1.0])  # no pressure in it
        frame = Frame(system, 0.0, np.zeros((1, 3)), -stress * 60.0, f"f{number}", "r", "test")
        model = stress + shear - np.eye(3) * 0.1 * number / GPA_PER_EV_PER_A3
        compared.append(Comparison(frame, 0.0, np.zeros((1, 3)), model, np.zeros(1)))
    path = tmp_path / "A_parity.csv"
    write_parity(path, {"train": compared[:1], "test": compared})
    return path


def test_pressures_of_one_split(parity: Path) -> None:
    label, model = pressures(parity).T
    np.testing.assert_allclose(label, [0.4, -0.2, 3.0], atol=2e-5)
    np.testing.assert_allclose(model - label, [0.1, 0.2, 0.3], atol=2e-5)
    assert pressures(parity, "train").shape == (1, 2)
    assert pressures(parity, "validation").shape == (0, 2)


def test_frames_far_from_zero_pressure_do_not_count(parity: Path) -> None:
    np.testing.assert_allclose(pressure_errors(parity), [0.1, 0.2], atol=2e-5)


def labelled(volume: float, pressure_GPa: float, split: str) -> Atoms:
    atoms = Atoms("Li2", positions=[[0, 0, 0], [1, 1, 1]], cell=[2.0, 2.0, volume / 4.0], pbc=True)
    stress = [-pressure_GPa / GPA_PER_EV_PER_A3] * 3 + [0.0] * 3
    atoms.info["split"] = split
    atoms.calc = SinglePointCalculator(atoms, energy=0.0, forces=np.zeros((2, 3)), stress=stress)
    return atoms


def test_modulus_is_the_slope_of_the_pressures() -> None:
    frames = [labelled(volume, 30.0 * np.log(40.0 / volume), "test") for volume in (38.0, 39.0, 40.0, 42.0)]
    assert hot_modulus(frames) == pytest.approx((30.0, 0.0), abs=1e-5)
    assert hot_modulus(frames[:2]) is None
