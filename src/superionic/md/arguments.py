"""The run of a command line: a run file, or a point of a sweep file, with single keys changed."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import Any

from ..config import ConfigError, read_toml, validate
from .config import RunConfig
from .inputs import RunInputs, prepare_config
from .sweep import changed, load_sweep


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="run file or sweep file (TOML)")
    parser.add_argument("--point", help="which point of a sweep file, such as A-650K-192")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one key of the run, such as replicas=4 or sample_ps=50 (its last stage); repeatable",
    )


def inputs_from(arguments: argparse.Namespace) -> RunInputs:
    """The run that the arguments name, read and checked.

    Raises ConfigError and what `prepare_config` raises.
    """
    content = _content(arguments.path, arguments.point)
    for assignment in arguments.set:
        content = changed(content, _parsed(assignment))
    config = validate(content, RunConfig, where=str(arguments.path))
    return prepare_config(config, arguments.path)


def _content(path: Path, point: str | None) -> dict[str, Any]:
    """A run file as it stands, or a point of a sweep as one."""
    raw = read_toml(path)
    if "grids" not in raw:
        if point is not None:
            raise ConfigError(f"{path} is the file of one run: leave --point out")
        return raw
    points = load_sweep(path)
    if point not in points:
        given = "is a sweep of many runs: choose one" if point is None else f"has no point {point!r}"
        raise ConfigError(f"{path} {given} with --point; there are {', '.join(points)}")
    return points[point].config.model_dump(mode="json", exclude_none=True)


def _parsed(assignment: str) -> dict[str, Any]:
    """KEY=VALUE as TOML reads it; a word that is no number, list or table is a string."""
    key, equals, value = assignment.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {assignment}: write it as KEY=VALUE, such as --set replicas=4")
    key = key.strip()
    try:
        found = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        return {key: value.strip()}
    except RecursionError:
        raise ConfigError(f"--set {assignment[:40]}...: lists or tables nested too deeply") from None
    if list(found) != ["value"]:
        raise ConfigError(f"--set {assignment!r}: one key each; give --set again for another")
    return {key: found["value"]}
