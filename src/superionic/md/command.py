"""`superionic md RUN.toml --out FOLDER`: start or resume molecular dynamics."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..engines import engine_names
from .inputs import describe, prepare_inputs
from .progress import progress_line
from .simulate import simulate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="run file (TOML)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the segments")
    names = ", ".join(engine_names())
    parser.add_argument("--engine", default="auto", help=f"{names} (default: the fastest that works)")
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, or cuda (default: a GPU where there is one)"
    )
    parser.add_argument(
        "--mix-engines", action="store_true", help="resume from segments that another engine has made"
    )
    parser.add_argument("--threads", type=int, default=None, help="threads of the native engine")


def run(arguments: argparse.Namespace) -> int:
    inputs = prepare_inputs(arguments.path)
    prepared = inputs.bind(
        arguments.out, arguments.engine, arguments.threads, arguments.device, arguments.mix_engines
    )
    engine = prepared.engine
    print(
        f"{arguments.path}: {prepared.start.n_replicas} replicas of {describe(prepared.start)}, "
        f"engine {engine.name} ({engine.precision}, {engine.device})",
        flush=True,
    )
    total = sum(round(s.duration_ps / prepared.config.segment_ps) for s in prepared.config.stages)
    with tqdm(total=total, unit="segment", disable=not sys.stderr.isatty()) as bar:
        started = time.perf_counter()

        def report(news: dict[str, Any]) -> None:
            bar.update()
            try:
                bar.write(f"{time.perf_counter() - started:8.0f} s  {progress_line(news)}", file=sys.stdout)
                sys.stdout.flush()
            except (OSError, ValueError):  # full or closed: no reason to stop a simulation
                sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115

        simulate(prepared, report)
    return 0
