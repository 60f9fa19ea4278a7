"""Fixtures shared by all tests, and the rule that nothing is skipped without a marker that says why."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: test processes share the cores

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from superionic.registry import fetch

ROOT = Path(__file__).parent.parent
MAY_SKIP = ("gpu", "dft", "network", "browser", "slurm", "snakemake", "lammps")
"""Markers of what a machine may lack."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skipped test without one of the markers fails: it would pass unseen where it matters."""
    report = yield
    excused = hasattr(report, "wasxfail") or any(item.get_closest_marker(name) for name in MAY_SKIP)
    if report.skipped and not excused:
        report.outcome, report.longrepr = "failed", _complaint(report.longrepr)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file that skips itself as a whole fails, too."""
    report = yield
    if report.skipped:
        report.outcome, report.longrepr = "failed", _complaint(report.longrepr)
    return report


def _complaint(skip: object) -> str:
    reason = skip[2] if isinstance(skip, tuple) else skip
    return (
        f"{reason}\nOnly tests marked {', '.join(MAY_SKIP)} may skip: mark this one, or let it run everywhere"
    )


@pytest.fixture(scope="session")
def potential_file() -> Callable[[str], Path]:
    """The path of a potential: committed ("li3ps4/A"), or one of the paper's, fetched ("li3ps4/nepA")."""
    absent: dict[str, str] = {}

    def locate(name: str) -> Path:
        committed = ROOT / f"data/potentials/{name}.txt"
        if committed.exists():
            return committed
        if name not in absent:
            try:
                return fetch(ROOT / "data/registry.txt", f"{name}.txt")
            except OSError as error:
                absent[name] = str(error)
        pytest.skip(absent[name])

    return locate
