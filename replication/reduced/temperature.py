"""A quantity against temperature: runs of one potential in one cell, and the exponent p of κ ∝ T^p."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superionic.transport.uncertainty import Estimate
from superionic.validation.fits import power_law

from ..runs import runs_of
from .results import Method, has_results, read_results


@dataclass(frozen=True)
class TemperatureSeries:
    """One quantity of one potential; arrays (runs,) in ascending order of temperature."""

    runs: tuple[str, ...]
    temperature_K: np.ndarray
    value: np.ndarray
    error: np.ndarray
    """One standard error."""

    def exponent(self) -> Estimate:
        """p of value ∝ T^p; raises ValueError from fewer than two temperatures."""
        return power_law(self.temperature_K, self.value, self.error)


def temperature_series(
    material: str, model: str, cell: str, quantity: str, method: Method = "spectral"
) -> TemperatureSeries:
    """The reduced runs of a model in a cell of the sweep.

    Raises ValueError if no sweep describes one.
    """
    described = [point for point in runs_of(material).values() if (point.model, point.cell) == (model, cell)]
    if not described:
        raise ValueError(
            f"no sweep.toml describes runs of {material} with the model {model!r} in cell {cell!r}"
        )
    rows = []
    for run, point in runs_of(material).items():
        if (point.model, point.cell) == (model, cell) and has_results(run):
            results = read_results(run)
            estimate = results.get(quantity, method)
            temperature = results.get("temperature", "direct").value
            rows.append((temperature, estimate.value, estimate.standard_error, run))
    rows.sort()
    temperatures, values, errors = (np.array([row[i] for row in rows], dtype=float) for i in range(3))
    return TemperatureSeries(tuple(row[3] for row in rows), temperatures, values, errors)
