"""The potentials that are committed: the files that their reports speak of, with the errors these state."""

from __future__ import annotations

import json

import numpy as np
import pytest
from calorine.calculators import CPUNEP

from replication.committee.training_reports import training_reports
from replication.material_folder import all_materials
from replication.paths import POTENTIALS, ROOT
from superionic.calculator import NEPCalculator
from superionic.engines import load_engine
from superionic.materials import load_material
from superionic.provenance import sha256_file
from superionic.training.dataset import Frame, read_frames
from superionic.training.evaluate import compare, errors

MODELS = [(one.name, name) for one in all_materials() for name in training_reports(one.name)]


def validation_frames(material: str, names: list[str]) -> list[Frame]:
    elements = load_material(ROOT / "replication" / "materials" / material / "material.toml").elements
    frames = read_frames(sorted((ROOT / "data" / "dft" / material).glob("*.extxyz")), elements)
    return [frame for frame in frames if frame.name in names]


@pytest.mark.parametrize(("material", "name"), MODELS)
def test_report_belongs_to_the_potential_and_its_errors_come_out_again(material: str, name: str) -> None:
    path = POTENTIALS / material / f"{name}.txt"
    report = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert sha256_file(path) == report["potential_sha256"]
    frames = validation_frames(material, report["validation_frames"])
    assert len(frames) == len(report["validation_frames"])
    again, stated = errors(compare(load_engine(path, threads=1), frames)), report["errors"]["validation"]
    assert again is not None
    for key in ("force_meV_per_A", "energy_meV_per_atom", "stress_GPa"):
        assert again[key] == pytest.approx(stated[key], rel=1e-3), key


@pytest.mark.parametrize(("material", "name"), MODELS)
def test_another_program_finds_the_same_forces(material: str, name: str) -> None:
    path = POTENTIALS / material / f"{name}.txt"
    report = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    frame = validation_frames(material, report["validation_frames"])[0]
    ours, theirs = frame.system.to_atoms(), frame.system.to_atoms()
    ours.calc, theirs.calc = NEPCalculator(path, engine="torch"), CPUNEP(str(path))
    assert np.allclose(ours.get_forces(), theirs.get_forces(), atol=2e-5)
    # with labels of -4 eV/atom, in calorine's single precision
    assert ours.get_potential_energy() == pytest.approx(theirs.get_potential_energy(), rel=1e-5)
