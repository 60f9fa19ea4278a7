"""Figures: drawn from reduced data alone, same data same bytes."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from replication import figures
from replication.figures import drawing

NAMES = sorted(path.stem for path in Path(figures.__file__).parent.glob("figure*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_figure_is_deterministic(name, tmp_path, monkeypatch) -> None:
    made = []
    for folder in ("once", "again"):
        monkeypatch.setattr(drawing, "FIGURES", tmp_path / folder)
        importlib.import_module(f"replication.figures.{name}").main()
        made.append({p.name: p.read_bytes() for p in (tmp_path / folder).iterdir()})
    assert set(made[0]) == {f"{name}.pdf", f"{name}.png", f"{name}.csv"}
    assert made[0] == made[1]


@pytest.mark.parametrize("name", NAMES)
def test_committed_figure_shows_the_committed_numbers(name, tmp_path, monkeypatch) -> None:
    committed = (drawing.FIGURES / f"{name}.csv").read_text(encoding="utf-8")
    monkeypatch.setattr(drawing, "FIGURES", tmp_path)
    importlib.import_module(f"replication.figures.{name}").main()
    assert (tmp_path / f"{name}.csv").read_text(encoding="utf-8") == committed
