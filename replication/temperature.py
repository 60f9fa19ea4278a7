"""How a conductivity changes with temperature: runs of one potential at several temperatures, and κ ∝ T^p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .paths import all_runs
from .results import has_results, read_results


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


def temperature_series(material: str, model: str, atoms: int, quantity: str) -> TemperatureSeries:
    """The runs <material>/<model>-<T>K-<atoms> that have been reduced, by their spectral estimates."""
    runs = [
        run
        for run in all_runs()
        if run.startswith(f"{material}/{model}-") and run.endswith(f"K-{atoms}") and has_results(run)
    ]
    rows = []
    for run in runs:
        results = read_results(run)
        estimate = results.get(quantity)
        rows.append(
            (results.get("temperature", "direct").value, estimate.value, estimate.standard_error, run)
        )
    rows.sort()
    temperatures, values, errors = (np.array([row[i] for row in rows], dtype=float) for i in range(3))
    return TemperatureSeries(tuple(row[3] for row in rows), temperatures, values, errors)
