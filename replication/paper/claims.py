"""The paper's claims, read from claims.toml, the only place where the paper's numbers are typed."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from superionic.config import ConfigError, StrictModel, load_toml

from ..paths import CLAIMS


class Published(StrictModel):
    """A number of the paper.

    words : the paper's statement where it gives no number, for the tables; value and error are our reading
    """

    value: float
    error: float = Field(ge=0)
    source: str
    words: str = ""


class Temperatures(StrictModel):
    """The runs of one potential in one cell at all available temperatures."""

    material: str
    model: str
    cell: str


class Ours(StrictModel):
    """How our number is computed: from one run's reduced table, or from several.

    comparison   : "<run> : <run>", with quantity "ratio ...", "difference ..." or "share", the difference of
                   the two Onsager κ divided by that of the two naive κ
    temperatures : with quantity "exponent ...", p of a quantity proportional to T^p
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
        words = self.quantity.split()
        if self.temperatures is not None and (len(words) != 2 or words[0] != "exponent"):
            raise ValueError(f"of several temperatures there is 'exponent ...', not {self.quantity!r}")
        if self.comparison is not None:
            if len(self.comparison.split(" : ")) != 2:
                raise ValueError(f"write a comparison as '<run> : <run>', not {self.comparison!r}")
            if words != ["share"] and (len(words) != 2 or words[0] not in ("ratio", "difference")):
                raise ValueError(
                    f"a comparison has a 'ratio ...', a 'difference ...' or 'share', not {self.quantity!r}"
                )
        return self


class Claim(StrictModel):
    """One claim.

    figure    : of the paper
    level     : "reproduced" when checked with the paper's own potential, "replicated" with our own
    bound     : for a claim that a quantity vanishes: it holds if |value| + 2σ ≤ bound, and is "not shown" if
                the error is too large to decide
    short     : name in the README's table; claims without one are left out there
    remark    : a note for the reader; required where the claim does not hold
    """

    id: str
    figure: str
    statement: str
    unit: str
    level: Literal["reproduced", "replicated"]
    paper: Published | None = None
    ours: Ours | None = None
    bound: float | None = Field(default=None, gt=0)
    short: str = ""
    remark: str = ""

    @model_validator(mode="after")
    def _zero_needs_a_bound(self) -> Claim:
        if self.paper is not None and self.paper.value == 0 and self.bound is None:
            raise ValueError(f"{self.id}: a number that should vanish needs a bound")
        return self


class Claims(StrictModel):
    """The file claims.toml."""

    claims: tuple[Claim, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Claims:
        names = [claim.id for claim in self.claims]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"ids must be unique, repeated: {', '.join(repeated)}")
        return self


@cache
def load_claims() -> tuple[Claim, ...]:
    """All claims in the order of the file; raises ConfigError that lists every fault."""
    return load_toml(CLAIMS, Claims).claims


def paper_value(claim_id: str) -> Published:
    """The published number of a claim, for a figure. Raises ConfigError for one that claims.toml lacks."""
    for claim in load_claims():
        if claim.id == claim_id and claim.paper is not None:
            return claim.paper
    raise ConfigError(f"{CLAIMS}: no published number with id {claim_id!r}")
