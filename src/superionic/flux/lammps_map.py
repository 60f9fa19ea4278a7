"""The column map: which columns of a table hold which current, and what a table of numbers does not say."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ..config import StrictModel
from .series import FluxError

Columns = tuple[str, str, str]

STEPS = ("Step", "TimeStep")
"""What LAMMPS calls the step column: in a log, in a fix ave/time file."""


class LammpsMap(StrictModel):
    """One TOML file for all replicas of a run.

    Of three pairs one key is given: `timestep_fs` where the table has a step column, `dt_fs` where it has
    none; `temperature_K`, or `temperature` where a column holds it; `volume_A3` or `volume` likewise.
    """

    units: Literal["metal", "real"]
    timestep_fs: float | None = Field(default=None, gt=0)
    """Time step of the run; multiplied by the difference of the step column."""
    dt_fs: float | None = Field(default=None, gt=0)
    """Time between rows of a table without a step column."""
    temperature_K: float | None = Field(default=None, gt=0)
    temperature: str | None = None
    """Column of the temperature in K, of which the mean is taken."""
    volume_A3: float | None = Field(default=None, gt=0)
    volume: str | None = None
    """Column of the volume in Å³, of which the mean is taken."""
    step: str | None = None
    """Name of the step column where it is neither "Step" nor "TimeStep"."""
    header: tuple[str, ...] | None = None
    """Names of all columns, of a table that has no line with them."""
    first_step: int | None = None
    """Rows before this step are left out, as of an equilibration with the same columns."""
    runs: Literal["all", "last"] = "all"
    """Whether all runs of a log are joined in time, or its last one is taken alone."""
    per_volume: bool = False
    """Whether the energy currents were divided by the volume before they were written."""
    energy_total: Columns
    """Total energy current J_E."""
    energy_kinetic: Columns | None = None
    """Its convective part; the potential part is the difference. Without it κ is known, its parts are not."""
    momentum: dict[str, Columns] = Field(default_factory=dict)
    """Species symbol → columns of its total momentum Σ m v."""
    velocity: dict[str, Columns] = Field(default_factory=dict)
    """Species symbol → columns of the velocity of its centre of mass, in place of the momentum."""
    masses: dict[str, float]
    counts: dict[str, int]

    @model_validator(mode="after")
    def _one_of_each_pair(self) -> LammpsMap:
        for one, other in (
            ("timestep_fs", "dt_fs"),
            ("temperature_K", "temperature"),
            ("volume_A3", "volume"),
        ):
            if (getattr(self, one) is None) == (getattr(self, other) is None):
                raise ValueError(f"give either {one} or {other}")
        without = [
            k for k in ("step", "first_step") if getattr(self, k) is not None and self.dt_fs is not None
        ]
        if without:
            raise ValueError(f"{', '.join(without)} with dt_fs: a table with steps takes timestep_fs instead")
        return self

    @property
    def steps(self) -> tuple[str, ...]:
        """Possible names of the step column; none where there is no such column."""
        if self.dt_fs is not None:
            return ()
        return STEPS if self.step is None else (self.step,)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns that are read, the step aside, in the order of their mention."""
        vectors = [
            self.energy_total,
            *([] if self.energy_kinetic is None else [self.energy_kinetic]),
            *self.momentum.values(),
            *self.velocity.values(),
        ]
        scalars = [name for name in (self.temperature, self.volume) if name is not None]
        return (*(name for vector in vectors for name in vector), *scalars)

    def refuse_contradictions(self) -> None:
        """Raise FluxError for a column with two meanings, a species with two currents or without mass and
        count, masses and counts that cannot be."""
        named = (*self.columns, *self.steps)
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise FluxError(f"the map gives {', '.join(twice)} two meanings: one column for each")
        if both := sorted(self.momentum.keys() & self.velocity.keys()):
            raise FluxError(
                f"the map gives momentum and velocity of {', '.join(both)}: one of them is enough"
            )
        wrong = [s for s in self.masses if self.masses[s] <= 0 or self.counts.get(s, 1) <= 0]
        if wrong:
            raise FluxError(f"mass and count of {', '.join(wrong)} must be positive")
        flowing = [*self.momentum, *self.velocity]
        lacking = set(flowing) - (self.masses.keys() & self.counts.keys())
        if lacking or set(self.masses) != set(self.counts) or not self.masses:
            raise FluxError(
                f"masses name {', '.join(self.masses)}, counts {', '.join(self.counts)}, momentum and "
                f"velocity {', '.join(flowing)}: give mass and count of every species of the system"
            )
