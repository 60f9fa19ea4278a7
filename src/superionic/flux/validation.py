"""What a flux series must be before anything is computed from it; every refusal names place and remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, Array

LEAST_A3, MOST_A3 = 1.0, 1e4
"""Volumes per atom."""

STANDSTILL = 50
"""So many equal numbers in a row are no motion: a column that was not computed, a file that was filled up."""

SPIKE = 1000.0
"""A current that exceeds its median magnitude so many times is no thermal one: those stay below ten."""


class FluxError(ValueError):
    """A flux series or file that cannot be used; the message names the current, replica and sample."""


def check_currents(currents: Mapping[str, Array]) -> int:
    """Both energy currents, all (R, n, 3) and thermal; returns R."""
    for name in (ENERGY_KINETIC, ENERGY_POTENTIAL):
        if name not in currents:
            held = ", ".join(currents) or "nothing"
            raise FluxError(f"current {name} is missing (the series holds {held})")
    shape = np.shape(currents[ENERGY_KINETIC])
    if len(shape) != 3 or shape[2] != 3 or shape[0] < 1 or shape[1] < 2:
        raise FluxError(f"{ENERGY_KINETIC} must be (replicas, samples >= 2, 3), got {shape}")
    for name, current in currents.items():
        if np.shape(current) != shape:
            raise FluxError(f"{name} has shape {np.shape(current)}, {ENERGY_KINETIC} has {shape}")
        _refuse_non_finite(name, current)
        _refuse_standstill(name, current)
        _refuse_spikes(name, current)
    return int(shape[0])


def check_species(species: Sequence[str], masses: Mapping[str, float], counts: Mapping[str, int]) -> None:
    """Positive mass and count of every species that has a mass current."""
    if set(masses) != set(counts):
        named = f"{', '.join(masses)} and {', '.join(counts)}"
        raise FluxError(f"masses and counts must name the same species, not {named}")
    for symbol in species:
        if symbol not in masses:
            raise FluxError(f"masses and counts must name {symbol}: its mass current is given")
        if not (np.isfinite(masses[symbol]) and masses[symbol] > 0 and counts[symbol] > 0):
            given = f"{masses[symbol]} and {counts[symbol]}"
            raise FluxError(f"mass and count of {symbol} must be positive, got {given}")


def check_numbers(dt_fs: float, per_replica: Mapping[str, float | Array], replicas: int) -> None:
    """Positive finite numbers, one or one per replica."""
    for what, value in per_replica.items():
        positive = np.isfinite(value) & (np.asarray(value) > 0)
        if np.shape(value) not in ((), (replicas,)) or not np.all(positive):
            raise FluxError(f"{what} must be one positive number or one per replica ({replicas})")
    if not 0 < dt_fs < np.inf:
        raise FluxError(f"dt_fs must be positive, got {dt_fs}")


def check_msd(msd: Mapping[str, Array], dt_fs: float | None, replicas: int) -> None:
    """(R, lags) of squares, and the time between lags."""
    if not dt_fs or not 0 < dt_fs < np.inf:
        raise FluxError("msd needs msd_dt_fs, the positive time between its lags")
    for symbol, values in msd.items():
        if np.ndim(values) != 2 or np.shape(values)[0] != replicas or np.shape(values)[1] < 1:
            raise FluxError(f"msd of {symbol} must be (replicas, lags), got {np.shape(values)}")
        _refuse_non_finite(f"msd of {symbol}", values)
        if np.min(values) < 0:
            raise FluxError(f"msd of {symbol} is negative somewhere: squares are not")


def check_volume(volume_A3: float | Array, atoms: int) -> None:
    """Å³ per atom of condensed matter: a wrong unit or the number of another cell shows here."""
    per_atom = np.min(volume_A3) / max(atoms, 1)
    if not LEAST_A3 <= per_atom <= MOST_A3:
        raise FluxError(f"a volume of {per_atom:.3g} Å³ per atom is none of a solid or a liquid")


def _refuse_non_finite(name: str, values: Array) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        first = np.argwhere(~finite)[0]
        raise FluxError(
            f"{name} holds NaN or infinity, first at replica {first[0]}, sample {first[1]}: "
            "the run broke down there; cut it before that sample or run it again"
        )


def _refuse_spikes(name: str, values: Array) -> None:
    """One row from a broken write or a lost exponent would outweigh the whole series."""
    for replica, current in enumerate(values):
        magnitudes = np.abs(current)
        median = np.median(magnitudes)
        if median > 0 and magnitudes.max() > SPIKE * median:
            sample, axis = np.unravel_index(magnitudes.argmax(), magnitudes.shape)
            where = f"replica {replica}, sample {sample} ({'xyz'[axis]})"
            ratio = f"{magnitudes.max() / median:.2g} times its median magnitude"
            raise FluxError(
                f"{name} jumps to {current[sample, axis]:.3g} at {where}, {ratio}: mend or cut that row"
            )


def _refuse_standstill(name: str, values: Array) -> None:
    """Stretches in which a current does not change along any axis; a part that is zero throughout is left out
    on purpose, as where only the total energy current is known."""
    if values.shape[1] <= STANDSTILL or not values.any():
        return
    for replica, current in enumerate(values):
        still = (np.diff(current, axis=0) == 0).all(axis=1)
        lengths = np.diff(np.flatnonzero(~still), prepend=-1, append=len(still)) - 1
        if lengths.max() >= STANDSTILL:
            start = int(np.r_[-1, np.flatnonzero(~still)][lengths.argmax()]) + 1
            stop = start + int(lengths.max())
            raise FluxError(
                f"{name} of replica {replica} does not change from sample {start} to {stop}: it was not "
                "computed there, or the file was filled up; cut it"
            )
