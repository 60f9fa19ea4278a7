"""A new material starts from files that are valid as they are."""

from __future__ import annotations

import pytest

from replication.new import create
from superionic.cli import main
from superionic.config import relative_to
from superionic.crystals import supercell, unit_cell
from superionic.dft.sampling import load_sampling
from superionic.dft.settings import load_settings
from superionic.materials import load_material
from superionic.md.sweep import load_sweep
from superionic.nep.format import read_nep


def test_template_is_a_working_material(tmp_path) -> None:
    files = {path.name: path for path in create("mymaterial", tmp_path)}
    material_file, sweep_file = files["material.toml"], files["sweep.toml"]
    material = load_material(material_file)
    assert material.name == "mymaterial"
    config = load_sweep(sweep_file)["A-650K-216"].config
    assert relative_to(sweep_file, config.material) == material_file.resolve()
    atoms = supercell(unit_cell(material), config.supercell)
    assert set(atoms.symbols) == set(material.elements)


def test_template_goes_from_structures_to_a_potential(tmp_path, monkeypatch) -> None:
    """Sampling, labels and training of the template, from any folder, with a quick calculator."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    files = {path.name: path for path in create("mymaterial", tmp_path / "replication/materials")}
    text = files["dft.toml"].read_text()
    shapes = "".join(f"[shapes.{shape}]\n" for shape in load_sampling(files["sampling.toml"]).shapes)
    assert set(load_settings(files["dft.toml"]).shapes) == set(load_sampling(files["sampling.toml"]).shapes)
    head = text[: text.index("\n[parameters]")].replace("gpaw:GPAW", "ase.calculators.lj:LennardJones")
    files["dft.toml"].write_text(head + "\n[parameters]\nsigma = 1.8\nepsilon = 0.1\n" + shapes)
    training = files["training.toml"].read_text()
    files["training.toml"].write_text(training.replace("epochs = 200", "epochs = 2"))

    for name in ("crystal", "round0"):
        assert main(["sample", str(files["sampling.toml"]), "--round", name]) == 0
    assert main(["label", str(files["dft.toml"]), "--limit", "6"]) == 0
    assert main(["train", str(files["training.toml"]), "--model", "A"]) == 0
    trained = read_nep(tmp_path / "data/potentials/mymaterial/A.txt")
    assert trained.elements == load_material(files["material.toml"]).elements
    committee = load_sampling(files["sampling.toml"]).rounds["round1"].selection.committee
    assert committee[0] == tmp_path / "data/potentials/mymaterial/A.txt"


def test_names_are_checked_and_nothing_is_overwritten(tmp_path) -> None:
    for bad in ("", "Li3PS4", "../x", "a b"):
        with pytest.raises(ValueError, match="lower-case"):
            create(bad, tmp_path)
    create("twice", tmp_path)
    with pytest.raises(FileExistsError, match="exists already"):
        create("twice", tmp_path)
