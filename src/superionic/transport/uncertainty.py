"""Standard errors: jackknife, intervals, and the trajectory length for a target error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import floor, inf, isfinite, log10
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

from ..conventions import Array
from ..flux.series import FluxError

ONE_SIGMA = 0.682689492137086

ENOUGH_REPLICAS = 8
"""Fewest replicas for a jackknife: with fewer the error bar is itself uncertain by more than 25 %."""


@dataclass(frozen=True, repr=False)
class Estimate:
    """A number with its standard error and its 68.3 % and 95 % intervals.

    As text: 0.455(14), the standard error in units of the last digits.
    """

    value: float
    standard_error: float
    interval_68: tuple[float, float]
    interval_95: tuple[float, float]

    @classmethod
    def symmetric(cls, value: float, standard_error: float, dof: float = np.inf) -> Estimate:
        """Student's t intervals with `dof` degrees of freedom (normal when infinite)."""
        narrow, wide = (standard_error * quantile(level, dof) for level in (ONE_SIGMA, 0.95))
        return cls(value, standard_error, (value - narrow, value + narrow), (value - wide, value + wide))

    @classmethod
    def log_normal(cls, value: float, relative_error: float, dof: float = np.inf) -> Estimate:
        """A positive quantity whose logarithm is normal with this standard deviation."""
        narrow, wide = (np.exp(relative_error * quantile(level, dof)) for level in (ONE_SIGMA, 0.95))
        return cls(
            value,
            value * relative_error,
            (value / float(narrow), value * float(narrow)),
            (value / float(wide), value * float(wide)),
        )

    def widened(self, standard_error: float) -> Estimate:
        """With this standard error, and proportionally longer intervals, if it is larger than its own."""
        if not standard_error > self.standard_error or self.standard_error == 0:
            return self
        factor = standard_error / self.standard_error
        narrow, wide = (
            (self.value - factor * (self.value - low), self.value + factor * (high - self.value))
            for low, high in (self.interval_68, self.interval_95)
        )
        return Estimate(self.value, standard_error, narrow, wide)

    def scaled(self, factor: float) -> Estimate:
        """The same quantity in a unit smaller by `factor`; factor > 0."""
        narrow, wide = ((low * factor, high * factor) for low, high in (self.interval_68, self.interval_95))
        return Estimate(self.value * factor, self.standard_error * factor, narrow, wide)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "value": self.value,
            "standard_error": self.standard_error,
            "interval_68": list(self.interval_68),
            "interval_95": list(self.interval_95),
        }

    def __str__(self) -> str:
        return formatted(self.value, self.standard_error)

    def __repr__(self) -> str:
        low, high = self.interval_95
        return f"<Estimate {self}, 95 % within {low:.4g} to {high:.4g}>"


def ratio(one: Estimate, other: Estimate) -> Estimate:
    """Ratio of two independent numbers."""
    value = one.value / other.value
    relative = float(np.hypot(one.standard_error / one.value, other.standard_error / other.value))
    return Estimate.symmetric(value, abs(value) * relative)


def formatted(value: float, error: float) -> str:
    """'0.533(13)', '8.82(69)e-9': the error in units of the last digits shown."""
    if not (isfinite(value) and 0 < error < inf):
        return f"{value:.4g}"
    power = floor(log10(max(abs(value), error)))
    scale = power if abs(power) > 3 else 0
    mantissa, uncertainty = value / 10**scale, error / 10**scale
    digits = max(0, 1 - floor(log10(uncertainty)))
    shown = round(uncertainty * 10**digits)
    if shown == 100 and digits > 0:  # 0.0998 is 0.10
        digits, shown = digits - 1, 10
    text = f"{mantissa:.{digits}f}({shown})"
    return f"{text}e{scale}" if scale else text


@cache
def quantile(level: float, dof: float) -> float:
    """Half-width, in standard errors, of the central interval of Student's t with this probability."""
    upper = 0.5 + level / 2
    return float(ndtri(upper) if np.isinf(dof) else stdtrit(dof, upper))


def jackknife(function: Callable[[Array], Array], units: Array) -> tuple[Array, Array]:
    """Value and standard error of `function(mean over units)`, by leaving out one unit at a time.

    θ = U θ(all) - (U-1) mean θ_(-u)          (removes the 1/U bias of ratios)
    s² = (U-1)/U Σ_u (θ_(-u) - mean θ_(-u))²  (Efron and Tibshirani, chapter 11)

    function : maps a mean over units, shape units.shape[1:], to an array
    units    : (U, ...), independent and equally weighted

    Raises FluxError with fewer than two units.
    """
    n_units = len(units)
    if n_units < 2:
        raise FluxError("a jackknife needs at least two units: give more replicas or a longer series")
    total = units.sum(axis=0)
    without = np.stack([function((total - unit) / (n_units - 1)) for unit in units])
    centre = without.mean(axis=0)
    value = n_units * function(total / n_units) - (n_units - 1) * centre
    error = np.sqrt((n_units - 1) / n_units * np.sum((without - centre) ** 2, axis=0))
    return value, error


def jackknife_estimate(function: Callable[[Array], Array], units: Array) -> Estimate:
    """`jackknife` of a single number, with Student's t intervals of U-1 degrees of freedom."""
    value, error = jackknife(function, units)
    return Estimate.symmetric(float(value), float(error), dof=len(units) - 1)


def planned_duration_ps(estimate: Estimate, total_ps: float, relative_error: float) -> float:
    """Total trajectory length (over all replicas) for a target relative error.

    The error of a time average falls as 1/sqrt(length): T = T₀ (s / (θ ε))².
    """
    if not relative_error > 0:
        raise FluxError(f"the wanted relative error must be positive, got {relative_error}")
    return total_ps * (estimate.standard_error / (abs(estimate.value) * relative_error)) ** 2
