"""The sweep file: one TOML describes every run of a material, models x temperatures in one or more cells.

A point of a sweep is a run file without a file: `load_sweep(path)["A-650K-192"].config`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from ..config import ConfigError, StrictModel, load_toml, relative_to, validate
from ..materials import load_material
from .config import PotentialSource, RunConfig

SEEDS = 1_000_000

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
"""Of a point: it names folders, tables and targets of make."""

OF_THE_GRID = ("material", "potential", "temperature_K")
"""Keys of a run file that only the sweep and its grids say: a point is named after them."""


class Grid(StrictModel):
    """Every model at every temperature in one cell.

    name    : of a point, with {model}, {temperature} (K) and {cell}
    seed    : of all points; where it is left out each has its own, derived from its name
    changes : keys of the run file in which these runs differ from others in the cell
    repeats : how often each is run, with a seed of its own: NAME, NAME.2, NAME.3 ... side by side; the
              analysis takes the replicas of all of them together
    gpu     : whether these runs want a GPU: `make gpu` makes them, `make flux` leaves them out
    """

    models: tuple[str, ...] = Field(min_length=1)
    temperatures_K: tuple[float, ...] = Field(min_length=1)
    cell: str
    name: str = "{model}-{temperature}K-{cell}"
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    changes: dict[str, Any] = Field(default_factory=dict)
    repeats: int = Field(default=1, ge=1, le=1000)
    gpu: bool = False


class Sweep(StrictModel):
    """A sweep file; paths are relative to it.

    potentials : model -> nep.txt
    cells      : name -> what the runs in this cell have in common: keys of a run file (RunConfig)
    points     : name of a point -> keys that differ; `sample_ps` is the length of its last stage
    """

    material: str
    potentials: dict[str, PotentialSource] = Field(min_length=1)
    cells: dict[str, dict[str, Any]] = Field(min_length=1)
    grids: tuple[Grid, ...] = Field(min_length=1)
    points: dict[str, dict[str, Any]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Point:
    """One run of a sweep.

    repeat_of : name of the point whose replicas it adds to; its own unless it is a repeat
    file      : what its paths are relative to
    """

    name: str
    model: str
    cell: str
    temperature_K: float
    gpu: bool
    config: RunConfig
    file: Path
    repeat_of: str


def load_sweep(path: Path) -> dict[str, Point]:
    """The points of a sweep file by name, in the order of its grids.

    Raises ConfigError: a model or cell that is not described, a name that two points share or that cannot
    name a folder, a change of a point that no grid has or of what its name says, and all that a run file may
    have wrong.
    """
    sweep = load_toml(path, Sweep)
    _refuse_changes_of_the_grid(path, sweep)
    material = load_material(relative_to(path, sweep.material)).name
    points: dict[str, Point] = {}
    for grid in sweep.grids:
        for point in _points(path, sweep, grid, material):
            if point.name in points:
                raise ConfigError(f"{path}: two points are called {point.name!r}: give one grid a `name`")
            points[point.name] = point
    if strange := sorted(sweep.points.keys() - points.keys()):
        raise ConfigError(
            f"{path}: points names {', '.join(strange)}, which no grid has; there are {', '.join(points)}"
        )
    return points


def _refuse_changes_of_the_grid(path: Path, sweep: Sweep) -> None:
    for where, changes in (
        *((f"cells.{name}", keys) for name, keys in sweep.cells.items()),
        *((f"changes of grid {number}", grid.changes) for number, grid in enumerate(sweep.grids, start=1)),
        *((f"points.{name}", keys) for name, keys in sweep.points.items()),
    ):
        if fixed := sorted(changes.keys() & set(OF_THE_GRID)):
            raise ConfigError(
                f"{path}: {where} may not change {', '.join(fixed)}: points are named after model and "
                "temperature; make a grid or a potential of its own"
            )


def _points(path: Path, sweep: Sweep, grid: Grid, material: str) -> Iterator[Point]:
    for what, name, known in (
        *(("model", model, list(sweep.potentials)) for model in grid.models),
        ("cell", grid.cell, list(sweep.cells)),
    ):
        if name not in known:
            raise ConfigError(f"{path}: grids names the {what} {name!r}; described are {', '.join(known)}")
    for model in grid.models:
        for temperature in grid.temperatures_K:
            try:
                name = grid.name.format(model=model, temperature=f"{temperature:g}", cell=grid.cell)
            except (KeyError, IndexError, ValueError, AttributeError, TypeError):
                raise ConfigError(
                    f"{path}: a grid's name {grid.name!r} may hold {{model}}, {{temperature}} and {{cell}}"
                ) from None
            if not NAME.fullmatch(name):
                raise ConfigError(
                    f"{path}: a point would be called {name[:100]!r}: name models, cells and grids with "
                    "letters, digits and . _ + -, up to 100, a letter or digit first"
                )
            content = {
                "material": sweep.material,
                "potential": sweep.potentials[model].model_dump(exclude_none=True),
                "temperature_K": temperature,
                "seed": derived_seed(f"{material}/{name}") if grid.seed is None else grid.seed,
                **sweep.cells[grid.cell],
            }
            content = changed(changed(content, grid.changes), sweep.points.get(name, {}))
            for repeat in range(1, grid.repeats + 1):
                own = name if repeat == 1 else f"{name}.{repeat}"
                if repeat > 1:
                    content["seed"] = derived_seed(f"{material}/{own}")
                config = validate(content, RunConfig, f"{path}, point {own}")
                yield Point(own, model, grid.cell, config.temperature_K, grid.gpu, config, path, name)


def changed(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The content of a run file with some keys replaced; `sample_ps` is the length of the last stage."""
    replaced = {**content, **{key: value for key, value in changes.items() if key != "sample_ps"}}
    stages = replaced.get("stages")
    if "sample_ps" in changes and isinstance(stages, list) and stages and isinstance(stages[-1], dict):
        replaced["stages"] = [*stages[:-1], {**stages[-1], "duration_ps": changes["sample_ps"]}]
    return replaced  # stages that are none are refused when the content is validated


def derived_seed(name: str) -> int:
    """A seed that belongs to a name."""
    return zlib.crc32(name.encode()) % SEEDS
