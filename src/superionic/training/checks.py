"""Checks of labelled frames: no test frame in the training set, positions in Å, consistent energies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..neighbors import find_edges
from ..system import System

if TYPE_CHECKING:
    from .dataset import Frame


def check_frames(frames: Sequence[Frame]) -> None:
    """Raise ValueError that names the frames: in training and test set, one structure with two energies,
    positions in other units, an outlier of the energy.
    """
    _refuse_leaks(frames)
    _refuse_moved_copies(frames)
    _refuse_other_units(frames)
    _refuse_outliers(frames)


def _fingerprint(system: System) -> bytes:
    """Fingerprint of a structure, independent of the order of its atoms and of their periodic images."""
    fractions = system.positions[0] @ np.linalg.inv(system.cell[0])
    places = np.concatenate([system.species[:, None], ((fractions.round(5) + 0.0) % 1.0).round(5)], axis=1)
    ordered = places[np.lexsort(places.T)]
    return ordered.tobytes() + (system.cell[0].round(4) + 0.0).tobytes()


def _refuse_moved_copies(frames: Sequence[Frame]) -> None:
    """Detect copies by energy and force norms, which a translation or rotation leaves unchanged."""
    sizes = [np.sort(np.linalg.norm(frame.forces, axis=1)) for frame in frames]
    tested = [number for number, frame in enumerate(frames) if frame.split == "test"]
    for number in tested:
        for other, frame in enumerate(frames):
            one = frames[number]
            if frame.split == "test" or not np.array_equal(frame.composition, one.composition):
                continue
            same = abs(frame.energy - one.energy) < 1e-6 * max(1.0, abs(one.energy))
            if (
                same
                and sizes[other].max() > 0
                and np.allclose(sizes[other], sizes[number], rtol=1e-4, atol=1e-4)
            ):
                raise ValueError(
                    f"{frame.name} ({frame.round}, train) and {one.name} ({one.round}, test) are the same "
                    "structure, moved: take one of them out"
                )


CLOSEST_A = 0.5
"""Shortest plausible distance; shorter ones mean that positions are not in Å."""


def _refuse_other_units(frames: Sequence[Frame]) -> None:
    for frame in frames:
        system = frame.system
        try:
            edges = find_edges(system.positions[0], system.cell[0], system.pbc, CLOSEST_A)
        except ValueError as error:
            raise ValueError(f"{frame.name} ({frame.round}): {error}") from None
        if len(edges.center):
            closest = float(edges.vectors.norm(dim=-1).min())
            raise ValueError(
                f"{frame.name} ({frame.round}): atoms are {closest:.2g} Å apart: give positions in Å"
            )


SAME_EV_PER_ATOM = 1e-3
"""Relative tolerance between labels of one structure, as between two runs of a calculator."""


def _refuse_leaks(frames: Sequence[Frame]) -> None:
    """Refuse test frames that are also training frames."""
    seen: dict[bytes, Frame] = {}
    for frame in frames:
        system = frame.system
        twin = seen.setdefault(_fingerprint(system), frame)
        if abs(twin.energy - frame.energy) > SAME_EV_PER_ATOM * system.n_atoms:
            raise ValueError(
                f"{twin.name} ({twin.round}) and {frame.name} ({frame.round}) are one structure with two "
                "energies: keep the right one"
            )
        if twin.split != frame.split:
            raise ValueError(
                f"{twin.name} ({twin.round}, {twin.split}) and {frame.name} ({frame.round}, {frame.split}) "
                "are the same structure: take one of them out"
            )


OUTLIER_EV_PER_ATOM = 50.0


def _refuse_outliers(frames: Sequence[Frame]) -> None:
    """Refuse an energy that no reference energies of the species explain: wrong units or a typo."""
    per_atom = np.array([frame.energy / frame.system.n_atoms for frame in frames])
    fractions = np.array([frame.composition / frame.composition.sum() for frame in frames])
    residual = np.abs(per_atom - fractions @ np.linalg.lstsq(fractions, per_atom, rcond=1e-3)[0])
    deviation = np.abs(per_atom - np.median(per_atom))
    worst = int(np.minimum(residual, deviation).argmax())
    if min(residual[worst], deviation[worst]) > OUTLIER_EV_PER_ATOM:
        raise ValueError(
            f"{frames[worst].name} ({frames[worst].round}): {per_atom[worst]:.6g} eV/atom lies far from the "
            f"other energies (median {np.median(per_atom):.6g}): look at its units"
        )
