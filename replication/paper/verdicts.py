"""Our number for a claim, its deviation from the paper's, and a verdict in one word."""

from __future__ import annotations

from math import hypot

from superionic.transport.uncertainty import Estimate, ratio

from ..paths import CLAIMS
from ..reduced.results import Method, difference, has_results, read_results
from ..reduced.temperature import temperature_series
from ..runs import find_run
from .claims import Claim, Ours, Temperatures

SIGMAS, MANY_SIGMAS = 2.0, 3.0
"""Two numbers agree within two combined standard errors and differ beyond three."""

WEAK = 0.15
"""A comparison whose 2σ exceeds this fraction of the paper's value is marked weak."""

VERDICTS = ("reproduced", "replicated", "tension", "differs", "not shown", "not attempted")


def our_value(ours: Ours) -> Estimate | None:
    """Our number for a claim; None if a run it needs has not been reduced."""
    if ours.run is not None:
        return run_value(ours.run, ours.quantity, ours.method)
    if ours.quantity == "share":
        return _share(ours.comparison or "")
    operation, quantity = ours.quantity.split()
    if ours.temperatures is not None:
        return _exponent(ours.temperatures, quantity)
    first, second = (
        run_value(run.strip(), quantity, ours.method) for run in (ours.comparison or "").split(" : ")
    )
    if first is None or second is None:
        return None
    return ratio(first, second) if operation == "ratio" else difference(first, second)


def _share(comparison: str) -> Estimate | None:
    """Δκ_Onsager / Δκ_naive of two runs."""
    naive, onsager = (
        our_value(Ours(comparison=comparison, quantity=f"difference kappa_{name}"))
        for name in ("naive", "onsager")
    )
    if naive is None or onsager is None:
        return None
    value = onsager.value / naive.value
    error = hypot(onsager.standard_error, value * naive.standard_error) / abs(naive.value)
    return Estimate.symmetric(value, error)


def _exponent(runs: Temperatures, quantity: str) -> Estimate | None:
    series = temperature_series(runs.material, runs.model, runs.cell, quantity)
    return series.exponent() if len(series.runs) > 1 else None


def run_value(run: str, quantity: str, method: Method) -> Estimate | None:
    """A number of a run; None if the run has not been reduced.

    Raises ResultsError for a quantity that its table lacks, ValueError for a run that no sweep describes.
    """
    if not has_results(run):
        find_run(run)
        return None
    return read_results(run).get(quantity, method)


def verdict(claim: Claim) -> str:
    """One of VERDICTS."""
    ours = our_value(claim.ours) if claim.ours is not None else None
    if ours is None or claim.paper is None:
        return "not attempted"
    if claim.bound is not None:
        if abs(ours.value) + SIGMAS * ours.standard_error <= claim.bound:
            return claim.level
        return "differs" if abs(ours.value) - SIGMAS * ours.standard_error > claim.bound else "not shown"
    sigmas = abs(ours.value - claim.paper.value) / _combined_error(claim, ours)
    return claim.level if sigmas <= SIGMAS else "tension" if sigmas <= MANY_SIGMAS else "differs"


def _combined_error(claim: Claim, ours: Estimate) -> float:
    """The standard error of the difference between our number and the paper's; ValueError if it is zero."""
    sigma = hypot(ours.standard_error, claim.paper.error if claim.paper else 0.0)
    if sigma == 0.0:
        raise ValueError(f"{CLAIMS}, {claim.id}: neither number has an error, which a verdict needs")
    return sigma


def deviation(claim: Claim) -> str:
    """Deviation of our number from the paper's in per cent and in σ, and the smallest detectable one (2σ)."""
    ours = our_value(claim.ours) if claim.ours is not None else None
    if ours is None or claim.paper is None:
        return "–"
    if claim.bound is not None:
        return f"\\|·\\| + 2σ = {abs(ours.value) + SIGMAS * ours.standard_error:.2g}, bound {claim.bound:g}"
    sigma, scale = _combined_error(claim, ours), abs(claim.paper.value)
    difference_ = ours.value - claim.paper.value
    weak = ", weak" if SIGMAS * sigma > WEAK * scale else ""
    return f"{difference_ / scale:+.1%}, {difference_ / sigma:+.1f}σ; 2σ = {SIGMAS * sigma / scale:.0%}{weak}"
