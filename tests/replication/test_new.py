"""A new material starts from files that are valid as they are."""

from __future__ import annotations

import pytest

from replication.new import create
from superionic.config import load_toml
from superionic.materials import load_material, supercell, unit_cell
from superionic.md.config import RunConfig, relative_to


def test_template_is_a_working_material(tmp_path) -> None:
    material_file, run_file = create("mymaterial", tmp_path)
    material = load_material(material_file)
    assert material.name == "mymaterial"
    config = load_toml(run_file, RunConfig)
    assert relative_to(run_file, config.material) == material_file.resolve()
    atoms = supercell(unit_cell(material), config.supercell)
    assert set(atoms.symbols) == set(material.elements)


def test_names_are_checked_and_nothing_is_overwritten(tmp_path) -> None:
    for bad in ("", "Li3PS4", "../x", "a b"):
        with pytest.raises(ValueError, match="lower-case"):
            create(bad, tmp_path)
    create("twice", tmp_path)
    with pytest.raises(FileExistsError, match="exists already"):
        create("twice", tmp_path)
