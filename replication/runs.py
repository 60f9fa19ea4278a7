"""The runs of all materials, from their sweep files; a run is named `<material>/<point>`."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import get_args

from superionic.config import ConfigError, relative_to
from superionic.materials import load_material
from superionic.md.sweep import NAME, Point, load_sweep

from .paths import MATERIALS, flux_file
from .reduced.results import Kind


@cache
def _points(file: Path) -> dict[str, Point]:
    """Points of the sweep of a material's folder; they name its runs, its flux and its tables."""
    points = load_sweep(file)
    own = file.parent / "material.toml"
    if not NAME.fullmatch(file.parent.name):
        raise ConfigError(
            f"{file.parent}: name the folder of a material with letters and digits, as in li3ps4"
        )
    if relative_to(file, next(iter(points.values())).config.material) != own.resolve():
        raise ConfigError(f'{file}: material must be "material.toml", which the analysis reads, too')
    if (name := load_material(own).name) != file.parent.name:
        raise ConfigError(
            f"{own}: name is {name!r}, its folder {file.parent.name!r}: seeds are derived from it"
        )
    for kind in get_args(Kind):
        if taken := sorted(name for name in points if name.endswith(f"-{kind}")):
            raise ConfigError(
                f"{file}: {taken[0]} is the name of a table of the run that is called so without -{kind}: "
                "give cell or grid another name"
            )
    return points


def _sweep_files() -> list[Path]:
    """Every sweep.toml; raises ConfigError for one that is a link to nowhere."""
    files = sorted(folder / "sweep.toml" for folder in MATERIALS.iterdir() if folder.is_dir())
    if broken := [file for file in files if file.is_symlink() and not file.exists()]:
        raise ConfigError(f"{broken[0]}: a link that leads nowhere")
    return [file for file in files if file.exists()]


def described_runs() -> dict[str, Point]:
    """Every point of every sweep.toml, by the name of its run. Raises ConfigError."""
    return {
        f"{file.parent.name}/{name}": point
        for file in _sweep_files()
        for name, point in _points(file).items()
    }


def find_run(run: str) -> Point:
    """A run by its name; raises ValueError that suggests similar names."""
    runs = described_runs()
    if run not in runs:
        near = get_close_matches(run, runs, n=3, cutoff=0.6)
        remedy = f"did you mean {', '.join(near)}?" if near else "`make runs` lists them"
        raise ValueError(f"no sweep.toml describes the run {run!r}; {remedy}")
    return runs[run]


def repeats_of(run: str) -> list[str]:
    """The runs with other seeds whose replicas are analysed together with this one, itself included."""
    material = run.split("/")[0]
    name = find_run(run).repeat_of
    return [one for one, point in runs_of(material).items() if point.repeat_of == name]


def all_runs() -> list[str]:
    """The runs of the compendium: all but those that need a GPU and have no flux yet."""
    return sorted(name for name, run in described_runs().items() if not run.gpu or flux_file(name).exists())


def runs_of(material: str) -> dict[str, Point]:
    """The runs of one material by their names."""
    return {name: run for name, run in described_runs().items() if name.startswith(f"{material}/")}
