"""From the segments of a run to its FluxSeries: joined, decimated behind an anti-alias filter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from ..md.config import RunConfig
from ..md.segments import Segment, count_segments, read_segment, segment_path
from ..system import Array, System
from ..units import BOLTZMANN_EV_PER_K
from .decimate import decimate_series
from .displacement import mean_squared_displacement
from .series import FluxError, FluxSeries

MSD_PART = 0.5
"""Longest lag of the mean squared displacement as a part of the run: beyond, too few time origins."""


def load_segments(folder: Path, config: RunConfig, identity: str) -> list[Segment]:
    """All whole segments of the sampled stage. Raises FluxError if there are none, SegmentError if
    one is damaged or belongs to another run."""
    stage = len(config.stages) - 1
    if not config.stages[stage].sample:
        raise FluxError(f"{folder}: the run file has no stage with sample = true")
    total = round(config.stages[stage].duration_ps / config.segment_ps)
    count = min(count_segments(folder, stage), total)
    if count == 0:
        raise FluxError(f"{folder}: no segment of the sampled stage yet; run `superionic md` first")
    expected = {"identity": identity, "stage": stage}
    return [read_segment(segment_path(folder, stage, i), expected | {"index": i}) for i in range(count)]


def to_series(
    segments: list[Segment], config: RunConfig, start: System, provenance: dict[str, Any]
) -> FluxSeries:
    """Join the segments of a sampled stage; currents every `config.flux_fs`, displacements per species."""
    currents = np.concatenate([segment.currents for segment in segments], axis=1)
    snapshots = np.concatenate([segment.snapshots for segment in segments], axis=1)
    kinetic = np.concatenate([segment.kinetic_energy for segment in segments], axis=1)
    atoms_of = {symbol: start.species == index for index, symbol in enumerate(start.elements)}
    present = {
        symbol: atoms for symbol, atoms in atoms_of.items() if atoms.any()
    }  # a potential may know more
    names = [ENERGY_KINETIC, ENERGY_POTENTIAL, *(mass_current(symbol) for symbol in start.elements)]
    absent = {mass_current(symbol) for symbol in atoms_of.keys() - present.keys()}
    series = FluxSeries(
        currents={name: currents[:, :, index] for index, name in enumerate(names) if name not in absent},
        dt_fs=config.sample_fs,
        volume_A3=float(np.abs(np.linalg.det(segments[0].cell)).mean()),
        temperature_K=2 * kinetic.mean(axis=1) / ((3 * start.n_atoms - 3) * BOLTZMANN_EV_PER_K),
        masses={symbol: float(start.masses[atoms][0]) for symbol, atoms in present.items()},
        counts={symbol: int(atoms.sum()) for symbol, atoms in present.items()},
        msd={symbol: _displacements(snapshots[:, :, atoms]) for symbol, atoms in present.items()},
        msd_dt_fs=config.snapshot_ps * 1000,
        provenance=provenance,
    )
    return decimate_series(series, round(config.flux_fs / config.sample_fs))


def _displacements(snapshots: Array) -> Array:
    """(R, k, atoms, 3) -> (R, lags)."""
    lags = max(1, int(snapshots.shape[1] * MSD_PART))
    return np.stack([mean_squared_displacement(replica, lags) for replica in snapshots])
