"""Segments: immutable pieces of a run on disk. A run is the chain of its whole segments."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..conventions import Array
from ..provenance import write_atomically


class SegmentError(RuntimeError):
    """A segment that cannot be read or does not belong to this run; says what to do."""


@dataclass(frozen=True)
class Segment:
    """One segment of R replicas: its end state and what was recorded on the way.

    positions, velocities : (R, N, 3) at the end, internal units, positions unwrapped
    cell                  : (R, 3, 3) at the end
    mean_cell             : (R, 3, 3) average over the segment
    currents              : (R, n, 2 + S, 3) internal units, n = 0 where nothing is sampled
    potential_energy      : (R, n) eV, with the samples; kinetic_energy likewise
    snapshots             : (R, k, N, 3) unwrapped positions in Å
    header                : run identity, stage and index, engine, versions, units
    """

    positions: Array
    velocities: Array
    cell: Array
    mean_cell: Array
    currents: Array
    potential_energy: Array
    kinetic_energy: Array
    snapshots: Array
    header: dict[str, Any]


_ARRAYS = tuple(name for name in Segment.__dataclass_fields__ if name != "header")
_ENTRIES = {"identity", "run", "stage", "index", "engine", "device", "precision", "summary"}
_SINGLE = ("currents", "snapshots")  # bulky and thermal: single precision is far below the noise


def segment_path(folder: Path, stage: int, index: int) -> Path:
    """Where segment `index` of stage `stage` lies: stages and segments count from 0."""
    return folder / f"stage{stage}-{index:05d}.npz"


def write_segment(path: Path, segment: Segment) -> None:
    """Write under a temporary name, flush to disk, rename."""
    arrays = {
        name: getattr(segment, name).astype(np.float32 if name in _SINGLE else np.float64) for name in _ARRAYS
    }
    text = np.frombuffer(json.dumps(segment.header).encode(), dtype=np.uint8)

    def save(temporary: Path) -> None:
        with temporary.open("wb") as handle:
            np.savez(handle, header=text, **arrays)

    write_atomically(path, save)


def read_segment(
    path: Path, expected: dict[str, Any] | None = None, settings: dict[str, Any] | None = None
) -> Segment:
    """Read a segment; raises SegmentError if it is damaged or its header differs from `expected`.

    settings : `RunConfig.identity()` of the run that asks, to name what has changed
    """
    stored = _stored(path, _ARRAYS)
    header = _header(path, stored, expected, settings)
    _check_arrays(path, stored)
    return Segment(header=header, **{name: stored[name].astype(np.float64) for name in _ARRAYS})


def _check_arrays(path: Path, stored: dict[str, Any]) -> None:
    """Raise SegmentError where shapes do not belong together, or numbers are none."""
    replicas, atoms = (*np.shape(stored["positions"]), 0, 0)[:2]
    samples, currents = (*np.shape(stored["currents"]), 0, 0, 0)[1:3]
    kept = (*np.shape(stored["snapshots"]), 0, 0)[1]
    shapes = {
        "positions": (replicas, atoms, 3),
        "velocities": (replicas, atoms, 3),
        "cell": (replicas, 3, 3),
        "mean_cell": (replicas, 3, 3),
        "currents": (replicas, samples, currents, 3),
        "potential_energy": (replicas, samples),
        "kinetic_energy": (replicas, samples),
        "snapshots": (replicas, kept, atoms, 3),
    }
    for name, shape in shapes.items():
        array = stored[name]
        whole = array.shape == shape and array.dtype.kind == "f" and np.isfinite(array).all()
        if not whole or (name in ("cell", "mean_cell") and (np.abs(np.linalg.det(array)) < 1e-9).any()):
            raise SegmentError(
                f"{path}: {name} is damaged ({array.dtype} {array.shape}): delete this segment and "
                "everything after it, then run again"
            )


def read_segment_header(path: Path, expected: dict[str, Any] | None = None) -> dict[str, Any]:
    """The header alone; raises as `read_segment` does."""
    return _header(path, _stored(path, ()), expected, None)


def _stored(path: Path, arrays: tuple[str, ...]) -> dict[str, Any]:
    """Header and the arrays named, as they lie in the file."""
    try:
        with np.load(path) as stored:
            header = json.loads(stored["header"].tobytes())
            lacking = sorted(_ENTRIES - header.keys())
            if lacking:
                raise KeyError(f"its header lacks {', '.join(lacking)}")
            return {"header": header, **{name: stored[name] for name in arrays}}
    except PermissionError as error:
        raise SegmentError(f"{path}: cannot be read ({error.strerror}): mend its permissions") from None
    except (OSError, KeyError, ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise SegmentError(
            f"{path}: unreadable segment ({error}): delete it and everything after it, then run again"
        ) from None


def _header(
    path: Path, stored: dict[str, Any], expected: dict[str, Any] | None, settings: dict[str, Any] | None
) -> dict[str, Any]:
    header: dict[str, Any] = stored["header"]
    for key, value in (expected or {}).items():
        if header.get(key) != value:
            reason = f"{key} is {header.get(key)!r}, expected {value!r}"
            if key == "identity" and settings is not None and isinstance(header.get("run"), dict):
                reason = _changes(header["run"], settings)
            raise SegmentError(
                f"{path}: belongs to another run ({reason}): restore the run file, or move the old segments "
                "away and start anew"
            )
    return header


def _changes(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What differs between two run files, in words."""
    missing = object()
    changed = [
        f"{key} was {json.dumps(before.get(key))}, is {json.dumps(now.get(key))}"
        for key in {**before, **now}
        if before.get(key, missing) != now.get(key, missing)
    ]
    return "; ".join(changed) or "its material or its potential was another"


def count_segments(folder: Path, stage: int) -> int:
    """Number of whole segments of a stage; raises SegmentError if one in the middle is missing."""
    pattern = re.compile(rf"stage{stage}-(\d{{5}})\.npz")
    indices = sorted(int(m[1]) for p in folder.glob("stage*.npz") if (m := pattern.fullmatch(p.name)))
    if indices != list(range(len(indices))):
        missing = min(set(range(len(indices))) - set(indices))
        raise SegmentError(
            f"{segment_path(folder, stage, missing)} is missing though later segments exist: "
            "restore it or delete the later ones"
        )
    return len(indices)
