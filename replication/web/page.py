"""Renders content and charts into one self-contained HTML file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from superionic import __version__
from superionic.transport.uncertainty import Estimate, formatted

from ..material_folder import MaterialFolder, paper_materials
from ..presentation import QUANTITY_COLOURS
from ..reduced.results import read_results
from . import charts, content

TEMPLATES = Path(__file__).parent / "templates"
PAPER = "arXiv:2512.04718, Heat transport in superionic materials via machine-learned molecular dynamics"

Section = dict[str, Any]


def paper_page() -> str:
    """Every claim of the paper with its figure, links to the materials, measured speeds."""
    groups = content.claims_by_figure()
    verdicts = [claim.verdict for group in groups for claim in group.claims]
    cards = [(str(verdicts.count(word)), word) for word in dict.fromkeys(verdicts)]
    materials = paper_materials()
    sections: list[Section] = [
        {"id": "claims", "title": "Claims", "kind": "claims", "groups": groups},
        {
            "id": "materials",
            "title": "Materials",
            "kind": "links",
            "text": "Runs, spectra, potentials and labels of each:",
            "links": [(one.material.title, f"{one.name}.html") for one in materials],
        },
        _table("speed", "Hardware and speed", content.speed_table()),
    ]
    lead = [
        PAPER,
        "The naive thermal conductivity of an ion conductor depends on the potential, the Onsager "
        "conductivity does not. This page compares every number of the paper with ours.",
    ]
    return _render("Heat transport in superionic materials: the replication", lead, cards, sections, {})


def material_page(material: MaterialFolder) -> str:
    """One material: conductivities, curves of any run, runs, figures, potentials, labels."""
    runs = content.reduced_runs(material)
    curves = {run: charts.curves_of(material, run) for run in runs}
    data = {"temperature": charts.against_temperature(material), "runs": curves}
    kinds = {kind for run_curves in curves.values() for kind in run_curves}
    captions = [(kind, text) for kind, text in charts.CAPTIONS.items() if kind in kinds]
    sections: list[Section] = []
    if data["temperature"]:
        sections.append({"id": "temperature", "title": "Against temperature", "kind": "temperature"})
    if runs:
        sections.append({"id": "curves", "title": "Curves of a run", "kind": "run", "charts": captions})
        sections.append(_table("runs", "Runs", content.run_table(material)))
    if (doubts := content.doubt_table(material))[1]:
        sections.append(_table("doubts", "What speaks against the numbers", doubts))
    if pictures := content.pictures_of(material):
        sections.append({"id": "figures", "title": "Figures", "kind": "gallery", "pictures": pictures})
    for name, title, table in (
        ("potentials", "Potentials", content.potential_table(material)),
        ("labels", "Ab-initio labels", content.label_table(material)),
    ):
        if table[1]:
            sections.append(_table(name, title, table))
    mobile = material.material.mobile
    framework = [element for element in material.material.elements if element not in mobile]
    lead = [f"Mobile ions: {', '.join(mobile)}; framework: {', '.join(framework)}."]
    return _render(
        f"Heat transport in {material.material.title}", lead, _cards(material, runs), sections, data
    )


def _cards(material: MaterialFolder, runs: list[str]) -> list[tuple[str, str]]:
    """Summary numbers at the top of the page."""
    if not runs:
        return [("no run yet", "`make flux`, then `make report` again")]
    results = [read_results(run) for run in runs]
    total = sum(one.get("total_time", "direct").value for one in results)
    models = {material.runs[run].model for run in runs}
    cards = [
        (f"{len(runs)}", "runs"),
        (f"{total / 1000:.1f} ns", "sampled"),
        (f"{len(models)}", "potentials"),
    ]
    committee = material.committee()
    if committee is not None:
        temperature, cell = committee.temperature_K, committee.cell
        compared = [material.run(model, temperature, cell) for model in committee.models]
        for quantity, name in (("kappa_naive", "naive κ"), ("kappa_onsager", "Onsager κ")):
            estimates = [read_results(run).get(quantity) for run in compared if run is not None]
            cards.append(
                (_range(estimates), f"W/m/K, {name} of {len(estimates)} potentials at {temperature:g} K")
            )
    return cards


def _range(estimates: list[Estimate]) -> str:
    """Range of several estimates; a single one with its error."""
    low, high = (choose(estimates, key=lambda one: one.value) for choose in (min, max))
    if low is high:
        return formatted(low.value, low.standard_error)
    return f"{low.value:.2f} – {high.value:.2f}"


def _table(name: str, title: str, table: content.Table) -> Section:
    return {"id": name, "title": title, "kind": "table", "columns": table[0], "rows": table[1]}


def _render(
    title: str, lead: list[str], cards: list[tuple[str, str]], sections: list[Section], data: dict[str, Any]
) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    embedded = json.dumps(
        {"temperature": [], "runs": {}, "colours": QUANTITY_COLOURS, **data},
        separators=(",", ":"),
        default=list,
    )
    return environment.get_template("page.html").render(
        title=title,
        lead=lead,
        cards=cards,
        sections=sections,
        css=Markup(_template("page.css")),
        script=Markup(_template("page.js")),
        plotly=Markup(get_plotlyjs() if data else "const Plotly = null;"),
        data=Markup(embedded.replace("</", "<\\/")),
        footer=f"superionic {__version__}. Bands and bars: ±1 standard error. Code MIT, data CC-BY-4.0.",
    )


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
