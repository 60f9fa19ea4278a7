"""How figures and pages show a material: the schema of its figures.toml.

Everything about one material that is not physics is set there: titles, colours, which runs are compared. All
of it is optional; the defaults serve any material.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from superionic.config import StrictModel

Marker = Literal["", "o", "s", "^", "v", "<", ">", "D", "d", "h", "H", "p", "P", "X", "*", "8"]
"""Matplotlib markers that can be filled."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8B5A2B", "#777777")
QUANTITY_COLOURS = {
    "naive": "#882255",
    "onsager": "#117733",
    "kinetic": "#332288",
    "potential": "#999933",
    "cross": "#CC6677",
}
"""Colours of quantities (P. Tol's muted scheme), none of them a colour of a model."""

MARKERS: tuple[Marker, ...] = ("o", "s", "^", "v", "D", "h", "P", "X")
"""Defaults for models without a style in figures.toml, in the order of the sweep's potentials."""


class Style(StrictModel):
    """How a model is drawn in every figure. A variant has the colour of another model and an open symbol.

    colour : "#rrggbb", which pictures and pages both understand
    marker : a marker of matplotlib that can be filled
    """

    label: str = ""
    colour: str = Field(default="", pattern="^(#[0-9a-fA-F]{6})?$")
    marker: Marker = ""
    variant_of: str = ""


class Committee(StrictModel):
    """Models compared at one temperature in one cell."""

    temperature_K: float
    cell: str
    models: tuple[str, ...] = Field(min_length=1)
    cells: str = ""
    """Explanation of the names of cells, for the small print."""


class Measured(StrictModel):
    """A range of measured conductivities, W/m/K."""

    low: float
    high: float
    from_K: float
    to_K: float
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> Measured:
        if not (0 <= self.low < self.high and 0 < self.from_K < self.to_K):
            raise ValueError("a band goes from low to high (W/m/K) and from from_K to to_K")
        return self


class Conductivity(StrictModel):
    """κ against temperature; axis limits that are not given follow the data.

    tops_W_per_mK : upper limits of the naive and of the Onsager panel
    crossing_K    : where the T^-1 line of an ordered crystal crosses the mean of the first model
    """

    cell: str
    models: tuple[str, ...] = Field(min_length=1)
    span_K: tuple[float, float] | None = None
    tops_W_per_mK: tuple[float, float] | None = None
    crossing_K: float | None = Field(default=None, gt=0)
    conditions: str = ""
    measured: Measured | None = None

    @model_validator(mode="after")
    def _axes_have_a_length(self) -> Conductivity:
        if self.span_K is not None and not 0 <= self.span_K[0] < self.span_K[1]:
            raise ValueError("span_K goes from a lower to a higher temperature")
        if self.tops_W_per_mK is not None and min(self.tops_W_per_mK) <= 0:
            raise ValueError("tops_W_per_mK are above zero")
        return self


class Criterion(StrictModel):
    """Runs of figure 5a."""

    runs: tuple[str, ...] = Field(min_length=1)
    conditions: str = ""


class Gauge(StrictModel):
    """Runs whose heat of transport is predicted from the first one.

    variants : legend of the models trained on other labels
    labels   : names of the training labels of the models and of their variants
    """

    runs: tuple[str, ...] = Field(min_length=2)
    variants: str = ""
    conditions: str = ""
    labels: tuple[str, str] | None = None


class Labels(StrictModel):
    """The pair whose distances are drawn."""

    bond: tuple[str, str]
    longest_A: float = Field(gt=0)


class Crystal(StrictModel):
    """The figure of the equation of state."""

    title: str
    measured: str
    cubic: bool = False


class Targets(StrictModel):
    """Target errors of a committee on the test frames."""

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
            if style.variant_of and self.models[style.variant_of].variant_of:
                raise ValueError(f"models.{name} is a variant of {style.variant_of!r}, which is one itself")
        return self
