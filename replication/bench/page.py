"""Markdown table of the CPU benchmarks in docs/benchmarks.md."""

from __future__ import annotations

from pathlib import Path

from superionic.tables import markdown_table

from ..reduced.results import read_speeds
from .systems import SYSTEMS

REFERENCE = "calorine CPUNEP"


def bench_lines() -> list[str]:
    """Rows: engine, size, and for each potential the speed, in parentheses relative to calorine's.

    Only sizes at which calorine was timed too, out of the series in the number of atoms.
    """
    speeds = {system.title: _speeds(system.csv) for system in SYSTEMS if system.csv.exists()}
    if not speeds:
        return []
    rows = []
    for engine, atoms in next(iter(speeds.values())):
        cells = []
        for by_case in speeds.values():
            speed, reference = by_case.get((engine, atoms)), by_case.get((REFERENCE, atoms))
            ratio = f" ({speed / reference:.3g})" if speed and reference else ""
            cells.append(f"{speed / 1000:.4g}{ratio}" if speed else "–")
        rows.append([engine, atoms, *cells])
    return markdown_table(["Engine", "Atoms", *speeds], rows)


def _speeds(path: Path) -> dict[tuple[str, str], float]:
    """Atom-steps per second of one replica, by engine and number of atoms."""
    rows = [row for row in read_speeds(path) if row["n_replicas"] == "1"]
    sizes = {row["n_atoms"] for row in rows if row["engine"] == REFERENCE} or {row["n_atoms"] for row in rows}
    return {
        (row["engine"], row["n_atoms"]): float(row["atom_steps_per_second"])
        for row in rows
        if row["n_atoms"] in sizes
    }
