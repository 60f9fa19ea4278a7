"""From the segments of a run to its FluxSeries: joined, decimated behind an anti-alias filter.

Segments are read one after the other: only the currents in single precision and at most MOST_SNAPSHOTS
positions are held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, Array, mass_current
from ..flux.decimate import decimate_series
from ..flux.displacement import mean_squared_displacement
from ..flux.series import FluxError, FluxSeries
from ..system import System
from ..units import BOLTZMANN_EV_PER_K
from .config import RunConfig
from .guards import Review
from .segments import Segment, count_segments, read_segment, read_segment_header, segment_path

MSD_PART = 0.5
"""Longest lag of the mean squared displacement as a fraction of the run; beyond it there are too few time
origins."""

MOST_SNAPSHOTS = 4000
"""Of a longer run every other snapshot, every third ... is kept: diffusion needs no finer times."""


def load_segments(folder: Path, config: RunConfig, identity: str) -> list[Segment]:
    """All whole segments of the sampled stage, at once; see `read_segments`."""
    return list(read_segments(folder, config, identity))


def read_segments(folder: Path, config: RunConfig, identity: str) -> Iterator[Segment]:
    """The whole segments of the sampled stage, one after the other.

    Raises FluxError if there are none, SegmentError if one is damaged or belongs to another run.
    """
    return (read_segment(path, expected) for path, expected in _sampled(folder, config, identity))


def segment_headers(folder: Path, config: RunConfig, identity: str) -> list[dict[str, Any]]:
    """The headers of `read_segments`."""
    return [read_segment_header(path, expected) for path, expected in _sampled(folder, config, identity)]


def _sampled(folder: Path, config: RunConfig, identity: str) -> list[tuple[Path, dict[str, Any]]]:
    """Where the segments of the sampled stage lie, and what their headers must say."""
    stage = len(config.stages) - 1
    if not config.stages[stage].sample:
        raise FluxError(f"{folder}: the run file has no stage with sample = true")
    total = round(config.stages[stage].duration_ps / config.segment_ps)
    count = min(count_segments(folder, stage), total)
    if count == 0:
        raise FluxError(f"{folder}: no segment of the sampled stage yet; run `superionic md` first")
    return [
        (segment_path(folder, stage, index), {"identity": identity, "stage": stage, "index": index})
        for index in range(count)
    ]


def cell_volumes(folder: Path, config: RunConfig, identity: str) -> list[Array]:
    """(R,) mean volume in Å³ of every segment of the last NPT stage; of a run without one nothing."""
    stages = [number for number, stage in enumerate(config.stages) if stage.ensemble == "npt"]
    if not stages:
        return []
    expected = {"identity": identity, "stage": stages[-1]}
    count = count_segments(folder, stages[-1])
    segments = (read_segment(segment_path(folder, stages[-1], i), expected) for i in range(count))
    return [np.abs(np.linalg.det(segment.mean_cell)) for segment in segments]


def to_series(
    segments: Iterable[Segment],
    config: RunConfig,
    start: System,
    provenance: dict[str, Any],
    volumes: list[Array] | None = None,
) -> FluxSeries:
    """Join the segments of a sampled stage; currents every `config.flux_fs`, displacements per species.

    What had not settled (`md.guards.Review`, with `volumes` from `cell_volumes`) goes into the provenance.
    """
    review = Review(config, start.n_atoms, cell_volumes=volumes or [])
    every = snapshot_stride(config)
    parts, positions, seen, volume = [], [], 0, 0.0
    shape = (start.n_replicas, start.n_atoms, 2 + len(start.elements))
    for segment in segments:
        own = (*segment.positions.shape[:2], segment.currents.shape[2])
        if own != shape:
            raise FluxError(f"a segment holds {own} replicas, atoms and currents, the run has {shape}")
        parts.append(segment.currents.astype(np.float32))
        positions.append(segment.snapshots[:, -seen % every :: every].astype(np.float32))
        seen += segment.snapshots.shape[1]
        review.add(segment)
        volume = volume or float(np.abs(np.linalg.det(segment.cell)).mean())
    kinetic = np.concatenate(review.kinetic, axis=1)
    present = atoms_of_species(start)
    snapshots = np.concatenate(positions, axis=1)
    del positions
    msd = species_msd(start, snapshots)
    del snapshots
    currents: NDArray[Any] = np.concatenate(parts, axis=1)
    del parts
    names = [ENERGY_KINETIC, ENERGY_POTENTIAL, *(mass_current(symbol) for symbol in start.elements)]
    absent = {mass_current(symbol) for symbol in start.elements if symbol not in present}
    series = FluxSeries(
        currents={name: currents[:, :, index] for index, name in enumerate(names) if name not in absent},
        dt_fs=config.sample_fs,
        volume_A3=volume,
        temperature_K=2 * kinetic.mean(axis=1) / ((3 * start.n_atoms - 3) * BOLTZMANN_EV_PER_K),
        masses={symbol: float(start.masses[atoms][0]) for symbol, atoms in present.items()},
        counts={symbol: int(atoms.sum()) for symbol, atoms in present.items()},
        msd=msd,
        msd_dt_fs=config.snapshot_ps * 1000 * every,
        provenance={**provenance, "warnings": review.warnings()},
    )
    factor = round(config.flux_fs / config.sample_fs)
    return series if factor == 1 else decimate_series(series, factor)


def snapshot_stride(config: RunConfig) -> int:
    """Every how many stored snapshots the displacements use one."""
    return max(1, -(-round(config.stages[-1].duration_ps / config.snapshot_ps) // MOST_SNAPSHOTS))


def atoms_of_species(start: System) -> dict[str, NDArray[np.bool_]]:
    """Symbol → which atoms, of the species in the cell: a potential may know more."""
    members = {symbol: start.species == index for index, symbol in enumerate(start.elements)}
    return {symbol: atoms for symbol, atoms in members.items() if atoms.any()}


def species_msd(start: System, snapshots: NDArray[np.float32]) -> dict[str, Array]:
    """Mean squared displacement (R, lags) of every species, from unwrapped positions (R, k, N, 3)."""
    return {
        symbol: _displacements(snapshots[:, :, atoms]) for symbol, atoms in atoms_of_species(start).items()
    }


def _displacements(snapshots: NDArray[np.float32]) -> Array:
    """(R, k, atoms, 3) -> (R, lags)."""
    lags = max(1, int(snapshots.shape[1] * MSD_PART))
    return np.stack([mean_squared_displacement(replica, lags) for replica in snapshots])
