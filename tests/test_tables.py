"""CSV and Markdown tables, and the parts of a page between two comments."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from superionic.tables import (
    fill_markers,
    markdown_table,
    read_columns,
    read_table,
    write_records,
    write_table,
)


def test_a_table_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "t.csv"
    write_table(path, ["a", "b"], [(1.23456789, "x, y"), (math.nan, "z")], ["made by hand"])
    assert path.read_text(encoding="utf-8").splitlines()[:3] == ["# made by hand", "a,b", '1.234568,"x, y"']
    assert read_table(path)[0] == {"a": "1.234568", "b": "x, y"}


def test_a_missing_table_is_an_error_unless_allowed(tmp_path: Path) -> None:
    assert read_table(tmp_path / "none.csv", missing_ok=True) == []
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "none.csv")


def test_columns_of_numbers(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", ["a", "b"], [(1.0, 2.0), (3.0, 4.0)])
    assert read_columns(tmp_path / "t.csv")["b"].tolist() == [2.0, 4.0]
    write_table(tmp_path / "t.csv", ["a"], [("word",)])
    with pytest.raises(ValueError, match="word"):
        read_columns(tmp_path / "t.csv")


def test_records_may_lack_entries(tmp_path: Path) -> None:
    write_records(tmp_path / "t.csv", [{"a": 1}, {"b": 2.5, "a": 3}])
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "a,b\n1,\n3,2.5\n"


def test_markdown() -> None:
    assert markdown_table(["x", "y"], [(1, "two")]) == ["| x | y |", "|---|---|", "| 1 | two |"]


def test_markers() -> None:
    page = "before\n<!-- t: begin (generated) -->\nold\n<!-- t: end -->\nafter\n"
    filled = fill_markers(page, "t", ["new", "lines"], Path("page.md"))
    assert filled == "before\n<!-- t: begin (generated) -->\nnew\nlines\n<!-- t: end -->\nafter\n"
    assert fill_markers(filled, "t", ["old"], Path("page.md")) == page
    with pytest.raises(ValueError, match=r"page\.md: needs one line"):
        fill_markers(page.replace("end", "fin"), "t", [], Path("page.md"))
