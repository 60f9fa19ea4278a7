"""Reading the reduced tables of a run, for figures, claims and pages."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import Literal

from superionic.system import Array
from superionic.tables import read_columns, read_table
from superionic.transport.uncertainty import Estimate

from ..paths import REDUCED

Kind = Literal["running", "gauge", "stability", "spectrum", "msd"]
Method = Literal["spectral", "green_kubo", "cepstral", "direct"]


@dataclass(frozen=True)
class RunResults:
    """The reduced table of a run."""

    run: str
    rows: dict[tuple[str, str], tuple[float, float, str]]
    """(quantity, method) -> value, standard error, unit."""

    def get(self, quantity: str, method: Method = "spectral") -> Estimate:
        """One number; raises KeyError that names the table."""
        try:
            value, error, _ = self.rows[quantity, method]
        except KeyError:
            raise KeyError(f"{REDUCED / self.run}.csv has no {method} {quantity!r}") from None
        return Estimate.symmetric(value, error)


def has_results(run: str) -> bool:
    """Whether a run has been reduced."""
    return (REDUCED / f"{run}.csv").exists()


def read_results(run: str) -> RunResults:
    """The numbers of a run; raises FileNotFoundError where it has not been reduced."""
    rows = read_table(REDUCED / f"{run}.csv")
    return RunResults(
        run,
        {(r["quantity"], r["method"]): (float(r["value"]), float(r["error"]), r["unit"]) for r in rows},
    )


def read_curves(run: str, kind: Kind = "running") -> dict[str, Array]:
    """Columns of <run>-<kind>.csv."""
    return read_columns(REDUCED / f"{run}-{kind}.csv")


def difference(one: Estimate, other: Estimate) -> Estimate:
    """Difference of two independent numbers."""
    return Estimate.symmetric(one.value - other.value, hypot(one.standard_error, other.standard_error))
