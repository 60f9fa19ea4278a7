"""Does a crystal hold in molecular dynamics: do sites stay, do molecular ions stay whole?"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ..config import StrictModel
from ..system import Array


class Groups(StrictModel):
    """Molecular ions that must stay whole: `number` ligands within a distance of each centre."""

    centre: str
    ligand: str
    number: int = Field(ge=1)
    within_A: float = Field(gt=0)


def largest_site_shift(positions: Array) -> float:
    """Å, the farthest that the mean place of an atom over the last tenth lies from that over the first tenth.

    positions : (k, N, 3) unwrapped. Vibrations average out, a lattice that melts or flows does not. The
    atoms' common motion is taken out: the framework recoils from the ions that flow through it.
    """
    tenth = max(1, len(positions) // 10)
    change = positions[-tenth:].mean(axis=0) - positions[:tenth].mean(axis=0)
    return float(np.linalg.norm(change - change.mean(axis=0), axis=1).max())


def fraction_whole(positions: Array, symbols: np.ndarray, cell: Array, groups: Groups) -> float:
    """Fraction of (instant, centre) with exactly the right number of ligands near; positions (k, N, 3)."""
    centres, ligands = positions[:, symbols == groups.centre], positions[:, symbols == groups.ligand]
    inverse = np.linalg.inv(cell)
    whole = []
    for centre, ligand in zip(centres, ligands, strict=True):
        displacement = (ligand[None] - centre[:, None]) @ inverse
        displacement = (displacement - np.round(displacement)) @ cell
        near = (np.linalg.norm(displacement, axis=2) < groups.within_A).sum(axis=1)
        whole.append((near == groups.number).mean())
    return float(np.mean(whole))
