"""Structures from files: ordered supercells of partly occupied sites, the composition kept, atoms apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from ase.io import write

from superionic.config import ConfigError, validate
from superionic.crystals import drawn_supercell, draws_differ, supercell, unit_cell
from superionic.engines.torch_engine import TorchEngine
from superionic.materials import load_material
from superionic.md.config import RunConfig
from superionic.md.inputs import prepare_inputs
from superionic.md.relax import relaxed
from superionic.nep.format import write_nep
from superionic.occupancy import draw, is_disordered
from tests.models import random_parameters

CIF = """data_half
_cell_length_a 4.2
_cell_length_b 4.2
_cell_length_c 4.2
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P m -3 m'
_symmetry_Int_Tables_number 221
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
S1 S 0 0 0 1.0
Li1 Li 0.5 0 0 {lithium}
Na1 Na 0.5 0.5 0.5 0.5
K1 K 0.5 0.5 0.5 0.25
"""

MATERIAL = """
name = "half"
title = "half"
elements = ["Li", "Na", "K", "S"]
mobile = ["Li"]
charges = {{ Li = 1.0, Na = 1.0, K = 1.0, S = -2.0 }}
structure_file = "{file}"
"""

RUN = """
material = "material.toml"
potential = {{ path = "nep.txt" }}
supercell = [2, 2, 2]
replicas = 3
temperature_K = 300.0
seed = 1
{more}
[[stages]]
ensemble = "nvt"
duration_ps = 25.0
"""


def material(folder: Path, lithium: str = "0.41666667", file: str = "half.cif"):
    (folder / "half.cif").write_text(CIF.format(lithium=lithium))
    (folder / "material.toml").write_text(MATERIAL.format(file=file))
    return load_material(folder / "material.toml")


def test_draws_keep_the_composition_and_differ(tmp_path) -> None:
    half = material(tmp_path)
    assert draws_differ(half)
    cells = [drawn_supercell(half, (2, 2, 2), np.random.default_rng(seed)) for seed in range(4)]
    for cell in cells:
        assert cell.symbols.formula.count() == {"Li": 10, "Na": 4, "K": 2, "S": 8}
        assert list(cell.numbers) == sorted(cell.numbers)
        distances = cell.get_all_distances(mic=True)
        assert distances[np.triu_indices(len(cell), 1)].min() > 2.0
    same = drawn_supercell(half, (2, 2, 2), np.random.default_rng(0))
    assert np.array_equal(same.positions, cells[0].positions)
    assert not np.allclose(cells[0].positions, cells[1].positions)


def test_atoms_of_split_sites_do_not_meet() -> None:
    """Pairs of sites 0.5 Å apart, half occupied: one of each pair, never both."""
    rng = np.random.default_rng(0)
    atoms = bulk("Li", "sc", 3.0) * (3, 3, 3)
    near = atoms.copy()
    near.positions += [0.5, 0.0, 0.0]
    both = atoms + near
    both.set_array("spacegroup_kinds", np.zeros(len(both), dtype=int))
    drawn = draw(both, {"0": {"Li": 0.5}}, rng)
    assert len(drawn) == 27
    assert drawn.get_all_distances(mic=True)[np.triu_indices(27, 1)].min() > 2.0


def test_a_composition_that_is_not_neutral_is_refused(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"K2Li12Na4S8 drawn from the occupancies has charge \+2"):
        drawn_supercell(material(tmp_path, lithium="0.5"), (2, 2, 2), np.random.default_rng(0))


def test_occupancies_beyond_one_are_refused() -> None:
    atoms = bulk("Li", "sc", 3.0)
    atoms.set_array("spacegroup_kinds", np.zeros(1, dtype=int))
    with pytest.raises(ConfigError, match="exceed one"):
        draw(atoms, {"0": {"Li": 0.6, "Na": 0.6}}, np.random.default_rng(0))


def test_a_disordered_structure_has_no_unit_cell(tmp_path) -> None:
    with pytest.raises(ConfigError, match="occupied in part, so there is no unit cell"):
        unit_cell(material(tmp_path))


@pytest.mark.parametrize("name", ["POSCAR", "cell.cif", "cell.extxyz"])
def test_ordered_files_of_any_format_give_the_same_crystal(tmp_path, name) -> None:
    atoms = bulk("LiS", "rocksalt", 5.0, cubic=True)
    format_of = {"POSCAR": "vasp", "cell.cif": "cif", "cell.extxyz": "extxyz"}[name]
    write(tmp_path / name, atoms, format=format_of)
    material(tmp_path, file=name)
    text = (tmp_path / "material.toml").read_text().replace("S = -2.0", "S = -1.0")
    (tmp_path / "material.toml").write_text(text)
    cell = unit_cell(load_material(tmp_path / "material.toml"))
    assert not is_disordered(cell)
    assert supercell(cell, (2, 1, 1)).get_chemical_formula() == "Li8S8"
    assert cell.get_volume() == pytest.approx(125.0)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("none.cif", None, "does not exist"),
        ("bad.cif", "not a crystal", "not a structure file"),
        ("open.xyz", "1\n\nLi 0 0 0\n", "holds no crystal"),
        ("other.cif", "Cu", "holds Cu, not among elements"),
    ],
)
def test_files_that_are_no_crystal_of_this_material_are_refused(tmp_path, file, content, message) -> None:
    if content == "Cu":
        write(tmp_path / file, bulk("Cu"))
    elif content:
        (tmp_path / file).write_text(content)
    with pytest.raises(ConfigError, match=message):
        unit_cell(material(tmp_path, file=file))


def inputs(folder: Path, more: str = ""):
    material(folder)
    (folder / "run.toml").write_text(RUN.format(more=more))
    write_nep(folder / "nep.txt", random_parameters(("Li", "Na", "K", "S"), cutoffs=(4.0, 3.5), seed=1))
    return prepare_inputs(folder / "run.toml")


def test_replicas_of_a_run_are_drawn_each_by_itself_and_relaxed(tmp_path) -> None:
    prepared = inputs(tmp_path)
    places = prepared.start.positions
    assert places.shape == (3, 24, 3)
    assert not np.allclose(places[0], places[1])
    assert prepared.relax_eV_A == 1.0
    assert inputs(tmp_path, "relax_eV_A = 5.0").relax_eV_A == 5.0
    before = prepared.identity
    (tmp_path / "half.cif").write_text(CIF.format(lithium="0.41666667") + "# another file\n")
    assert prepare_inputs(tmp_path / "run.toml").identity != before


def test_vacancies_may_differ_between_replicas(tmp_path) -> None:
    write(tmp_path / "cell.cif", bulk("LiS", "rocksalt", 5.0, cubic=True))
    inputs(tmp_path)
    text = MATERIAL.format(file="cell.cif").replace("S = -2.0", "S = -1.0")
    (tmp_path / "material.toml").write_text(text)
    found = {}
    for more in ("", "vacancies_differ = true"):
        (tmp_path / "run.toml").write_text(RUN.format(more=f"vacancies = {{ Li = 2 }}\n{more}"))
        prepared = prepare_inputs(tmp_path / "run.toml")
        found[more] = prepared
        assert prepared.start.positions.shape == (3, 62, 3)
        assert np.allclose(prepared.start.positions[0], prepared.start.positions[1]) == (more == "")
    assert found[""].identity != found["vacancies_differ = true"].identity


def test_the_identity_of_runs_without_the_new_keys_has_not_changed() -> None:
    raw = {
        "material": "m", "potential": {"path": "p"}, "supercell": [1, 1, 1], "replicas": 1,
        "temperature_K": 300.0, "seed": 1, "stages": [{"ensemble": "nvt", "duration_ps": 25.0}],
    }  # fmt: skip
    assert {"vacancies_differ", "relax_eV_A"}.isdisjoint(validate(raw, RunConfig, "r").identity())


def test_relaxation_brings_the_largest_force_below_the_bound(tmp_path) -> None:
    prepared = inputs(tmp_path)
    engine = TorchEngine(tmp_path / "nep.txt")
    start = np.linalg.norm(engine.compute(prepared.start).forces, axis=2).max(axis=1)
    bound = 0.5 * float(start.min())
    system = relaxed(engine, prepared.start, bound)
    assert (np.linalg.norm(engine.compute(system).forces, axis=2).max(axis=1) < bound).all()
    assert np.array_equal(relaxed(engine, system, bound).positions, system.positions)
