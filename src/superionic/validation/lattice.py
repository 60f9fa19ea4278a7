"""Stability of a crystal in molecular dynamics: site displacements and integrity of molecular ions."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ..config import StrictModel
from ..system import Array


class Groups(StrictModel):
    """Molecular ions that must stay intact: `number` ligands within a distance of each centre."""

    centre: str
    ligand: str
    number: int = Field(ge=1)
    within_A: float = Field(gt=0)


def largest_site_shift(positions: Array) -> float:
    """Å, largest displacement of an atom's mean position from the first to the last tenth of a trajectory.

    positions : (k, N, 3) unwrapped

    Vibrations average out; melting or flow does not. The common motion of the atoms is subtracted, since the
    framework recoils from the mobile ions.
    """
    tenth = max(1, len(positions) // 10)
    change = positions[-tenth:].mean(axis=0) - positions[:tenth].mean(axis=0)
    return float(np.linalg.norm(change - change.mean(axis=0), axis=1).max())


def fraction_whole(positions: Array, symbols: np.ndarray, cell: Array, groups: Groups) -> float:
    """Fraction of (frame, centre) with exactly the right number of ligands; positions (k, N, 3)."""
    centres, ligands = positions[:, symbols == groups.centre], positions[:, symbols == groups.ligand]
    inverse = np.linalg.inv(cell)
    whole = []
    for centre, ligand in zip(centres, ligands, strict=True):
        displacement = (ligand[None] - centre[:, None]) @ inverse
        displacement = (displacement - np.round(displacement)) @ cell
        near = (np.linalg.norm(displacement, axis=2) < groups.within_A).sum(axis=1)
        whole.append((near == groups.number).mean())
    return float(np.mean(whole))
