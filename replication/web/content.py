"""Content of the pages as rows of plain text: claims by figure, runs, potentials, labels, speeds."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from superionic.dft.settings import load_settings
from superionic.dft.status import count
from superionic.flux.files import read_header
from superionic.transport.uncertainty import formatted

from ..committee.labels import label_files
from ..committee.training_reports import training_reports
from ..figures import material as material_figures
from ..material_folder import MaterialFolder
from ..paper.claims import Claim, load_claims
from ..paper.tables import ours, published
from ..paper.verdicts import deviation, verdict
from ..paths import FIGURES, REDUCED, flux_file
from ..reduced.results import has_results, read_results, read_speeds
from .embed import Picture, data_url

Table = tuple[list[str], list[list[str]]]
"""Names of the columns, rows."""


@dataclass(frozen=True)
class ShownClaim:
    """One claim as the page shows it."""

    statement: str
    paper: str
    here: str
    unit: str
    deviation: str
    verdict: str
    remark: str


@dataclass(frozen=True)
class FigureClaims:
    """A figure of the paper with its claims; `picture` is None for claims that no figure shows."""

    title: str
    picture: Picture | None
    claims: list[ShownClaim]


def claims_by_figure() -> list[FigureClaims]:
    """In the order of the claims; "Fig. 1" is illustrated by figures/figure1."""
    groups: dict[str, list[Claim]] = {}
    for claim in load_claims():
        groups.setdefault(claim.figure, []).append(claim)
    return [
        FigureClaims(title, _picture(title), [_shown(c) for c in members])
        for title, members in groups.items()
    ]


def _picture(title: str) -> Picture | None:
    number = "".join(letter for letter in title if letter.isdigit())
    picture = Picture(f"figure{number}", f"{title} of the paper, from our runs")
    return picture if number and picture.exists() else None


def _shown(claim: Claim) -> ShownClaim:
    return ShownClaim(
        claim.statement,
        published(claim.paper),
        ours(claim),
        claim.unit,
        deviation(claim).replace("\\|", "|"),
        verdict(claim),
        claim.remark,
    )


def reduced_runs(material: MaterialFolder) -> list[str]:
    """Names of the runs of a material that have been reduced."""
    return [run for run in material.runs if has_results(run)]


def run_table(material: MaterialFolder) -> Table:
    """Conditions, results and provenance of every run."""
    columns = [
        "run", "model", "T (K)", "atoms", "replicas × ps", "naive κ (W/m/K)", "Onsager κ (W/m/K)",
        "engine", "identity", "numbers",
    ]  # fmt: skip
    return columns, [_run_row(material, run) for run in reduced_runs(material)]


def _run_row(material: MaterialFolder, run: str) -> list[str]:
    results, point = read_results(run), material.runs[run]
    atoms, replicas, total = (
        results.get(name, "direct").value for name in ("atoms", "replicas", "total_time")
    )
    kappas = [results.get(name) for name in ("kappa_naive", "kappa_onsager")]
    provenance = read_header(flux_file(run))["provenance"] if flux_file(run).exists() else {}
    return [
        run.split("/")[1],
        material.style(point.model).label,
        f"{results.get('temperature', 'direct').value:.0f}",
        f"{atoms:.0f}",
        f"{replicas:.0f} × {total / replicas:.0f}",
        *(formatted(one.value, one.standard_error) for one in kappas),
        " ".join([*provenance.get("engine", ["–"]), *provenance.get("precision", [])]),
        str(provenance.get("identity", "–"))[:12],
        data_url(REDUCED / f"{run}.csv"),
    ]


def doubt_table(material: MaterialFolder) -> Table:
    """What speaks against the numbers of every run: too short, not settled, molten."""
    runs = reduced_runs(material)
    return ["run", "doubt"], [
        [run.split("/")[1], text] for run in runs for text in read_results(run).warnings
    ]


def potential_table(material: MaterialFolder) -> Table:
    """Errors and training of our own models."""
    columns = [
        "model", "split", "frames", "force (meV/Å)", "of labels (meV/Å)", "energy (meV/atom)",
        "stress (GPa)", "training (s)",
    ]  # fmt: skip
    rows = []
    for name, report in training_reports(material.name).items():
        for split in ("train", "validation", "test"):
            errors = report["errors"][split]
            if errors is not None:
                rows.append(
                    [name, split, str(errors["frames"]), *_errors(errors), f"{report['wall_seconds']:.0f}"]
                )
    return columns, rows


def _errors(errors: dict[str, Any]) -> list[str]:
    stress = errors["stress_GPa"]
    return [
        f"{errors['force_meV_per_A']:.0f}",
        f"{errors['force_of_labels_meV_per_A']:.0f}",
        f"{errors['energy_meV_per_atom']:.1f}",
        "–" if stress is None else f"{stress:.2f}",
    ]


def label_table(material: MaterialFolder) -> Table:
    """Ab-initio labels by round, cell and split; empty before the first label."""
    columns = ["round", "cell", "split", "labels", "atoms", "waiting", "failed", "core seconds per label"]
    settings = material.path / "dft.toml"
    if not label_files(material.name):
        return columns, []
    rows = []
    for key, row in count(load_settings(settings)).items():
        seconds = f"{sum(row.cpu_seconds) / len(row.cpu_seconds):.0f}" if row.cpu_seconds else "–"
        counts = (row.labels, row.atoms, row.waiting, row.failed)
        rows.append([*key, *(str(number) for number in counts), seconds])
    return columns, rows


def speed_table() -> Table:
    """Measured speed of molecular dynamics by machine, in millions of atom-steps per second."""
    columns = ["machine", "engine", "atoms", "replicas", "potential", "million atom-steps per second"]
    rows = []
    for path in (REDUCED / "bench.csv", REDUCED / "gpu_bench.csv"):
        for row in read_speeds(path):
            rows.append(
                [
                    row.get("chip") or row.get("cpu") or "CPU",
                    row["engine"],
                    row["n_atoms"],
                    row["n_replicas"],
                    row.get("potential", ""),
                    f"{float(row['atom_steps_per_second']) / 1e6:.3g}",
                ]
            )
    return columns, rows


def pictures_of(material: MaterialFolder) -> list[Picture]:
    """Every drawn figure of a material, described by the docstring of its module."""
    return [
        Picture(f"{material.name}/{path.stem}", f"{material.material.title}. {_caption(path.stem)}")
        for path in sorted((FIGURES / material.name).glob("*.png"))
    ]


def _caption(kind: str) -> str:
    module = importlib.import_module(f"{material_figures.__name__}.{kind}")
    return (module.__doc__ or kind).splitlines()[0]
