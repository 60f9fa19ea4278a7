"""Reading the reduced tables of a run, for figures, claims and pages."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, isfinite
from pathlib import Path
from typing import Literal

from superionic.system import Array
from superionic.tables import read_columns, read_table
from superionic.transport.uncertainty import Estimate

from ..paths import REDUCED
from .stamped_table import is_whole

Kind = Literal["running", "gauge", "stability", "spectrum", "msd"]
Method = Literal["spectral", "green_kubo", "cepstral", "direct"]

WARNING = "# WARNING: "
"""Prefix of the comment lines with warnings above a table."""


class ResultsError(ValueError):
    """A reduced table that is missing or cannot be used; the message names it and the remedy."""


class NoNumberError(ResultsError):
    """A table that lacks the requested number."""


@dataclass(frozen=True)
class RunResults:
    """The reduced table of a run."""

    run: str
    rows: dict[tuple[str, str], tuple[float, float, str]]
    """(quantity, method) -> value, standard error, unit."""
    warnings: tuple[str, ...] = ()
    """Warnings about the numbers, one line each."""

    def get(self, quantity: str, method: Method = "spectral") -> Estimate:
        """One number; raises NoNumberError that names the table."""
        value, error, _ = self.rows.get((quantity, method), (None, None, ""))
        if value is None or error is None:
            raise NoNumberError(f"{REDUCED / self.run}.csv has no {method} {quantity!r}")
        if not (isfinite(value) and isfinite(error)):
            raise NoNumberError(f"{REDUCED / self.run}.csv: {method} {quantity!r} is {value} ± {error}")
        return Estimate.symmetric(value, error)


def has_results(run: str) -> bool:
    """Whether a run has been reduced."""
    return (REDUCED / f"{run}.csv").exists()


def read_results(run: str) -> RunResults:
    """The numbers of a run. Raises ResultsError where it has not been reduced, or its table is damaged."""
    path = _whole(run, REDUCED / f"{run}.csv")
    try:
        rows = {
            (r["quantity"], r["method"]): (float(r["value"]), float(r["error"]), r["unit"])
            for r in read_table(path)
        }
    except (KeyError, TypeError, ValueError):
        raise _damaged(run, path) from None
    lines = path.read_text(encoding="utf-8").splitlines()
    return RunResults(run, rows, tuple(x.removeprefix(WARNING) for x in lines if x.startswith(WARNING)))


def read_curves(run: str, kind: Kind = "running") -> dict[str, Array]:
    """Columns of <run>-<kind>.csv. Raises ResultsError as `read_results` does."""
    path = _whole(run, REDUCED / f"{run}-{kind}.csv")
    try:
        columns = read_columns(path)
    except (TypeError, ValueError):
        raise _damaged(run, path) from None
    if not columns:
        raise _damaged(run, path)
    return columns


def read_speeds(path: Path, *others: str) -> list[dict[str, str]]:
    """Rows of a table of timings that has these columns; none for a missing file.

    Raises ResultsError for a damaged table.
    """
    try:
        rows = read_table(path) if path.exists() else []
        for row in rows:
            _ = int(row["n_atoms"]), int(row["n_replicas"]), float(row["atom_steps_per_second"])
            _ = [row[name].strip() for name in ("engine", *others)]
        if rows or not path.exists():
            return rows
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    raise ResultsError(
        f"{path} is damaged: `git checkout -- {path.name}` in its folder brings it back, `make bench` and "
        "`make gpu` measure anew"
    )


def _whole(run: str, path: Path) -> Path:
    """The path of a table after its content was checked against its first line."""
    try:
        whole = is_whole(path)
    except FileNotFoundError:
        raise ResultsError(
            f"{path} is missing: `make reduce` makes it from the flux of {run}, `make flux-{run}` that flux"
        ) from None
    if not whole:
        raise _damaged(run, path)
    return path


def _damaged(run: str, path: Path) -> ResultsError:
    return ResultsError(
        f"{path} is damaged or was edited: `make reduce` makes it anew from the flux of {run}, which "
        "`make data` brings back where it is missing"
    )


def difference(one: Estimate, other: Estimate) -> Estimate:
    """Difference of two independent numbers."""
    return Estimate.symmetric(one.value - other.value, hypot(one.standard_error, other.standard_error))
