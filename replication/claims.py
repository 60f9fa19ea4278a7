"""The paper's claims: read from claims.toml, the only place where its numbers are typed."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from superionic.config import StrictModel, load_toml

from .paths import CLAIMS


class Paper(StrictModel):
    """A published number.

    words : what the paper says where it gives no number, for the tables; value and error are our reading
    """

    value: float
    error: float = Field(ge=0)
    source: str
    words: str = ""


class Temperatures(StrictModel):
    """The runs of one potential in one cell at all temperatures there are."""

    material: str
    model: str
    cell: str


class Ours(StrictModel):
    """Where our number stands: a run's reduced table, or what `report` makes of several.

    comparison   : "<run> : <run>", quantity "ratio ...", "difference ..." or "share": by how much the
                   Onsager κ differ, as a share of what the naive ones differ by
    temperatures : quantity "exponent ...", p of a quantity that goes as T^p
    """

    run: str | None = None
    comparison: str | None = None
    temperatures: Temperatures | None = None
    quantity: str
    method: Literal["spectral", "green_kubo", "direct"] = "spectral"

    @model_validator(mode="after")
    def _one_of_three(self) -> Ours:
        if [self.run, self.comparison, self.temperatures].count(None) != 2:
            raise ValueError("give one of run, comparison and temperatures")
        return self


class Claim(StrictModel):
    """One claim.

    figure    : of the paper
    level     : "reproduced" when checked with the paper's own potential, "replicated" with our own
    bound     : of a claim that something vanishes: it holds when |value| + 2σ does not exceed this, and is
                not shown when the error is too large to tell
    short     : what the README calls it, for the few it shows
    remark    : what a reader should know; required where the claim does not hold
    """

    id: str
    figure: str
    statement: str
    unit: str
    level: Literal["reproduced", "replicated"]
    paper: Paper | None = None
    ours: Ours | None = None
    bound: float | None = Field(default=None, gt=0)
    short: str = ""
    remark: str = ""

    @model_validator(mode="after")
    def _nothing_needs_a_bound(self) -> Claim:
        if self.paper is not None and self.paper.value == 0 and self.bound is None:
            raise ValueError(f"{self.id}: a number that should vanish needs a bound")
        return self


class Claims(StrictModel):
    claims: tuple[Claim, ...]

    @model_validator(mode="after")
    def _unique(self) -> Claims:
        names = [claim.id for claim in self.claims]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"ids must be unique, twice: {', '.join(twice)}")
        return self


@cache
def load_claims() -> tuple[Claim, ...]:
    """All claims in order; raises ConfigError with every fault."""
    return load_toml(CLAIMS, Claims).claims


def paper_value(claim_id: str) -> Paper:
    """The published number of a claim, for a figure. Raises KeyError."""
    for claim in load_claims():
        if claim.id == claim_id and claim.paper is not None:
            return claim.paper
    raise KeyError(f"{CLAIMS}: no published number with id {claim_id!r}")
