"""Temperature laws: Arrhenius and power-law fits, weighted by the errors of the values."""

from __future__ import annotations

import numpy as np

from ..system import Array
from ..transport.uncertainty import Estimate
from ..units import BOLTZMANN_EV_PER_K


def arrhenius(temperature_K: Array, value: Array, error: Array) -> Estimate | None:
    """Activation energy E (eV) of value = A exp(-E/kT), a weighted linear fit to ln(value).

    The error is that of the fit, scaled by the scatter of the points where it exceeds the error bars. None
    for fewer than three points.
    """
    line = arrhenius_line(temperature_K, value, error)
    if line is None:
        return None
    slope, offset, variance = line
    beta = 1.0 / (BOLTZMANN_EV_PER_K * temperature_K)
    scatter = float((((np.log(value) - slope * beta - offset) * value / error) ** 2).sum() / (len(value) - 2))
    return Estimate.symmetric(-slope, float(np.sqrt(variance * max(1.0, scatter))))


def arrhenius_line(temperature_K: Array, value: Array, error: Array) -> tuple[float, float, float] | None:
    """Slope and offset of ln(value) against 1/kT, and the variance of the slope; None below 3 points."""
    if len(value) < 3:
        return None
    beta, log = 1.0 / (BOLTZMANN_EV_PER_K * temperature_K), np.log(value)
    weight = (value / error) ** 2
    centre, middle = np.average(beta, weights=weight), np.average(log, weights=weight)
    spread = float((weight * (beta - centre) ** 2).sum())
    slope = float((weight * (beta - centre) * (log - middle)).sum()) / spread
    return slope, float(middle - slope * centre), 1.0 / spread


def power_law(temperature_K: Array, value: Array, error: Array) -> Estimate:
    """p of value ∝ T^p: a linear fit to the logarithms, weighted by their errors.

    Raises ValueError: fewer than two temperatures, or a value that is not positive.
    """
    if len(value) < 2 or not (value > 0).all():
        raise ValueError(f"no power law through {value} at {temperature_K} K")
    weight = (value / error) ** 2
    x, y = np.log(temperature_K), np.log(value)
    x = x - np.average(x, weights=weight)
    spread = float((weight * x**2).sum())
    return Estimate.symmetric(float((weight * x * y).sum()) / spread, spread**-0.5)
