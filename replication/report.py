"""`python -m replication.report`: join the paper's claims with our numbers into the claims tables.

Writes replication/README.md and the table between the markers of the README. `--check` writes nothing
and fails when either is stale.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from math import floor, hypot, log10
from pathlib import Path

from superionic.cli import status
from superionic.provenance import write_text_atomically

from .bench import SUBJECTS
from .claims import Claim, Ours, Paper, Temperatures, load_claims
from .gpu.page import gpu_lines
from .paths import CLAIMS_TABLE, README, ROOT, all_runs
from .reduce import read_table, reduced_file
from .temperature import temperature_series

MARKERS = {
    name: (f"<!-- {name}: begin (generated) -->", f"<!-- {name}: end -->")
    for name in ("claims", "bench", "gpu")
}
"""Where in the README the generated tables stand."""

PEER = "calorine CPUNEP"

SIGMAS, MANY_SIGMAS = 2.0, 3.0
"""Numbers agree when they differ by less than two combined standard errors; beyond three they differ."""

WEAK = 0.15
"""Rows that could not have seen a deviation of 15 % say so."""

WORDS = ("reproduced", "replicated", "tension", "differs", "not shown", "not attempted")


@dataclass(frozen=True)
class Measured:
    value: float
    error: float


def measured(ours: Ours) -> Measured | None:
    """Our number for a claim; None where the run has not been made."""
    if ours.run is not None:
        return _quantity(ours.run, ours.quantity, ours.method)
    if ours.quantity == "share":
        return _share(ours.comparison or "")
    kind, quantity = ours.quantity.split()
    if ours.temperatures is not None:
        return _exponent(ours.temperatures, kind, quantity)
    one, other = (
        _quantity(run.strip(), quantity, ours.method) for run in (ours.comparison or "").split(" : ")
    )
    if one is None or other is None:
        return None
    if kind == "ratio":
        ratio = one.value / other.value
        return Measured(ratio, abs(ratio) * hypot(one.error / one.value, other.error / other.value))
    if kind == "difference":
        return Measured(one.value - other.value, hypot(one.error, other.error))
    raise ValueError(f"comparison must be 'ratio ...' or 'difference ...', got {ours.quantity!r}")


def _share(comparison: str) -> Measured | None:
    """Difference of the Onsager κ of two runs over that of their naive ones."""
    naive, onsager = (
        measured(Ours(comparison=comparison, quantity=f"difference kappa_{kind}"))
        for kind in ("naive", "onsager")
    )
    if naive is None or onsager is None:
        return None
    value = onsager.value / naive.value
    return Measured(value, hypot(onsager.error, value * naive.error) / abs(naive.value))


def _exponent(runs: Temperatures, kind: str, quantity: str) -> Measured | None:
    if kind != "exponent":
        raise ValueError(f"of several temperatures there is 'exponent ...', not {kind!r}")
    series = temperature_series(runs.material, runs.model, runs.atoms, quantity)
    return Measured(*series.exponent()) if len(series.runs) > 1 else None


def _quantity(run: str, quantity: str, method: str) -> Measured | None:
    table = reduced_file(run)
    if not table.exists():
        return None
    for row in read_table(table):
        if (row["quantity"], row["method"]) == (quantity, method):
            return Measured(float(row["value"]), float(row["error"]))
    raise ValueError(f"{table}: no {method} {quantity!r}, which a claim asks for")


def verdict(claim: Claim) -> str:
    """One of WORDS."""
    ours = measured(claim.ours) if claim.ours is not None else None
    if ours is None or claim.paper is None:
        return "not attempted"
    if claim.bound is not None:
        if abs(ours.value) + SIGMAS * ours.error <= claim.bound:
            return claim.level
        return "differs" if abs(ours.value) - SIGMAS * ours.error > claim.bound else "not shown"
    apart = abs(ours.value - claim.paper.value) / hypot(ours.error, claim.paper.error)
    return claim.level if apart <= SIGMAS else "tension" if apart <= MANY_SIGMAS else "differs"


def deviation(claim: Claim) -> str:
    """How far our number is from the paper's, and what the row could have seen."""
    ours = measured(claim.ours) if claim.ours is not None else None
    if ours is None or claim.paper is None:
        return "–"
    if claim.bound is not None:
        return f"\\|·\\| + 2σ = {abs(ours.value) + SIGMAS * ours.error:.2g}, bound {claim.bound:g}"
    sigma, scale = hypot(ours.error, claim.paper.error), abs(claim.paper.value)
    apart = ours.value - claim.paper.value
    weak = ", weak" if SIGMAS * sigma > WEAK * scale else ""
    return f"{apart / scale:+.1%}, {apart / sigma:+.1f}σ; 2σ = {SIGMAS * sigma / scale:.0%}{weak}"


def formatted(value: float, error: float) -> str:
    """'0.533(13)', '8.82(69)e-9': the error in units of the last digits shown."""
    if error <= 0:
        return f"{value:.4g}"
    power = floor(log10(max(abs(value), error)))
    scale = power if abs(power) > 3 else 0
    mantissa, uncertainty = value / 10**scale, error / 10**scale
    digits = max(0, 1 - floor(log10(uncertainty)))
    shown = round(uncertainty * 10**digits)
    text = f"{mantissa:.{digits}f}({shown})"
    return f"{text}e{scale}" if scale else text


def _published(paper: Paper) -> str:
    return f"“{paper.words}”" if paper.words else formatted(paper.value, paper.error)


def table_lines(claims: tuple[Claim, ...]) -> list[str]:
    """Markdown rows: claim, paper, ours, unit, deviation, verdict."""
    lines = [
        "| Figure | Claim | Paper | Here | Unit | Deviation | Verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for claim in claims:
        ours = measured(claim.ours) if claim.ours is not None else None
        paper = _published(claim.paper) if claim.paper else "–"
        here = formatted(ours.value, ours.error) if ours else "–"
        cells = (claim.figure, claim.statement, paper, here, claim.unit, deviation(claim), verdict(claim))
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def claims_page(claims: tuple[Claim, ...]) -> str:
    """The text of replication/README.md."""
    count = dict.fromkeys(WORDS, 0)
    for claim in claims:
        count[verdict(claim)] += 1
    lines = [
        "# Claims",
        "",
        "Generated by `make claims` from `claims.toml` and `data/reduced`; do not edit.",
        "",
        ", ".join(f"{number} {word}" for word, number in count.items() if number)
        + f"; these are {_runs_behind(claims)} runs: rows from one run are not independent.",
        "",
        "`reproduced`: our code with the paper's own public potential gives the same number within two",
        "combined standard errors, nothing added; `replicated`: so does our own data and potential;",
        "`tension`: two to three; `differs`: more, see the remark. Deviations are in per cent of the paper's",
        "number and in combined standard errors; 2σ is the smallest deviation that the row could have seen,",
        f"weak above {WEAK:.0%}. A claim that something vanishes holds when the value and two standard",
        "errors lie within the bound, and is `not shown` when the error is too large to tell. In quotation",
        "marks is what the paper says in words; `claims.toml` has our reading.",
        "Parentheses hold one standard error in units of the last digits: the larger of the fit's own and",
        "that of leaving out one replica at a time, where there are eight replicas.",
        "",
        *table_lines(claims),
    ]
    remarks = [f"- **{claim.statement}**: {claim.remark}" for claim in claims if claim.remark]
    if remarks:
        lines += ["", "## Remarks", "", *remarks]
    runs = [run for run in all_runs() if reduced_file(run).exists()]
    lines += ["", "## Runs", "", *run_lines(runs)]
    sources = dict.fromkeys(claim.paper.source for claim in claims if claim.paper)
    lines += ["", "## Sources of the paper's numbers", "", *(f"- {source}" for source in sources)]
    return "\n".join(lines) + "\n"


def _runs_behind(claims: tuple[Claim, ...]) -> int:
    """Number of runs that the claims rest on."""
    runs: set[str] = set()
    for ours in (claim.ours for claim in claims if claim.ours is not None):
        if ours.temperatures is not None:
            t = ours.temperatures
            runs |= set(temperature_series(t.material, t.model, t.atoms, "kappa_onsager").runs)
        else:
            runs |= {run.strip() for run in (ours.run or ours.comparison or "").split(" : ")}
    return len(runs)


def run_lines(runs: list[str]) -> list[str]:
    """Markdown rows: conditions of every run and its two conductivities, large and small cells alike."""
    lines = [
        "| Run | Atoms | Total (ps) | T (K) | Volume (Å³/atom) | Naive κ (W/m/K) | Onsager κ (W/m/K) |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        conditions = [
            _quantity(run, name, "direct")
            for name in ("atoms", "total_time", "temperature", "volume_per_atom")
        ]
        kappas = [_quantity(run, name, "spectral") for name in ("kappa_naive", "kappa_onsager")]
        cells = [f"{m.value:.5g}" for m in conditions if m] + [
            formatted(m.value, m.error) for m in kappas if m
        ]
        lines.append(f"| {run} | {' | '.join(cells)} |")
    return lines


def bench_lines() -> list[str]:
    """Markdown rows: engines and sizes; for each potential its speed and, in brackets, over calorine's.

    Of the series in the number of atoms only sizes that calorine was timed at, too.
    """
    speeds = {subject.title: _speeds(subject.csv) for subject in SUBJECTS if subject.csv.exists()}
    if not speeds:
        return []
    lines = [f"| Engine | Atoms | {' | '.join(speeds)} |", "|---" * (len(speeds) + 2) + "|"]
    for engine, atoms in next(iter(speeds.values())):
        cells = []
        for found in speeds.values():
            speed, peer = found.get((engine, atoms)), found.get((PEER, atoms))
            ratio = f" ({speed / peer:.3g})" if speed and peer else ""
            cells.append(f"{speed / 1000:.4g}{ratio}" if speed else "–")
        lines.append(f"| {engine} | {atoms} | {' | '.join(cells)} |")
    return lines


def _speeds(path: Path) -> dict[tuple[str, str], float]:
    """Atom-steps per second of one replica, by engine and number of atoms."""
    rows = [row for row in read_table(path) if row["n_replicas"] == "1"]
    sizes = {row["n_atoms"] for row in rows if row["engine"] == PEER} or {row["n_atoms"] for row in rows}
    return {
        (row["engine"], row["n_atoms"]): float(row["atom_steps_per_second"])
        for row in rows
        if row["n_atoms"] in sizes
    }


def readme_with_tables(text: str, claims: tuple[Claim, ...]) -> str:
    """The README with the tables between its markers made anew; raises ValueError without markers."""
    attempted = tuple(claim for claim in claims if verdict(claim) != "not attempted")
    tables = {"claims": table_lines(attempted), "bench": bench_lines(), "gpu": gpu_lines()}
    for name, (begin, end) in MARKERS.items():
        if begin not in text or end not in text:
            raise ValueError(f"{README}: markers for the {name} table are missing")
        before, rest = text.split(begin, 1)
        _, after = rest.split(end, 1)
        text = "\n".join([before + begin, *tables[name], end]) + after
    return text


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a table is stale, write nothing")
    check = parser.parse_args().check
    claims = load_claims()
    wanted = {
        CLAIMS_TABLE: claims_page(claims),
        README: readme_with_tables(README.read_text(encoding="utf-8"), claims),
    }
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
