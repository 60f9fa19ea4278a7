"""Several series of one system as one: the replicas of all of them side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..conventions import Array
from .series import FluxError, FluxSeries


def join_replicas(parts: Sequence[FluxSeries]) -> FluxSeries:
    """The replicas of all series, cut to the length of the shortest.

    Raises FluxError that names what differs: the species, their masses or numbers, or the sampling time.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    for number, part in enumerate(parts[1:], start=2):
        for what in ("species", "masses", "counts", "dt_fs", "msd_dt_fs"):
            ours, theirs = getattr(first, what), getattr(part, what)
            if ours != theirs:
                raise FluxError(f"series 1 and {number} are not of one system: {what} {ours} and {theirs}")
        if (first.msd is None) != (part.msd is None):
            raise FluxError(f"series 1 and {number}: only one holds mean squared displacements")
    samples = min(part.n_samples for part in parts)
    return FluxSeries(
        currents={
            name: np.concatenate([part.currents[name][:, :samples] for part in parts])
            for name in first.currents
        },
        dt_fs=first.dt_fs,
        volume_A3=_of_replicas(parts, "volume_A3"),
        temperature_K=_of_replicas(parts, "temperature_K"),
        masses=first.masses,
        counts=first.counts,
        msd=None if first.msd is None else {symbol: _msd(parts, symbol) for symbol in first.msd},
        msd_dt_fs=first.msd_dt_fs,
        provenance={
            **first.provenance,
            "warnings": list(dict.fromkeys(w for part in parts for w in part.provenance.get("warnings", ()))),
            "joined": [part.provenance.get("identity") for part in parts],
        },
    )


def _of_replicas(parts: Sequence[FluxSeries], name: str) -> Array:
    """(R,) of all replicas."""
    return np.concatenate([np.broadcast_to(getattr(part, name), part.n_replicas) for part in parts])


def _msd(parts: Sequence[FluxSeries], symbol: str) -> Array:
    """(R, lags) to the fewest lags of all series."""
    found = [part.msd[symbol] for part in parts if part.msd is not None]
    lags = min(values.shape[1] for values in found)
    return np.concatenate([values[:, :lags] for values in found])
