"""What we make of a claim: our number for it, the deviation from the paper's, and a verdict in a word."""

from __future__ import annotations

from math import hypot

from superionic.transport.uncertainty import Estimate, ratio

from .claims import Claim, Ours, Temperatures
from .results import Method, difference, has_results, read_results
from .temperature import temperature_series

SIGMAS, MANY_SIGMAS = 2.0, 3.0
"""Numbers agree when they differ by less than two combined standard errors; beyond three they differ."""

WEAK = 0.15
"""Rows that could not have seen a deviation of 15 % say so."""

WORDS = ("reproduced", "replicated", "tension", "differs", "not shown", "not attempted")


def measured(ours: Ours) -> Estimate | None:
    """Our number for a claim; None where the run has not been made."""
    if ours.run is not None:
        return of_run(ours.run, ours.quantity, ours.method)
    if ours.quantity == "share":
        return _share(ours.comparison or "")
    kind, quantity = ours.quantity.split()
    if ours.temperatures is not None:
        return _exponent(ours.temperatures, kind, quantity)
    one, other = (of_run(run.strip(), quantity, ours.method) for run in (ours.comparison or "").split(" : "))
    if one is None or other is None:
        return None
    if kind == "ratio":
        return ratio(one, other)
    if kind == "difference":
        return difference(one, other)
    raise ValueError(f"comparison must be 'ratio ...' or 'difference ...', got {ours.quantity!r}")


def _share(comparison: str) -> Estimate | None:
    """Difference of the Onsager κ of two runs over that of their naive ones."""
    naive, onsager = (
        measured(Ours(comparison=comparison, quantity=f"difference kappa_{kind}"))
        for kind in ("naive", "onsager")
    )
    if naive is None or onsager is None:
        return None
    value = onsager.value / naive.value
    error = hypot(onsager.standard_error, value * naive.standard_error) / abs(naive.value)
    return Estimate.symmetric(value, error)


def _exponent(runs: Temperatures, kind: str, quantity: str) -> Estimate | None:
    if kind != "exponent":
        raise ValueError(f"of several temperatures there is 'exponent ...', not {kind!r}")
    series = temperature_series(runs.material, runs.model, runs.cell, quantity)
    return series.exponent() if len(series.runs) > 1 else None


def of_run(run: str, quantity: str, method: Method) -> Estimate | None:
    """A number of a run; None where it has not been reduced. Raises KeyError for a quantity that is none."""
    return read_results(run).get(quantity, method) if has_results(run) else None


def verdict(claim: Claim) -> str:
    """One of WORDS."""
    ours = measured(claim.ours) if claim.ours is not None else None
    if ours is None or claim.paper is None:
        return "not attempted"
    if claim.bound is not None:
        if abs(ours.value) + SIGMAS * ours.standard_error <= claim.bound:
            return claim.level
        return "differs" if abs(ours.value) - SIGMAS * ours.standard_error > claim.bound else "not shown"
    apart = abs(ours.value - claim.paper.value) / hypot(ours.standard_error, claim.paper.error)
    return claim.level if apart <= SIGMAS else "tension" if apart <= MANY_SIGMAS else "differs"


def deviation(claim: Claim) -> str:
    """How far our number is from the paper's, and what the row could have seen."""
    ours = measured(claim.ours) if claim.ours is not None else None
    if ours is None or claim.paper is None:
        return "–"
    if claim.bound is not None:
        return f"\\|·\\| + 2σ = {abs(ours.value) + SIGMAS * ours.standard_error:.2g}, bound {claim.bound:g}"
    sigma, scale = hypot(ours.standard_error, claim.paper.error), abs(claim.paper.value)
    apart = ours.value - claim.paper.value
    weak = ", weak" if SIGMAS * sigma > WEAK * scale else ""
    return f"{apart / scale:+.1%}, {apart / sigma:+.1f}σ; 2σ = {SIGMAS * sigma / scale:.0%}{weak}"
