"""What a potential may have that not every engine evaluates: one list, one error."""

from __future__ import annotations

from collections.abc import Callable

from ..nep.shape import NEPShape
from .base import EngineUnavailable

FEATURES: dict[str, Callable[[NEPShape], bool]] = {
    "3-body rows beyond l = 4": lambda shape: shape.l_max[0] > 4,
    "4-body rows beyond q_222": lambda shape: bool(shape.coupled_rows),
    "cutoffs of each pair of species": lambda shape: shape.has_pair_cutoffs,
    "typewise ZBL": lambda shape: shape.zbl_factor is not None,
    "flexible ZBL": lambda shape: shape.zbl_flexible,
}
"""Name -> whether a potential has it. The torch engine evaluates them all."""


class PotentialNotCovered(EngineUnavailable, ValueError):
    """A potential with something that the engine does not evaluate; `engine="auto"` takes another."""


def refuse_uncovered(engine: str, shape: NEPShape, covered: frozenset[str] = frozenset()) -> None:
    """Raise PotentialNotCovered if the potential has any of `FEATURES` but those that the engine covers."""
    missing = [name for name, has in FEATURES.items() if name not in covered and has(shape)]
    if missing:
        raise PotentialNotCovered(
            f"the potential has {' and '.join(missing)}, outside the {engine} engine: use engine='torch'"
        )
