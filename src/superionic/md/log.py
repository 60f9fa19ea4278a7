"""The log of a running simulation: a line for every segment, a bar on a terminal."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Any

from tqdm import tqdm

from .config import RunConfig
from .progress import progress_line


class SegmentLog:
    """Prints the news of `simulate`, each line under the run's name. A context manager: it ends the bar."""

    def __init__(self, name: str, config: RunConfig) -> None:
        total = sum(round(stage.duration_ps / config.segment_ps) for stage in config.stages)
        self._name = name
        self._started = time.perf_counter()
        self._bar = tqdm(total=total, unit="segment", disable=not sys.stderr.isatty())

    def __call__(self, news: dict[str, Any]) -> None:
        self._bar.update()
        self._say(progress_line(news))

    def _say(self, text: str) -> None:
        seconds = time.perf_counter() - self._started
        try:
            # One write with its end of line: several runs may share a log.
            self._bar.write(f"{self._name} {seconds:8.0f} s  {text}\n", file=sys.stdout, end="")
            sys.stdout.flush()
        except (OSError, ValueError):  # full or closed: no reason to stop a simulation
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115

    def __enter__(self) -> SegmentLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._say("stopped before its end")
        self._bar.close()
