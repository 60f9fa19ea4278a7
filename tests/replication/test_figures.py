"""Figures: drawn from reduced data alone, same data same bytes, and the committed ones are current."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from replication.figures import __main__ as figures
from replication.figures import drawing
from replication.paths import ROOT

NAMES = figures.names()


def test_every_committed_figure_has_code() -> None:
    committed = {
        str(path.relative_to(drawing.FIGURES).with_suffix("")) for path in drawing.FIGURES.rglob("*.csv")
    }
    assert committed <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_figure_is_deterministic_and_shows_the_committed_numbers(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = drawing.FIGURES / f"{name}.csv"
    if figures.draw(name) is None:
        assert not committed.exists()
        return
    text = committed.read_text(encoding="utf-8")
    made = []
    for folder in ("once", "again"):
        monkeypatch.setattr(drawing, "FIGURES", tmp_path / folder)
        found = figures.draw(name)
        assert found is not None
        drawing.save(name, *found)
        files = [path for path in (tmp_path / folder).rglob("*") if path.is_file()]
        made.append({path.name: path.read_bytes() for path in files})
    stem = Path(name).name
    assert set(made[0]) == {f"{stem}.pdf", f"{stem}.png", f"{stem}.csv"}
    assert made[0] == made[1]
    assert made[0][f"{stem}.csv"].decode() == text


def test_a_name_that_is_none_is_answered_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["figures", "figure33"])
    with pytest.raises(ValueError, match="no figure 'figure33'; there are figure1, figure2"):
        figures.main()


def test_pictures_are_kept_where_a_page_shows_them() -> None:
    """A clone stays small: other pictures are made by `make figures`."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "figures/**/*.png" in ignored
    kept = {line.removeprefix("!") for line in ignored if line.startswith("!figures/")}
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("replication/*.md")]
    pages += ROOT.glob("data/*/README.md")
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    shown = set(re.findall(r"figures/[\w/]+\.png", text))
    assert kept == shown
    assert all((ROOT / name).exists() for name in kept)
