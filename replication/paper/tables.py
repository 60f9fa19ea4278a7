"""Markdown tables of the claims and of the runs behind them."""

from __future__ import annotations

from superionic.tables import markdown_table
from superionic.transport.uncertainty import formatted

from ..reduced.results import read_results
from .claims import Claim, Published
from .verdicts import deviation, our_value, verdict


def published(paper: Published | None) -> str:
    """The paper's number, its words where it gives none, or a dash."""
    if paper is None:
        return "–"
    return f"“{paper.words}”" if paper.words else formatted(paper.value, paper.error)


def ours(claim: Claim) -> str:
    """Our number for a claim, or a dash."""
    estimate = our_value(claim.ours) if claim.ours is not None else None
    return formatted(estimate.value, estimate.standard_error) if estimate else "–"


def claim_lines(claims: tuple[Claim, ...]) -> list[str]:
    """Every claim: paper, ours, unit, deviation, verdict."""
    rows = [
        (
            claim.figure,
            claim.statement,
            published(claim.paper),
            ours(claim),
            claim.unit,
            deviation(claim),
            verdict(claim),
        )
        for claim in claims
    ]
    return markdown_table(["Figure", "Claim", "Paper", "Here", "Unit", "Deviation", "Verdict"], rows)


def readme_lines(claims: tuple[Claim, ...]) -> list[str]:
    """The claims that the README shows: those with a short name."""
    rows = [
        (claim.short, published(claim.paper), ours(claim), verdict(claim)) for claim in claims if claim.short
    ]
    return markdown_table(["Thermal conductivity, W/m/K", "Paper", "Here", "Verdict"], rows)


def run_lines(runs: list[str]) -> list[str]:
    """Conditions of every run and its two conductivities, large and small cells alike."""
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
