"""The density that a potential's pressure error stands for."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from replication import density
from replication.crystal import Crystal
from superionic.system import System
from superionic.training.dataset import Frame
from superionic.training.evaluate import Comparison, write_parity
from superionic.units import GPA_PER_EV_PER_A3


@pytest.fixture
def parity(tmp_path: Path) -> Path:
    """Three frames under a potential whose pressures are 0.1, 0.2 and 0.3 GPa too high."""
    rng = np.random.default_rng(3)
    system = System.from_atoms(Atoms("Li", positions=[[0, 0, 0]], cell=[3.0, 4.0, 5.0], pbc=True), ("Li",))
    compared = []
    for number in (1, 2, 3):
        stress = rng.normal(size=(3, 3))
        shear = np.array([[0, 7, 5], [7, 0, 3], [5, 3, 0]]) + np.diag([2.0, -3.0, 1.0])  # no pressure in it
        frame = Frame(system, 0.0, np.zeros((1, 3)), -(stress + stress.T) * 60.0, f"f{number}", "r", "test")
        model = stress + stress.T + shear - np.eye(3) * 0.1 * number / GPA_PER_EV_PER_A3
        compared.append(Comparison(frame, 0.0, np.zeros((1, 3)), model, np.zeros(1)))
    path = tmp_path / "A_parity.csv"
    write_parity(path, {"train": compared[:1], "test": compared})
    return path


def test_pressure_errors_of_test_frames(parity: Path) -> None:
    np.testing.assert_allclose(density.pressure_errors(parity), [0.1, 0.2, 0.3], atol=2e-5)
    assert len(density.pressure_errors(parity, "train")) == 1
    assert len(density.pressure_errors(parity, "validation")) == 0


def test_change_of_volume_is_the_pressure_over_the_bulk_modulus(
    parity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modulus = 80.0 / GPA_PER_EV_PER_A3
    volumes = np.linspace(95.0, 105.0, 7)
    crystal = Crystal(4, volumes, 0.5 * modulus * (volumes - 100.0) ** 2 / 100.0)
    monkeypatch.setattr(density, "read_crystal", lambda material: crystal)
    section = density.density_section("any", {"A": parity, "B": parity.with_name("B_parity.csv")})
    assert " 80 GPa" in section
    assert "| A | 0.200(58) | 0.249(72) % |" in section
    assert "| B |" not in section
    too_few = dataclasses.replace(crystal, volumes=volumes[:4], energies=crystal.energies[:4])
    monkeypatch.setattr(density, "read_crystal", lambda material: too_few)
    assert density.density_section("any", {"A": parity}) == ""
