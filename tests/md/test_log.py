"""Several runs in one log: every line whole, and under the name of its run."""

from __future__ import annotations

import io
import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from superionic.md.log import SegmentLog

NEWS: dict[str, Any] = {
    "stage": 0,
    "ensemble": "nvt",
    "index": 0,
    "total": 500,
    "temperature_K": 300.0,
    "pressure_GPa": 0.0,
    "volume_per_atom_A3": 20.0,
    "energy_eV_per_atom": -4.0,
    "drift_meV_per_atom": 0.01,
}
STAGES: Any = SimpleNamespace(stages=[], segment_ps=1.0)


class Unbuffered(io.StringIO):
    """As with PYTHONUNBUFFERED, which clusters and containers like to set: every write reaches the file."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes += [text] if text else []
        return len(text)


def test_a_line_is_one_write_so_that_lines_of_several_runs_do_not_mix(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdout", output := Unbuffered())
    with SegmentLog("salt/A-300K", STAGES) as log:
        log(NEWS)
        log({**NEWS, "index": 1})
    assert len(output.writes) == 2
    assert all(re.fullmatch(r"salt/A-300K +0 s  .+\n", line) for line in output.writes)


def test_a_run_that_stops_says_so_under_its_name(capsys) -> None:
    with pytest.raises(RuntimeError), SegmentLog("salt/A-300K", STAGES) as log:
        log(NEWS)
        raise RuntimeError
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and re.fullmatch(r"salt/A-300K +0 s  stopped before its end", lines[1])
