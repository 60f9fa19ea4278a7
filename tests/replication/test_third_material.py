"""A material of a user's own: from `make new` to figures and a page, by the same code as the paper's two."""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from superionic.tables import read_columns, read_table
from tests.compendium import build_compendium, run


@pytest.fixture(scope="module")
def compendium(tmp_path_factory) -> Path:
    return build_compendium(tmp_path_factory.mktemp("compendium"))


def test_from_a_sweep_to_figures_and_a_page(compendium: Path) -> None:
    said = run(compendium, "replication.flux", "--threads", "1")
    assert said.count("flux.npz: 8 replicas x 19.14 ps") == 4
    assert "up to date: 4 of 4 runs" in run(compendium, "replication.flux")
    assert run(compendium, "replication.reduce").count("reduced") == 4
    table = read_table(compendium / "data" / "reduced" / "salt" / "A-300K-8.csv")
    assert {row["quantity"] for row in table} >= {"kappa_onsager", "kappa_naive", "L01"}

    drawn = run(compendium, "replication.figures", "salt")
    for kind in ("conductivity", "committee", "decomposition"):
        assert f"figures/salt/{kind}.pdf" in drawn
        picture = np.asarray(Image.open(compendium / "figures" / "salt" / f"{kind}.png").convert("L"))
        assert picture.shape[1] > 500 and 0.005 < (picture < 128).mean() < 0.2
    assert "salt/trials: no data yet" in drawn
    shown = read_columns(compendium / "figures" / "salt" / "conductivity.csv")
    assert shown["salt_kappa_onsager_B_K"] == pytest.approx([300, 400], abs=30)

    run(compendium, "replication.potentials")
    page = (compendium / "data" / "potentials" / "README.md").read_text(encoding="utf-8")
    assert "## salt" not in page  # its potentials come from elsewhere, and there are no labels

    assert "salt.html" in run(compendium, "replication.web", "salt")
    report = (compendium / "build" / "report" / "salt.html").read_text(encoding="utf-8")
    doubts = [
        line
        for path in (compendium / "data" / "reduced" / "salt").glob("*-8.csv")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("# WARNING: ")
    ]
    assert report.count("<td class") == 4 * 10 + 2 * len(doubts) and "salt-conductivity.csv" in report
    assert doubts and all(line.removeprefix("# WARNING: ") in html.unescape(report) for line in doubts)
