"""`python -m replication.report`: join the paper's claims with our numbers into the claims tables.

Writes replication/README.md, the result in the README and docs/benchmarks.md, both between their markers.
`--check` writes nothing and fails when one is stale.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from superionic.cli import status
from superionic.provenance import write_text_atomically
from superionic.tables import fill_markers, markdown_table, read_table
from superionic.transport.uncertainty import formatted

from .bench import SUBJECTS
from .claims import Claim, Paper, load_claims
from .gpu.page import gpu_lines
from .paths import BENCHMARKS, CLAIMS_TABLE, README, ROOT
from .presentation import paper_materials
from .results import has_results, read_results
from .runs import all_runs
from .short_paper import TEMPLATE, cost_table, fill
from .temperature import temperature_series
from .verdicts import WEAK, WORDS, deviation, measured, verdict

PEER = "calorine CPUNEP"


def published(paper: Paper) -> str:
    """The number of the paper, or its words where it gives none."""
    return f"“{paper.words}”" if paper.words else formatted(paper.value, paper.error)


def table_lines(claims: tuple[Claim, ...]) -> list[str]:
    """Markdown rows: claim, paper, ours, unit, deviation, verdict."""
    rows = []
    for claim in claims:
        ours = measured(claim.ours) if claim.ours is not None else None
        paper = published(claim.paper) if claim.paper else "–"
        here = formatted(ours.value, ours.standard_error) if ours else "–"
        rows.append(
            (claim.figure, claim.statement, paper, here, claim.unit, deviation(claim), verdict(claim))
        )
    return markdown_table(["Figure", "Claim", "Paper", "Here", "Unit", "Deviation", "Verdict"], rows)


def claims_page(claims: tuple[Claim, ...]) -> str:
    """The text of replication/README.md."""
    count = dict.fromkeys(WORDS, 0)
    for claim in claims:
        count[verdict(claim)] += 1
    paper = {material.name for material in paper_materials()}
    runs = [run for run in all_runs() if run.split("/")[0] in paper and has_results(run)]
    sources = dict.fromkeys(claim.paper.source for claim in claims if claim.paper)
    blocks = {
        "claims": ", ".join(f"{number} {word}" for word, number in count.items() if number),
        "runs-behind": str(_runs_behind(claims)),
        "weak": f"{WEAK:.0%}",
        "costs": cost_table(),
        "table": "\n".join(table_lines(claims)),
        "remarks": "\n".join(f"- **{claim.statement}**: {claim.remark}" for claim in claims if claim.remark),
        "run-table": "\n".join(run_lines(runs)),
        "sources": "\n".join(f"- {source}" for source in sources),
    }
    return fill(TEMPLATE.read_text(encoding="utf-8"), blocks)


def _runs_behind(claims: tuple[Claim, ...]) -> int:
    """Number of runs that the claims rest on."""
    runs: set[str] = set()
    for ours in (claim.ours for claim in claims if claim.ours is not None):
        if ours.temperatures is not None:
            t = ours.temperatures
            runs |= set(temperature_series(t.material, t.model, t.cell, "kappa_onsager").runs)
        else:
            runs |= {run.strip() for run in (ours.run or ours.comparison or "").split(" : ")}
    return len(runs)


def run_lines(runs: list[str]) -> list[str]:
    """Markdown rows: conditions of every run and its two conductivities, large and small cells alike."""
    rows = []
    for results in map(read_results, runs):
        conditions = [
            results.get(name, "direct") for name in ("atoms", "total_time", "temperature", "volume_per_atom")
        ]
        kappas = [results.get(name) for name in ("kappa_naive", "kappa_onsager")]
        rows.append(
            [results.run]
            + [f"{one.value:.5g}" for one in conditions]
            + [formatted(one.value, one.standard_error) for one in kappas]
        )
    columns = ["Run", "Atoms", "Total (ps)", "T (K)", "Volume (Å³/atom)"]
    return markdown_table([*columns, "Naive κ (W/m/K)", "Onsager κ (W/m/K)"], rows)


def bench_lines() -> list[str]:
    """Markdown rows: engines and sizes; for each potential its speed and, in brackets, over calorine's.

    Of the series in the number of atoms only sizes that calorine was timed at, too.
    """
    speeds = {subject.title: _speeds(subject.csv) for subject in SUBJECTS if subject.csv.exists()}
    if not speeds:
        return []
    rows = []
    for engine, atoms in next(iter(speeds.values())):
        cells = []
        for found in speeds.values():
            speed, peer = found.get((engine, atoms)), found.get((PEER, atoms))
            ratio = f" ({speed / peer:.3g})" if speed and peer else ""
            cells.append(f"{speed / 1000:.4g}{ratio}" if speed else "–")
        rows.append([engine, atoms, *cells])
    return markdown_table(["Engine", "Atoms", *speeds], rows)


def _speeds(path: Path) -> dict[tuple[str, str], float]:
    """Atom-steps per second of one replica, by engine and number of atoms."""
    rows = [row for row in read_table(path) if row["n_replicas"] == "1"]
    sizes = {row["n_atoms"] for row in rows if row["engine"] == PEER} or {row["n_atoms"] for row in rows}
    return {
        (row["engine"], row["n_atoms"]): float(row["atom_steps_per_second"])
        for row in rows
        if row["n_atoms"] in sizes
    }


def result_lines(claims: tuple[Claim, ...]) -> list[str]:
    """Markdown rows of the claims that the README shows."""
    rows = []
    for claim in claims:
        if claim.short:
            ours = measured(claim.ours) if claim.ours is not None else None
            here = formatted(ours.value, ours.standard_error) if ours else "–"
            paper = published(claim.paper) if claim.paper else "–"
            rows.append((claim.short, paper, here, verdict(claim)))
    return markdown_table(["Thermal conductivity, W/m/K", "Paper", "Here", "Verdict"], rows)


def pages() -> dict[Path, str]:
    """Every page with generated tables as it should be. Raises ValueError for a page without its markers."""
    claims = load_claims()
    readme = fill_markers(README.read_text(encoding="utf-8"), "result", result_lines(claims), README)
    benchmarks = BENCHMARKS.read_text(encoding="utf-8")
    for name, lines in (("bench", bench_lines()), ("gpu", gpu_lines())):
        benchmarks = fill_markers(benchmarks, name, lines, BENCHMARKS)
    return {CLAIMS_TABLE: claims_page(claims), README: readme, BENCHMARKS: benchmarks}


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a table is stale, write nothing")
    check = parser.parse_args().check
    wanted = pages()
    stale = [path for path, text in wanted.items() if _text(path) != text]
    for path in stale:
        name = path.relative_to(ROOT)
        if check:
            print(f"{name} is stale: run `make claims` and commit it", file=sys.stderr)
        else:
            write_text_atomically(path, wanted[path])
            print(f"{name} written")
    return 1 if check and stale else 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(status("replication.report", main))
