"""The package's plain docstrings as reStructuredText, and none that the site could not show."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from tests.docs.markdown import ROOT


@pytest.fixture(scope="module")
def plain() -> ModuleType:
    """The Sphinx extension, which needs no Sphinx for this."""
    path = ROOT / "docs/extensions/plain_docstrings.py"
    spec = importlib.util.spec_from_file_location("plain_docstrings", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_table_of_symbols_is_a_definition_list(plain) -> None:
    lines = [
        "Sum of currents.",
        "",
        "forces : (N, 3) eV/Å",
        "cell   : rows are",
        "         the vectors",
        "Raises ValueError: no.",
    ]
    assert plain.converted(lines) == [
        *("Sum of currents.", ""),
        *("``forces``", "   (N, 3) eV/Å", "", "``cell``", "   rows are", "   the vectors", ""),
        *("**Raises** ValueError: no.", ""),
    ]


def test_an_indented_equation_is_literal_and_keeps_its_blank_lines(plain) -> None:
    lines = ["Two lines:", "", "    a = b*c", "", "    d = |e|", "", "with *a* or |b|."]
    assert plain.converted(lines) == [
        *("Two lines:", "", ".. code-block:: none", ""),
        *("       a = b*c", "   ", "       d = |e|", "", r"with \*a\* or \|b\|.", ""),
    ]


def test_two_colons_before_an_equation_are_one(plain) -> None:
    lines = ["It is::", "", "    a = b"]
    assert plain.converted(lines) == ["It is:", "", ".. code-block:: none", "", "       a = b", ""]


def test_names_in_backquotes_are_literal_and_marks_are_themselves(plain) -> None:
    assert plain.escaped("`a_b*` and S_ab, f* of nvt_ runs") == r"``a_b*`` and S_ab, f\* of nvt\_ runs"


def test_tables_of_restructuredtext_are_left_alone(plain) -> None:
    table = [
        "======  ========",
        "symbol  variable",
        "======  ========",
        "N_f     `n_dof`",
        "======  ========",
    ]
    assert plain.converted(["Law:", "", *table]) == ["Law:", "", *table, ""]


def test_sections_of_numpydoc_are_left_alone(plain) -> None:
    lines = ["Sum.", "", "Parameters", "----------", "x : float"]
    assert plain.converted(list(lines)) == lines


def test_types_of_arrays_are_short(plain) -> None:
    long = "(x: ~numpy.ndarray[tuple[~typing.Any, ...], ~numpy.dtype[~numpy.float64]], n: int)"
    assert plain.short(long) == "(x: ndarray[float64], n: int)"
