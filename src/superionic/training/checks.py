"""Are labelled frames what a training takes them for? No leak into the test, places in Å, energies alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..neighbors import find_edges
from ..system import System

if TYPE_CHECKING:
    from .dataset import Frame


def check_frames(frames: Sequence[Frame]) -> None:
    """Raise ValueError that names the frames: a structure to train on and to test with, two energies of one
    structure, places in other units, an energy far from all others."""
    _refuse_leaks(frames)
    _refuse_moved_copies(frames)
    _refuse_other_units(frames)
    _refuse_outliers(frames)


def _fingerprint(system: System) -> bytes:
    """The same for the same structure, whatever the order of its atoms and the images they stand in."""
    fractions = system.positions[0] @ np.linalg.inv(system.cell[0])
    places = np.concatenate([system.species[:, None], ((fractions.round(5) + 0.0) % 1.0).round(5)], axis=1)
    ordered = places[np.lexsort(places.T)]
    return ordered.tobytes() + (system.cell[0].round(4) + 0.0).tobytes()


def _refuse_moved_copies(frames: Sequence[Frame]) -> None:
    """A structure that was moved or rotated has other positions, but the same energy and force norms."""
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
"""Nearer than this no nuclei come: positions in other units than Å do."""


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
"""Labels of one structure may differ by so much, as two runs of a calculator do."""


def _refuse_leaks(frames: Sequence[Frame]) -> None:
    """A test frame that is trained on, too, makes the test worthless."""
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
    """An energy that no constant per species explains is a slip of units or of a digit."""
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
