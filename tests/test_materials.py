"""The committed materials: right composition, distances and orientation."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from replication.paths import MATERIALS
from superionic.config import ConfigError, validate
from superionic.crystals import supercell, unit_cell, with_vacancies
from superionic.materials import Material, load_material


def material(name: str) -> Material:
    return load_material(MATERIALS / name / "material.toml")


def test_li3ps4_is_isolated_tetrahedra() -> None:
    atoms = unit_cell(material("li3ps4"))
    assert Counter(atoms.get_chemical_symbols()) == {"Li": 6, "P": 2, "S": 8}
    first, second, lengths = neighbor_list("ijd", atoms, 2.4)
    bonds = [d for i, j, d in zip(first, second, lengths, strict=True)
             if {atoms.symbols[i], atoms.symbols[j]} == {"P", "S"}]  # fmt: skip
    assert len(bonds) == 2 * 2 * 4
    assert np.allclose(bonds, 2.05, atol=0.005)
    assert atoms.cell.cellpar()[4] > 90


def test_cu2se_is_antifluorite() -> None:
    atoms = unit_cell(material("cu2se"))
    assert Counter(atoms.get_chemical_symbols()) == {"Cu": 8, "Se": 4}
    shortest = neighbor_list("d", atoms, 2.6)
    assert np.allclose(shortest, 5.85 * np.sqrt(3) / 4)


@pytest.mark.parametrize(
    "matrix", [(2, 3, 2), ((-1, -1, -1), (-1, 0, 1), (-1, 1, -1)), ((1, 0, 1), (0, 1, 0), (-1, 0, 1))]
)
def test_supercells_keep_density_and_distances(matrix) -> None:
    unit = unit_cell(material("li3ps4"))
    large = supercell(unit, matrix)
    assert large.get_volume() / len(large) == pytest.approx(unit.get_volume() / len(unit))
    assert np.linalg.det(large.cell.array) > 0
    assert np.allclose(np.triu(large.cell.array, 1), 0)
    numbers = large.get_atomic_numbers()
    assert (np.diff(numbers) >= 0).all()
    few = neighbor_list("d", unit, 4.0), neighbor_list("d", large, 4.0)
    assert np.allclose(np.sort(np.repeat(few[0], len(large) // len(unit))), np.sort(few[1]), atol=1e-6)


def test_faults_are_explained() -> None:
    with pytest.raises(ConfigError, match="3 independent rows"):
        supercell(unit_cell(material("cu2se")), ((1, 0, 0), (1, 0, 0), (0, 0, 1)))
    raw = material("cu2se").model_dump(mode="json")
    with pytest.raises(ConfigError, match="mobile names Ag, not among elements"):
        validate({**raw, "mobile": ["Ag"]}, Material, "material.toml")
    with pytest.raises(ConfigError, match="charges must name every element"):
        validate({**raw, "charges": {"Cu": 1.0}}, Material, "material.toml")


def test_vacancies_leave_the_rest_in_place() -> None:
    atoms = Atoms("Cu4Au", positions=np.arange(15).reshape(5, 3))
    fewer = with_vacancies(atoms, {"Cu": 2}, np.random.default_rng(0))
    assert fewer.get_chemical_formula() == "AuCu2"
    with pytest.raises(ValueError, match="cannot remove 5 Cu"):
        with_vacancies(atoms, {"Cu": 5}, np.random.default_rng(0))
