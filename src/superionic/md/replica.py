"""One replica of a run before its first step, as it is given to another program."""

from __future__ import annotations

from dataclasses import dataclass

from ..conventions import Array
from ..system import System
from .config import RunConfig


@dataclass(frozen=True)
class Replica:
    """What a program's input files are written from.

    system     : one replica
    velocities : (N, 3) internal units
    seed       : of this replica, for whatever the program draws
    relax_eV_A : relax until no force exceeds this; None: start as it is
    """

    config: RunConfig
    system: System
    velocities: Array
    seed: int
    relax_eV_A: float | None
