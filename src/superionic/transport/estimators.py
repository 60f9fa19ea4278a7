"""Registry of the estimators of the Onsager matrix: a new one is a file with a function and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .cepstral import cepstral
from .green_kubo import green_kubo
from .onsager import OnsagerEstimate
from .spectral import spectral


class EstimatorResult(Protocol):
    """Result of an estimator: an OnsagerEstimate and what is specific to the method."""

    @property
    def onsager(self) -> OnsagerEstimate:
        """The numbers, with the errors to quote."""

    @property
    def scalars(self) -> Mapping[str, tuple[float, float, str]]:
        """Numbers specific to this method, for a table: name → value, standard error (0 for none), unit."""

    def details(self) -> dict[str, Any]:
        """JSON-able settings and diagnostics."""

    def summary(self) -> str:
        """One-line summary of the settings."""


Estimator = Callable[..., EstimatorResult]
"""(CurrentSet, optional settings) → EstimatorResult."""

ESTIMATORS: dict[str, Estimator] = {
    "spectral": spectral,
    "cepstral": cepstral,
    "green_kubo": green_kubo,
}
"""Name → estimator: what `analyse` runs, and the names of the methods in JSON, in text and in tables."""

QUOTED = "spectral"
"""The estimator whose κ is quoted."""
