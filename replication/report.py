"""`python -m replication.report`: compare the paper's claims with our numbers, in every page that shows them.

Writes replication/README.md (short_paper.md with its numbers filled in) and, between their markers, the
results in README.md and the benchmarks in docs/benchmarks.md. `--check` writes nothing and fails when one of
them is out of date.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from superionic.cli import status
from superionic.provenance import write_text_atomically
from superionic.tables import fill_markers

from .bench.page import bench_lines
from .gpu.page import gpu_lines
from .material_folder import paper_materials
from .paper.claims import Claim, load_claims
from .paper.short_paper import TEMPLATE, cost_table, fill
from .paper.tables import claim_lines, readme_lines, run_lines
from .paper.verdicts import VERDICTS, WEAK, verdict
from .paths import BENCHMARKS, CLAIMS_TABLE, README, ROOT
from .reduced.results import has_results
from .reduced.temperature import temperature_series
from .runs import all_runs


def claims_page(claims: tuple[Claim, ...]) -> str:
    """The text of replication/README.md."""
    count = dict.fromkeys(VERDICTS, 0)
    for claim in claims:
        count[verdict(claim)] += 1
    paper = {material.name for material in paper_materials()}
    runs = [run for run in all_runs() if run.split("/")[0] in paper and has_results(run)]
    sources = dict.fromkeys(claim.paper.source for claim in claims if claim.paper)
    blocks = {
        "claims": ", ".join(f"{number} {word}" for word, number in count.items() if number),
        "runs-behind": str(len(_runs_behind(claims))),
        "weak": f"{WEAK:.0%}",
        "costs": cost_table(),
        "table": "\n".join(claim_lines(claims)),
        "remarks": "\n".join(f"- **{claim.statement}**: {claim.remark}" for claim in claims if claim.remark),
        "run-table": "\n".join(run_lines(runs)),
        "sources": "\n".join(f"- {source}" for source in sources),
    }
    return fill(TEMPLATE.read_text(encoding="utf-8"), blocks)


def _runs_behind(claims: tuple[Claim, ...]) -> set[str]:
    """The runs that the claims are computed from."""
    runs: set[str] = set()
    for ours in (claim.ours for claim in claims if claim.ours is not None):
        if ours.temperatures is not None:
            t = ours.temperatures
            runs |= set(temperature_series(t.material, t.model, t.cell, "kappa_onsager").runs)
        else:
            runs |= {run.strip() for run in (ours.run or ours.comparison or "").split(" : ")}
    return runs


def pages() -> dict[Path, str]:
    """The up-to-date text of every page with generated tables.

    Raises ValueError for a page without its markers, or where no material is one of the paper's.
    """
    if not paper_materials():
        raise ValueError(
            "no figures.toml says in_paper = true: `git checkout -- replication/materials` brings them back"
        )
    claims = load_claims()
    readme = fill_markers(README.read_text(encoding="utf-8"), "result", readme_lines(claims), README)
    benchmarks = BENCHMARKS.read_text(encoding="utf-8")
    for name, lines in (("bench", bench_lines()), ("gpu", gpu_lines())):
        benchmarks = fill_markers(benchmarks, name, lines, BENCHMARKS)
    return {CLAIMS_TABLE: claims_page(claims), README: readme, BENCHMARKS: benchmarks}


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a table is stale, write nothing")
    check = parser.parse_args().check
    current = pages()
    stale = [path for path, text in current.items() if _text(path) != text]
    for path in stale:
        name = path.relative_to(ROOT)
        if check:
            print(f"{name} is stale: run `make claims` and commit it", file=sys.stderr)
        else:
            write_text_atomically(path, current[path])
            print(f"{name} written")
    return 1 if check and stale else 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(status("replication.report", main))
