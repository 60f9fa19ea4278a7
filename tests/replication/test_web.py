"""The HTML pages: whole in themselves, every claim and run in them, and alive in a real browser."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replication.material_folder import MaterialFolder, all_materials
from replication.paper.claims import load_claims
from replication.reduced.results import read_results
from replication.reduced.temperature import temperature_series
from replication.web import __main__ as web
from replication.web import charts, content
from replication.web.page import material_page, paper_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MATERIALS = all_materials()


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {"index": paper_page()} | {one.name: material_page(one) for one in MATERIALS}


def embedded(page: str) -> dict:
    (text,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)
    data: dict = json.loads(text.replace("<\\/", "</"))
    return data


def test_no_page_asks_the_network_for_anything(pages: dict[str, str]) -> None:
    for page in pages.values():
        bare = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
        addresses = re.findall(r'(?:src|href)="([^"]*)"', bare)
        assert addresses
        assert all(a.startswith(("#", "data:")) or re.fullmatch(r"\w+\.html", a) for a in addresses)
        assert "@import" not in page.split("</style>")[0] and "<link" not in bare


def test_every_claim_stands_on_the_first_page_with_its_verdict(pages: dict[str, str]) -> None:
    text = html.unescape(pages["index"])
    for claim in load_claims():
        assert claim.statement in text
    shown = [claim.verdict for group in content.claims_by_figure() for claim in group.claims]
    assert len(shown) == len(load_claims()) == pages["index"].count('class="badge')


@pytest.mark.parametrize("material", MATERIALS, ids=lambda one: one.name)
def test_every_run_can_be_drawn_and_its_numbers_taken_along(
    material: MaterialFolder, pages: dict[str, str]
) -> None:
    runs = content.reduced_runs(material)
    data = embedded(pages[material.name])
    assert list(data["runs"]) == runs
    for curves in data["runs"].values():
        assert len(curves["running"]["time_ps"]) == len(curves["running"]["kappa_onsager_error"]) > 50
    columns, rows = content.run_table(material)
    assert [row[0] for row in rows] == [run.split("/")[1] for run in runs]
    assert all(row[columns.index("numbers")].startswith("data:text/csv;base64,") for row in rows)
    assert all(len(row[columns.index("identity")]) == 12 for row in rows)


def test_charts_and_rows_have_the_numbers_of_the_tables() -> None:
    (material,) = (one for one in MATERIALS if one.name == "li3ps4")
    (naive,) = (c for c in charts.against_temperature(material) if c["title"].startswith("naive"))
    (line,) = (one for one in naive["data"] if one["name"] == "paper's nepC, cell 768")
    series = temperature_series("li3ps4", "nepC", "768", "kappa_naive")
    assert (list(line["x"]), list(line["y"])) == (
        pytest.approx(series.temperature_K, rel=1e-4), pytest.approx(series.value, rel=1e-4)
    )  # fmt: skip
    assert list(line["error_y"]["array"]) == pytest.approx(series.error, rel=1e-4)
    columns, rows = content.run_table(material)
    run = dict(zip(columns, next(row for row in rows if row[0] == "nepC-650K-6144"), strict=True))
    assert (run["atoms"], run["replicas × ps"], run["T (K)"]) == ("6144", "4 × 399", "650")
    results = read_results("li3ps4/nepC-650K-6144")
    assert run["Onsager κ (W/m/K)"] == str(results.get("kappa_onsager"))


def test_the_cards_name_the_lowest_and_the_highest(pages: dict[str, str]) -> None:
    spread = re.findall(r"<b>([\d.]+) – ([\d.]+)</b>", pages["li3ps4"])
    assert len(spread) == 2 and all(float(low) < float(high) for low, high in spread)


def test_what_speaks_against_a_run_stands_on_its_page(pages: dict[str, str]) -> None:
    (material,) = (one for one in MATERIALS if one.name == "cu2se")
    _, rows = content.doubt_table(material)
    assert rows and all(doubt in html.unescape(pages["cu2se"]) for _, doubt in rows)
    assert [run for run, _ in rows] == ["nep3-3-600K-322"]


ACT = """
<script>
window.onerror = (message) => { document.title = "error: " + message; };
window.addEventListener("load", () => setTimeout(() => {
  const select = document.getElementById("run"), quantity = document.getElementById("quantity");
  select.selectedIndex = select.length - 1; select.dispatchEvent(new Event("change"));
  quantity.selectedIndex = 1; quantity.dispatchEvent(new Event("change"));
  const named = (id) => document.getElementById(id).layout.yaxis.title.text;
  const points = document.getElementById("run-running").data.filter((t) => t.name).map((t) => t.y.length);
  document.title = [named("against-temperature"), Math.min(...points), select.length,
                    document.querySelectorAll(".main-svg").length].join("|");
}, 500));
</script>
"""


@pytest.mark.browser
@pytest.mark.parametrize("material", MATERIALS, ids=lambda one: one.name)
def test_a_browser_draws_the_charts_that_are_chosen(
    material: MaterialFolder, pages: dict[str, str], tmp_path: Path
) -> None:
    if CHROMIUM is None:
        pytest.skip("needs Chromium or Chrome on the PATH")
    page = pages[material.name].replace('<script id="data"', ACT + '<script id="data"')
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [*command, profile, "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    (title,) = re.findall(r"<title>(.*?)</title>", done.stdout, re.S)[:1]
    label, points, runs, drawings = html.unescape(title).split("|")
    assert label == "Onsager κ (W/m/K)"
    assert int(points) > 50 and int(runs) == len(content.reduced_runs(material)) and int(drawings) >= 6


def test_a_material_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["web", "nothing"])
    with pytest.raises(ValueError, match="no material nothing; there are li3ps4, cu2se"):
        web.main()
