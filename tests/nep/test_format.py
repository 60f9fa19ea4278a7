"""Reading and writing nep.txt: round trips, and errors that say what is wrong and where."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.nep.format import NEPFormatError, read_nep, write_nep
from superionic.system import System
from tests.models import calorine_results, random_parameters, random_structure


@pytest.mark.parametrize("zbl", [None, (1.0, 2.0)])
def test_round_trip_is_exact(tmp_path, zbl) -> None:
    written = random_parameters(zbl=zbl)
    write_nep(tmp_path / "nep.txt", written)
    back = read_nep(tmp_path / "nep.txt")
    for name, value in vars(written).items():
        assert np.array_equal(getattr(back, name), value), name


@pytest.mark.network
def test_published_file_has_the_size_its_header_says(potential_file) -> None:
    model = read_nep(potential_file("li3ps4/nepA"))
    assert model.elements == ("Li", "P", "S")
    assert model.shape.cutoffs == (6.0, 5.0)
    assert model.w0.shape == (3, 30, 66)
    assert model.c_angular.shape == (11, 11, 3, 3)


def broken(tmp_path, edit):
    path = tmp_path / "nep.txt"
    write_nep(path, random_parameters(zbl=(1.0, 2.0)))
    path.write_text("\n".join(edit(path.read_text().splitlines())))
    return path


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda lines: lines[:-3], "truncated: .* parameters, but the header asks for"),
        (lambda lines: [*lines, "1.0"], "too long"),
        (lambda lines: ["nep6 3 Li P S", *lines[1:]], "line 1 starts with 'nep6'"),
        (
            lambda lines: ["nep4_zbl_charge2 3 Li P S", *lines[1:]],
            r"nep4_zbl_charge2 model has charges \(qNEP\)",
        ),
        (lambda lines: ["nep4_dipole 3 Li P S", *lines[1:]], "has dipoles instead of energies"),
        (lambda lines: ["nep4_temperature 3 Li P S", *lines[1:]], "has a dependence on the temperature"),
        (
            lambda lines: [lines[0], "zbl 1 2 0", *lines[2:]],
            "line 2: the factor of typewise ZBL must be posit",
        ),
        (lambda lines: [lines[0], "zbl 1 2 0.7 0.7", *lines[2:]], r"line 2 should be 'zbl .* \[<factor>\]'"),
        (lambda lines: [lines[0], "zbl 0 0 0.7", *lines[2:]], "line 2: zbl 0 0 .* takes no factor"),
        (lambda lines: [*lines[:2], "cutoff 6 5 5 4 40 30", *lines[3:]], "line 3 should be 'cutoff"),
        (
            lambda lines: [*lines[:2], "cutoff 6 5 5 5.5 6 5 40 30", *lines[3:]],
            "line 3: the angular cutoff, 5.5 Å, must not exceed the radial one, 5 Å",
        ),
        (
            lambda lines: [*lines[:2], "cutoff 6 5 0 0 6 5 40 30", *lines[3:]],
            "line 3: the radial cutoff must",
        ),
        (
            lambda lines: [*lines[:2], "cutoff 6 5 6 5 1.9 1 4 3", *lines[3:]],
            "for S-S, beyond the radial cutoff of 1.9",
        ),
        (
            lambda lines: [*lines[:2], "cutoff 6 5 40 30 2.5 -1 -1", *lines[3:]],
            "line 3: typewise cutoffs take",
        ),
        (lambda lines: [*lines[:2], "cutoff 6 5 40 30 nan 2 1", *lines[3:]], "line 3: typewise cutoffs take"),
        (
            lambda lines: [lines[0], "zbl 1 2 0.7", "cutoff 6 5 40 30 -1 -1 0.7", *lines[3:]],
            "both have a factor",
        ),
        (
            lambda lines: ["nep4_zbl 3 Li P Am", "zbl 1 2 0.7", *lines[2:]],
            "no covalent radius is known for Am",
        ),
        (lambda lines: [*lines[:5], "l_max 4 2 1 1", *lines[6:]], "truncated: .*"),
        (
            lambda lines: [*lines[:5], "l_max 2 2 1 1 1", *lines[6:]],
            "line 6: q_123 needs l_max .* at least 3",
        ),
        (lambda lines: [*lines[:5], "l_max 3 2 1 0 0 0 1", *lines[6:]], "q_134 needs l_max .* at least 4"),
        (lambda lines: [*lines[:5], "l_max 4 2 1 1 1 1 1 1", *lines[6:]], "line 6 should be 'l_max"),
        (lambda lines: [*lines[:5], "l_max 4 2", *lines[6:]], "line 6 should be 'l_max"),
        (lambda lines: [*lines[:5], "l_max 9 2 1", *lines[6:]], "at most 8, got 9"),
        (lambda lines: ["nep4_zbl 2 Li P S", *lines[1:]], "line 1 should be"),
        (lambda lines: [lines[0], "zbl 0 0", *lines[2:]], "truncated: .* q_scaler 29, zbl_pairs 60"),
        (lambda lines: [*lines[:2], "cutoff 6 5", *lines[3:]], "line 3 should be 'cutoff"),
        (lambda lines: [*lines[:5], "l_max 4 3 0", *lines[6:]], "l_max 4-body must be 0 or 2"),
        (lambda lines: [*lines[:6], "ANN 30 10", *lines[7:]], "one hidden layer"),
        (lambda lines: [*lines[:20], "nan", *lines[21:]], "is not finite"),
        (lambda lines: [*lines[:20], "abc", *lines[21:]], "is not a number"),
        (lambda lines: [], "line 1 starts with nothing"),
    ],
)
def test_bad_files_are_explained(tmp_path, edit, message) -> None:
    with pytest.raises(NEPFormatError, match=message):
        read_nep(broken(tmp_path, edit))


def test_missing_file_is_explained(tmp_path) -> None:
    with pytest.raises(NEPFormatError, match="no such potential file"):
        read_nep(tmp_path / "absent.txt")


@pytest.mark.parametrize("zbl", [None, (1.0, 2.0)])
@pytest.mark.parametrize("generation", [3, 5])
def test_other_generations_equal_calorine(tmp_path, generation, zbl) -> None:
    """nep3: one network for all types. nep5: a bias for each type, after its network."""
    parameters = random_parameters(zbl=zbl, seed=8)
    biases = np.array([0.3, -0.7, 1.1]) if generation == 5 else np.zeros(3)
    path = tmp_path / "nep.txt"
    write_nep(path, parameters)
    lines = path.read_text().splitlines()
    head = 7 if zbl else 6
    lines[0] = lines[0].replace("nep4", f"nep{generation}")
    size = parameters.w0[0].size + parameters.b0[0].size + parameters.w1[0].size
    networks = [lines[head + kind * size : head + (kind + 1) * size] for kind in range(3)]
    rest = lines[head + 3 * size :]
    if generation == 3:
        networks = networks[:1]
    else:
        networks = [[*one, f"{bias:.16e}"] for one, bias in zip(networks, biases, strict=True)]
    path.write_text("\n".join([*lines[:head], *(x for one in networks for x in one), *rest]) + "\n")
    atoms = random_structure(parameters.elements, 24, 9.0, seed=4)
    energies, forces, _ = calorine_results(path, atoms)
    for engine in (TorchEngine(path), NativeEngine(path, "float64")):
        ours = engine.compute(System.from_atoms(atoms, parameters.elements))
        assert np.allclose(ours.forces[0], forces, rtol=0, atol=1e-6 * np.abs(forces).max())
        assert np.allclose(ours.site_energies[0], energies, atol=1e-6)
    assert read_nep(path).shape.version == ("nep4_zbl" if zbl else "nep4")
    write_nep(path, read_nep(path))  # goes out as nep4
    again = TorchEngine(path).compute(System.from_atoms(atoms, parameters.elements))
    assert np.allclose(again.site_energies[0], energies, atol=1e-6)
