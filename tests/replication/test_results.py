"""Reduced tables that are missing, cut, edited or of another kind are refused by name, with the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from replication.reduced import results
from replication.reduced.quantities import COLUMNS
from replication.reduced.results import NoNumberError, ResultsError, read_curves, read_results, read_speeds
from replication.reduced.stamped_table import StampedTable

ROWS = [
    ("kappa_onsager", "spectral", 0.44, 0.01, "W/m/K"),
    ("L11", "spectral", float("nan"), 0.1, "kg s/m³/K"),
]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(results, "REDUCED", tmp_path)
    StampedTable(tmp_path / "m/r.csv", (), 1).write(COLUMNS, ROWS, ["it melts"])
    StampedTable(tmp_path / "m/r-gauge.csv", (), 1).write(["shift", "kappa"], [[0.0, 0.4], [1.0, 0.5]])
    return tmp_path / "m/r.csv"


def test_numbers_and_what_speaks_against_them(table: Path) -> None:
    found = read_results("m/r")
    assert (found.get("kappa_onsager").value, found.get("kappa_onsager").standard_error) == (0.44, 0.01)
    assert found.warnings == ("it melts",)
    assert read_curves("m/r", "gauge")["kappa"].tolist() == [0.4, 0.5]


def test_what_a_table_lacks_or_knows_only_as_nan_is_no_number(table: Path) -> None:
    for quantity, message in (("L12", "has no spectral 'L12'"), ("L11", "'L11' is nan ± 0.1")):
        with pytest.raises(NoNumberError, match=message):
            read_results("m/r").get(quantity)


DAMAGES = {
    "empty": lambda whole: b"",
    "cut": lambda whole: whole[:-5],
    "edited": lambda whole: whole.replace(b"0.4", b"0.5", 1),
    "binary": lambda whole: b"\xff\xfe" + whole,
    "without its first line": lambda whole: whole.partition(b"\n")[2],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["r.csv", "r-gauge.csv"])
def test_damaged_tables_are_refused(table: Path, damage: str, name: str) -> None:
    path = table.with_name(name)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    read = read_results if name == "r.csv" else lambda run: read_curves(run, "gauge")
    with pytest.raises(ResultsError, match=f"{name} is damaged or was edited: `make reduce` makes it anew"):
        read("m/r")


@pytest.mark.parametrize("columns", [("a", "b"), ("quantity", "method", "value", "error")])
def test_tables_with_other_columns_are_refused(table: Path, columns: tuple[str, ...]) -> None:
    StampedTable(table, (), 1).write(columns, [["x"] * len(columns)])
    with pytest.raises(ResultsError, match="is damaged"):
        read_results("m/r")
    StampedTable(table.with_name("r-gauge.csv"), (), 1).write(columns, [])
    with pytest.raises(ResultsError, match="is damaged"):
        read_curves("m/r", "gauge")


def test_missing_tables_say_how_they_are_made(table: Path) -> None:
    with pytest.raises(ResultsError, match=r"r-running\.csv is missing: .*`make flux-m/r`"):
        read_curves("m/r", "running")
    with pytest.raises(ResultsError, match=r"s\.csv is missing: `make reduce`"):
        read_results("m/s")


SPEEDS = "engine,n_atoms,n_replicas,atom_steps_per_second,chip\nnative mixed,192,1,1e6,H100\n"


def test_tables_of_timings(tmp_path: Path) -> None:
    path = tmp_path / "bench.csv"
    assert read_speeds(path) == []
    path.write_text(SPEEDS)
    assert read_speeds(path, "chip")[0]["atom_steps_per_second"] == "1e6"
    for damaged in (
        "",
        SPEEDS.split("\n")[0],
        SPEEDS.replace("1e6", "fast"),
        SPEEDS.replace(",1e6,H100", ""),
    ):
        path.write_text(damaged)
        with pytest.raises(ResultsError, match=r"bench\.csv is damaged"):
            read_speeds(path)
    path.write_text(SPEEDS)
    with pytest.raises(ResultsError, match=r"bench\.csv is damaged"):
        read_speeds(path, "potential")
