"""A material of the compendium: its folder, and how figures and pages show it.

Everything about one material that is not physics stands in its figures.toml: titles, colours, which runs are
drawn beside each other. Without that file, or a part of it, the defaults below serve any material.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from pydantic import Field, model_validator

from superionic.config import ConfigError, StrictModel, load_toml
from superionic.materials import Material, load_material
from superionic.md.sweep import Point

from .paths import MATERIALS
from .results import has_results
from .runs import runs_of

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#777777")
MARKERS = ("o", "s", "^", "v", "D", "h", "P", "X")
"""Of models that figures.toml does not describe, in the order of the sweep's potentials."""


class Style(StrictModel):
    """How a model is drawn: the same in every figure. A variant has the colour of another model, hollow."""

    label: str = ""
    colour: str = ""
    marker: str = ""
    variant_of: str = ""


class Committee(StrictModel):
    """Models beside each other at one temperature in one cell."""

    temperature_K: float
    cell: str
    models: tuple[str, ...] = Field(min_length=1)


class Measured(StrictModel):
    """A band of measured conductivities, W/m/K."""

    low: float
    high: float
    from_K: float
    to_K: float
    source: str


class Conductivity(StrictModel):
    """κ against temperature; axes are chosen by the data where they are not given.

    tops_W_per_mK : of the naive and of the Onsager panel
    crossing_K    : where the line of a crystal, T^-1, meets the mean of the first model
    """

    cell: str
    models: tuple[str, ...] = Field(min_length=1)
    span_K: tuple[float, float] | None = None
    tops_W_per_mK: tuple[float, float] | None = None
    crossing_K: float | None = None
    conditions: str = ""
    measured: Measured | None = None


class Criterion(StrictModel):
    runs: tuple[str, ...] = Field(min_length=1)
    conditions: str = ""


class Gauge(StrictModel):
    """Runs whose heat of transport is predicted from the first one; `labels` name the training labels of the
    models and of their variants."""

    runs: tuple[str, ...] = Field(min_length=2)
    variants: str = ""
    conditions: str = ""
    labels: tuple[str, str] | None = None


class Labels(StrictModel):
    bond: tuple[str, str]
    longest_A: float = Field(gt=0)


class Crystal(StrictModel):
    title: str
    measured: str
    cubic: bool = False


class Targets(StrictModel):
    """Errors on test frames that a committee should reach."""

    force_meV_per_A: float = Field(gt=0)
    energy_meV_per_atom: float = Field(gt=0)


class Presentation(StrictModel):
    """A figures.toml."""

    in_paper: bool = False
    """Whether the material belongs to the paper's figures and tables."""
    order: int = 0
    """Its place among them."""
    title: str = ""
    models: dict[str, Style] = Field(default_factory=dict)
    main: dict[str, str] = Field(default_factory=dict)
    committee: Committee | None = None
    conductivity: Conductivity | None = None
    criterion: Criterion | None = None
    gauge: Gauge | None = None
    labels: Labels | None = None
    crystal: Crystal | None = None
    targets: Targets | None = None

    @model_validator(mode="after")
    def _variants_exist(self) -> Presentation:
        for name, style in self.models.items():
            if style.variant_of and style.variant_of not in self.models:
                raise ValueError(
                    f"models.{name} is a variant of {style.variant_of!r}, which is not described"
                )
        return self


@dataclass(frozen=True)
class MaterialFolder:
    """replication/materials/<name>."""

    name: str

    @property
    def path(self) -> Path:
        return MATERIALS / self.name

    @cached_property
    def material(self) -> Material:
        return load_material(self.path / "material.toml")

    @cached_property
    def presentation(self) -> Presentation:
        """figures.toml, or the defaults. Raises ConfigError also for a run that no sweep describes."""
        file = self.path / "figures.toml"
        if not file.exists():
            return Presentation()
        found = load_toml(file, Presentation)
        runs = [
            *found.main.values(),
            *(found.criterion.runs if found.criterion else ()),
            *(found.gauge.runs if found.gauge else ()),
        ]
        if strange := sorted({run for run in runs if f"{self.name}/{run}" not in self.runs}):
            raise ConfigError(f"{file}: names {', '.join(strange)}, which its sweep.toml does not describe")
        return found

    @property
    def title(self) -> str:
        """For figures, with matplotlib's mathematics."""
        return self.presentation.title or self.material.title

    @property
    def mobile(self) -> str:
        """The first mobile species, whose site energies the gauge figures shift."""
        return self.material.mobile[0]

    @cached_property
    def runs(self) -> dict[str, Point]:
        """Full names of the runs and what they are."""
        return runs_of(self.name)

    def run(self, model: str, temperature_K: float, cell: str) -> str | None:
        """The name of a run that has been reduced."""
        wanted = (model, temperature_K, cell)
        for name, point in self.runs.items():
            if (point.model, point.temperature_K, point.cell) == wanted and has_results(name):
                return name
        return None

    def style(self, model: str) -> Style:
        """How a model is drawn."""
        described = self.presentation.models
        given = described.get(model, Style())
        base = described.get(given.variant_of, given)
        names = [name for name, style in described.items() if not style.variant_of]
        names += sorted({point.model for point in self.runs.values()} - described.keys())
        names += [] if model in names or given.variant_of else [model]
        place = names.index(given.variant_of or model)
        return Style(
            label=given.label or base.label or f"model {model}",
            colour=base.colour or COLOURS[place % len(COLOURS)],
            marker=base.marker or MARKERS[place % len(MARKERS)],
            variant_of=given.variant_of,
        )

    def committee(self) -> Committee | None:
        """As described, or the temperature and cell that most models have been run at; None without runs."""
        if self.presentation.committee is not None:
            return self.presentation.committee
        reduced = [point for name, point in self.runs.items() if has_results(name)]
        if not reduced:
            return None
        ((temperature, cell), _), *_ = Counter((p.temperature_K, p.cell) for p in reduced).most_common(1)
        models = [p.model for p in reduced if (p.temperature_K, p.cell) == (temperature, cell)]
        return Committee(temperature_K=temperature, cell=cell, models=tuple(dict.fromkeys(models)))

    def conductivity(self) -> Conductivity | None:
        """As described, or the cell with most runs and the models with two temperatures or more in it."""
        if self.presentation.conductivity is not None:
            return self.presentation.conductivity
        reduced = [point for name, point in self.runs.items() if has_results(name)]
        count = Counter((point.cell, point.model) for point in reduced)
        several = [key for key, number in count.items() if number > 1]
        if not several:
            return None
        cell = max(several, key=lambda key: count[key])[0]
        return Conductivity(cell=cell, models=tuple(model for place, model in several if place == cell))


@cache
def all_materials() -> tuple[MaterialFolder, ...]:
    """Every folder of replication/materials, the paper's first."""
    found = [MaterialFolder(path.parent.name) for path in MATERIALS.glob("*/material.toml")]
    return tuple(
        sorted(found, key=lambda one: (not one.presentation.in_paper, one.presentation.order, one.name))
    )


def paper_materials() -> tuple[MaterialFolder, ...]:
    """Those of the paper's figures and tables."""
    return tuple(one for one in all_materials() if one.presentation.in_paper)
