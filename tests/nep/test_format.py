"""Reading and writing nep.txt: round trips, and errors that say what is wrong and where."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.nep.format import NEPFormatError, read_nep, write_nep
from tests.models import random_parameters


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
    assert (model.cutoff_radial, model.cutoff_angular) == (6.0, 5.0)
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
        (lambda lines: ["nep5 3 Li P S", *lines[1:]], "line 1 starts with 'nep5'"),
        (lambda lines: ["nep4_zbl 2 Li P S", *lines[1:]], "line 1 should be"),
        (lambda lines: [lines[0], "zbl 0 0", *lines[2:]], "flexible ZBL"),
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
