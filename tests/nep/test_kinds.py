"""Every kind of nep.txt that GPUMD writes for energies: against calorine, and limits that it must have."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.nep.format import NEPParameters, read_nep, write_nep
from superionic.nep.screening import SCREENING
from superionic.system import System
from tests.models import agreement_with_calorine, calorine_results, random_parameters, random_structure
from tests.nep.bake_typewise_cutoffs import FACTORS, GOLDEN, write_older_file
from tests.nep.bake_typewise_cutoffs import structure as older_structure

SPECIES_CUTOFFS = ((5.0, 3.5), (4.0, 4.0), (6.0, 4.5))

KINDS: dict[str, dict] = {
    "typewise ZBL": {"zbl": (1.2, 2.4), "zbl_factor": 0.7},
    "typewise ZBL, all shortened": {"zbl": (1.2, 4.0), "zbl_factor": 0.6},
    "flexible ZBL": {"zbl": (0.0, 0.0)},
    "flexible ZBL of one species": {"zbl": (0.0, 0.0), "elements": ("Cu",)},
    "cutoffs of each species": {"species_cutoffs": SPECIES_CUTOFFS},
    "cutoffs of each species, flexible ZBL": {"species_cutoffs": SPECIES_CUTOFFS, "zbl": (0.0, 0.0)},
    **{f"l up to {highest}": {"l_max": (highest, 2, 1)} for highest in (5, 6, 7, 8)},
    "l up to 1": {"l_max": (1, 0, 1)},
    "q_112": {"l_max": (4, 0, 0, 1)},
    "q_123": {"l_max": (4, 0, 0, 0, 1)},
    "q_233": {"l_max": (4, 0, 0, 0, 0, 1)},
    "q_134": {"l_max": (4, 0, 0, 0, 0, 0, 1)},
    "all rows": {"l_max": (8, 2, 1, 1, 1, 1, 1), "n_max": (3, 2)},
    "112 at l up to 2": {"l_max": (2, 2, 0, 1)},
    "everything": {
        "l_max": (5, 2, 1, 1, 1, 1, 1),
        "n_max": (3, 2),
        "species_cutoffs": SPECIES_CUTOFFS,
        "zbl": (1.2, 2.4),
        "zbl_factor": 0.65,
    },
}


def structure(parameters: NEPParameters, seed: int = 5):
    return random_structure(parameters.elements, 24, 8.0, seed=seed)


def evaluate(parameters: NEPParameters, atoms):
    return TorchEngine(parameters).compute(System.from_atoms(atoms, parameters.elements), atomic_virials=True)


def assert_same(left, right, tolerance: float = 0.0) -> None:
    for name in ("site_energies", "forces", "virial", "atomic_virials"):
        assert np.allclose(getattr(left, name), getattr(right, name), rtol=0, atol=tolerance), name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_kinds_equal_calorine(tmp_path, kind, seed) -> None:
    """Site energies, forces, and per-atom virials."""
    parameters = random_parameters(**KINDS[kind], seed=seed)
    atoms = structure(parameters, seed=seed)
    write_nep(tmp_path / "nep.txt", parameters)
    ours = evaluate(read_nep(tmp_path / "nep.txt"), atoms)
    energies, forces, virials = calorine_results(tmp_path / "nep.txt", atoms)
    scale = max(1.0, float(np.abs(forces).max()))
    close = 10 * agreement_with_calorine(parameters, atoms) * scale
    assert np.abs(ours.site_energies[0] - energies).max() < close
    assert np.abs(ours.forces[0] - forces).max() < close
    assert np.abs(ours.atomic_virials[0] - virials).max() < close


@pytest.mark.parametrize("kind", [*KINDS, "typewise cutoffs"])
def test_kinds_go_round(tmp_path, kind) -> None:
    options = KINDS.get(kind, {"cutoff_factors": (1.5, 1.2345678901)})
    written = random_parameters(**options)
    write_nep(tmp_path / "nep.txt", written)
    back = read_nep(tmp_path / "nep.txt")
    for name, value in vars(written).items():
        assert np.array_equal(getattr(back, name), value), name


@pytest.mark.parametrize("options", [{}, {"cutoff_radial": 5.123456789, "cutoff_angular": 1 / 3}])
def test_headers_keep_all_digits(tmp_path, options) -> None:
    written = random_parameters(l_max=(2, 0, 0))
    written = replace(written, shape=replace(written.shape, **options))
    write_nep(tmp_path / "nep.txt", written)
    assert read_nep(tmp_path / "nep.txt").shape == written.shape


def test_equal_cutoffs_of_all_species_are_one_cutoff() -> None:
    one = random_parameters()
    shape = replace(one.shape, species_cutoffs=((5.0, 4.0),) * 3)
    assert_same(evaluate(replace(one, shape=shape), structure(one)), evaluate(one, structure(one)), 1e-12)


def test_typewise_cutoffs_end_where_the_one_cutoff_ends() -> None:
    """Large factors leave the cutoffs alone; where none is, they are those of each species."""
    one = random_parameters(cutoffs=(9.0, 8.0))
    atoms = structure(one)
    wide = replace(one, shape=replace(one.shape, cutoff_factors=(9.0, 9.0)))
    assert_same(evaluate(wide, atoms), evaluate(one, atoms), 1e-11)
    narrow = replace(one, shape=replace(one.shape, cutoff_factors=(1.5, 1.25)))
    radii = np.diag(one.shape.pair_radii) / 2
    each = tuple((3.0 * radius, 2.5 * radius) for radius in radii)
    largest = dict(zip(("cutoff_radial", "cutoff_angular"), max(each), strict=True))
    same = replace(one, shape=replace(one.shape, **largest, species_cutoffs=each))
    assert_same(evaluate(narrow, atoms), evaluate(same, atoms), 1e-11)
    assert np.abs(evaluate(narrow, atoms).forces - evaluate(one, atoms).forces).max() > 1e-2


def test_flexible_zbl_of_universal_rows_is_universal() -> None:
    universal = random_parameters(zbl=(1.0, 2.4))
    rows = np.tile([1.0, 2.4, *np.ravel(SCREENING)], (6, 1))
    flexible = replace(universal, shape=replace(universal.shape, zbl=(0.0, 0.0)), zbl_pairs=rows)
    atoms = structure(universal)
    assert_same(evaluate(flexible, atoms), evaluate(universal, atoms), 1e-12)


def test_a_pair_without_radii_has_no_repulsion(tmp_path) -> None:
    """In torch, native and calorine."""
    parameters = random_parameters(zbl=(0.0, 0.0))
    rows = parameters.zbl_pairs.copy()
    rows[:, :2] = 0.0
    silent = replace(parameters, zbl_pairs=rows)
    none = replace(parameters, shape=replace(parameters.shape, zbl=None), zbl_pairs=None)
    atoms = structure(parameters)
    assert_same(evaluate(silent, atoms), evaluate(none, atoms))
    write_nep(tmp_path / "nep.txt", silent)
    _, forces, _ = calorine_results(tmp_path / "nep.txt", atoms)
    assert np.allclose(evaluate(none, atoms).forces[0], forces, atol=1e-10)
    system = System.from_atoms(atoms, parameters.elements)
    assert np.allclose(NativeEngine(silent, "float64").compute(system).forces[0], forces, atol=1e-10)


def test_typewise_zbl_begins_at_zero() -> None:
    typewise = random_parameters(zbl=(1.0, 2.4), zbl_factor=9.0)
    universal = replace(typewise, shape=replace(typewise.shape, zbl=(0.0, 2.4), zbl_factor=None))
    atoms = structure(typewise)
    assert_same(evaluate(typewise, atoms), evaluate(universal, atoms), 1e-12)


def test_flags_of_zero_are_the_old_form(tmp_path) -> None:
    parameters = random_parameters(l_max=(4, 2, 1))
    write_nep(tmp_path / "nep.txt", parameters)
    text = (tmp_path / "nep.txt").read_text()
    for line in ("l_max 4 2 1 0", "l_max 4 1 1 0 0 0 0", "l_max 4 2 3"):
        (tmp_path / "nep.txt").write_text(text.replace("l_max 4 2 1", line))
        assert read_nep(tmp_path / "nep.txt").shape == parameters.shape


def test_contradicting_shapes_are_refused() -> None:
    universal = random_parameters(zbl=(1.0, 2.4))
    shape = universal.shape
    with pytest.raises(ValueError, match="largest of them"):
        replace(shape, species_cutoffs=((4.0, 3.0),) * 3)
    with pytest.raises(ValueError, match="for each of 3 species"):
        replace(shape, species_cutoffs=((5.0, 4.0),) * 2)
    with pytest.raises(ValueError, match="exclude each other"):
        replace(shape, species_cutoffs=((5.0, 4.0),) * 3, cutoff_factors=(2.0, 2.0))
    with pytest.raises(ValueError, match="belongs to universal ZBL"):
        replace(shape, zbl=(0.0, 0.0), zbl_factor=0.7)
    with pytest.raises(ValueError, match="belongs to flexible ZBL"):
        replace(universal, zbl_pairs=np.zeros((6, 10)))
    flexible = random_parameters(zbl=(0.0, 0.0))
    with pytest.raises(ValueError, match=r"zbl_pairs of the potential has shape \(\)"):
        replace(flexible, zbl_pairs=None)
    for inner, outer, message in (
        (2.0, 1.0, "2 1 for Li-P"),
        (1.0, 4.5, "4.5 Å for Li-P, beyond the angular"),
    ):
        rows = flexible.zbl_pairs.copy()
        rows[1, :2] = inner, outer
        with pytest.raises(ValueError, match=message):
            replace(flexible, zbl_pairs=rows)


@pytest.mark.parametrize("name", FACTORS)
def test_typewise_cutoffs_equal_an_older_calorine(tmp_path, name) -> None:
    """Files of GPUMD's `nep` of 2024 and 2025, and of `gnep`: typewise ZBL then began at half its end."""
    write_older_file(tmp_path / "nep.txt", FACTORS[name])
    parameters = read_nep(tmp_path / "nep.txt")
    peer = json.loads(GOLDEN.read_text())[name]
    scale = np.abs(peer["forces"]).max()
    write_nep(tmp_path / "again.txt", parameters)
    for model in (parameters, read_nep(tmp_path / "again.txt")):
        ours = evaluate(model, older_structure())
        for quantity in ("site_energies", "forces", "atomic_virials"):
            deviation = np.abs(getattr(ours, quantity)[0] - peer[quantity]).max()
            assert deviation < 10 * agreement_with_calorine(parameters, older_structure()) * scale, quantity
