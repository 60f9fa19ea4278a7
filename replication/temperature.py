"""How a conductivity changes with temperature: runs of one potential at several temperatures, and κ ∝ T^p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .results import has_results, read_results
from .runs import runs_of


@dataclass(frozen=True)
class TemperatureSeries:
    """One quantity of one potential; arrays (runs,) in ascending order of temperature."""

    runs: tuple[str, ...]
    temperature_K: np.ndarray
    value: np.ndarray
    error: np.ndarray
    """One standard error."""

    def exponent(self) -> tuple[float, float]:
        """p of value ∝ T^p and its standard error: a line through the logarithms, weighted by their errors.

        Raises ValueError: fewer than two temperatures, or a value that is not positive.
        """
        if len(self.value) < 2 or not (self.value > 0).all():
            raise ValueError(f"no power law through {self.value} at {self.temperature_K} K")
        weight = (self.value / self.error) ** 2
        x, y = np.log(self.temperature_K), np.log(self.value)
        x = x - np.average(x, weights=weight)
        spread = float((weight * x**2).sum())
        return float((weight * x * y).sum()) / spread, spread**-0.5


def temperature_series(material: str, model: str, cell: str, quantity: str) -> TemperatureSeries:
    """The runs of a model in a cell of the sweep that have been reduced, by their spectral estimates."""
    rows = []
    for run, point in runs_of(material).items():
        if (point.model, point.cell) == (model, cell) and has_results(run):
            results = read_results(run)
            estimate = results.get(quantity)
            temperature = results.get("temperature", "direct").value
            rows.append((temperature, estimate.value, estimate.standard_error, run))
    rows.sort()
    temperatures, values, errors = (np.array([row[i] for row in rows], dtype=float) for i in range(3))
    return TemperatureSeries(tuple(row[3] for row in rows), temperatures, values, errors)
