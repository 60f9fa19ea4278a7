"""Molecular dynamics segment by segment until a deadline; then the flux of the finished segments."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from superionic.md.inputs import RunInputs, prepare_config
from superionic.md.pipeline import describe_packed, pack_into
from superionic.md.progress import progress_line
from superionic.md.simulate import simulate
from superionic.provenance import write_text_atomically

from ..runs import find_run


class _TimeIsUp(Exception):
    pass


class _Watch:
    """Prints every segment, and stops the run when the next one would miss the deadline."""

    def __init__(self, name: str, deadline: float) -> None:
        self.name, self.deadline = name, deadline
        self.started = self.last = time.monotonic()
        self.longest, self.segments = 0.0, 0

    def __call__(self, news: dict[str, Any]) -> None:
        now = time.monotonic()
        self.longest, self.last = max(self.longest, now - self.last), now
        self.segments += 1
        print(f"{self.name}: {now - self.started:6.1f} s  {progress_line(news)}", flush=True)
        if now + 1.2 * self.longest > self.deadline:
            raise _TimeIsUp


def run(folder: Path, runs: list[str], deadline: float) -> None:
    """Resume the runs one after the other until `deadline` (time.monotonic); pack the flux of each."""
    for name in runs:
        if time.monotonic() > deadline:
            return
        point = find_run(name)
        inputs = prepare_config(point.config, point.file)
        bound = inputs.bind(folder / "runs" / name / "segments", "cuda")
        watch = _Watch(name, deadline)
        try:
            simulate(bound, watch)
        except _TimeIsUp:
            print(f"{name}: time limit reached, finished segments are kept", flush=True)
        note = {
            "run": name,
            "segments_this_time": watch.segments,
            "seconds_this_time": round(time.monotonic() - watch.started, 1),
            "device": bound.engine.device,
        }
        write_text_atomically(folder / "runs" / name / "last.json", json.dumps(note, indent=1) + "\n")
        pack(folder / "runs" / name, inputs)


def pack(folder: Path, inputs: RunInputs) -> None:
    """Write the flux of the finished segments of a run, if its sampled stage has begun."""
    last = len(inputs.config.stages) - 1
    if any((folder / "segments").glob(f"stage{last}-*.npz")):
        series = pack_into(inputs, folder / "segments", folder / "flux.npz")
        if series is not None:
            print(describe_packed(folder / "flux.npz", series), flush=True)
