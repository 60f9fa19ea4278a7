"""The density that a potential's pressure error stands for."""

from __future__ import annotations

from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from replication import density
from superionic.system import System
from superionic.training.dataset import Frame
from superionic.training.evaluate import Comparison, write_parity
from superionic.units import GPA_PER_EV_PER_A3


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
    label, model = density.pressures(parity).T
    np.testing.assert_allclose(label, [0.4, -0.2, 3.0], atol=2e-5)
    np.testing.assert_allclose(model - label, [0.1, 0.2, 0.3], atol=2e-5)
    assert density.pressures(parity, "train").shape == (1, 2)
    assert density.pressures(parity, "validation").shape == (0, 2)


def test_frames_far_from_zero_pressure_do_not_count(parity: Path) -> None:
    np.testing.assert_allclose(density.pressure_errors(parity), [0.1, 0.2], atol=2e-5)


def labelled(volume: float, pressure_GPa: float, split: str) -> Atoms:
    atoms = Atoms("Li2", positions=[[0, 0, 0], [1, 1, 1]], cell=[2.0, 2.0, volume / 4.0], pbc=True)
    stress = [-pressure_GPa / GPA_PER_EV_PER_A3] * 3 + [0.0] * 3
    atoms.info["split"] = split
    atoms.calc = SinglePointCalculator(atoms, energy=0.0, forces=np.zeros((2, 3)), stress=stress)
    return atoms


def test_modulus_is_the_slope_of_the_test_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(density, "ROOT", tmp_path)
    folder = tmp_path / "data" / "dft" / "any"
    folder.mkdir(parents=True)
    frames = [labelled(volume, 30.0 * np.log(40.0 / volume), "test") for volume in (38.0, 39.0, 40.0, 42.0)]
    ase.io.write(folder / "round0.extxyz", [*frames, labelled(30.0, 99.0, "train")], format="extxyz")
    found = density.hot_modulus("any")
    assert found == pytest.approx((30.0, 0.0), abs=1e-5)
    assert density.hot_modulus("other") is None


def test_change_of_volume_is_the_pressure_over_the_bulk_modulus(
    parity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(density, "FEWEST", 2)
    monkeypatch.setattr(density, "hot_modulus", lambda material: (20.0, 3.0))
    section = density.density_section("any", {"A": parity, "B": parity.with_name("B_parity.csv")})
    assert "on the 2 test frames within 1 GPa" in section
    assert " 20.0(30) GPa" in section
    assert "| A | 0.150(50) | 0.75(25) % |" in section
    assert "| B |" not in section
    monkeypatch.setattr(density, "hot_modulus", lambda material: None)
    assert density.density_section("any", {"A": parity}) == ""
