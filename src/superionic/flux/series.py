"""FluxSeries: the currents of R replicas of one system, and the compact file they travel in.

The file is an uncompressed-key `.npz`: one JSON header (units, shapes, provenance) and, per current,
int16 counts with one scale per replica, or float32. Equal series give equal bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..config import ConfigError
from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from ..provenance import header, write_atomically
from .header import FORMAT, UNITS, FluxHeader, check_header

Array = NDArray[np.float64]

_FULL_SCALE = 32767


class FluxError(ValueError):
    """A flux series or file that cannot be used; the message names the current, replica and sample."""


@dataclass(frozen=True, repr=False)
class FluxSeries:
    """Currents of R replicas, n samples each, in internal units (extensive: sums over atoms).

    currents      : name -> (R, n, 3); energy_kinetic, energy_potential, mass_<symbol> (see conventions)
    dt_fs         : time between samples
    volume_A3     : mean cell volume, one number or (R,)
    temperature_K : mean temperature, one number or (R,)
    masses        : symbol -> u, for every species with a mass current
    counts        : symbol -> number of atoms in one replica
    msd           : symbol -> (R, lags) mean squared displacement in Å², lag k at k·msd_dt_fs; or None
    provenance    : header of the product the series came from

    Raises FluxError for wrong shapes, missing energy currents, NaN or infinity, unphysical numbers.
    """

    currents: Mapping[str, Array]
    dt_fs: float
    volume_A3: float | Array
    temperature_K: float | Array
    masses: Mapping[str, float]
    counts: Mapping[str, int]
    msd: Mapping[str, Array] | None = None
    msd_dt_fs: float | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (ENERGY_KINETIC, ENERGY_POTENTIAL):
            if name not in self.currents:
                held = ", ".join(self.currents) or "nothing"
                raise FluxError(f"current {name} is missing (the series holds {held})")
        shape = np.shape(self.currents[ENERGY_KINETIC])
        if len(shape) != 3 or shape[2] != 3 or shape[0] < 1 or shape[1] < 2:
            raise FluxError(f"{ENERGY_KINETIC} must be (replicas, samples >= 2, 3), got {shape}")
        for name, current in self.currents.items():
            if np.shape(current) != shape:
                raise FluxError(f"{name} has shape {np.shape(current)}, {ENERGY_KINETIC} has {shape}")
            _refuse_non_finite(name, current)
            _refuse_standstill(name, current)
            _refuse_spikes(name, current)
        if set(self.masses) != set(self.counts):
            named = f"{', '.join(self.masses)} and {', '.join(self.counts)}"
            raise FluxError(f"masses and counts must name the same species, not {named}")
        for symbol in self.species:
            if symbol not in self.masses or symbol not in self.counts:
                raise FluxError(f"masses and counts must name {symbol}: its mass current is given")
            if not (np.isfinite(self.masses[symbol]) and self.masses[symbol] > 0 and self.counts[symbol] > 0):
                given = f"{self.masses[symbol]} and {self.counts[symbol]}"
                raise FluxError(f"mass and count of {symbol} must be positive, got {given}")
        for what, value in (("volume_A3", self.volume_A3), ("temperature_K", self.temperature_K)):
            positive = np.isfinite(value) & (np.asarray(value) > 0)
            if np.shape(value) not in ((), (shape[0],)) or not np.all(positive):
                raise FluxError(f"{what} must be one positive number or one per replica ({shape[0]})")
        if not 0 < self.dt_fs < np.inf:
            raise FluxError(f"dt_fs must be positive, got {self.dt_fs}")
        if self.msd is not None:
            if not self.msd_dt_fs or not 0 < self.msd_dt_fs < np.inf:
                raise FluxError("msd needs msd_dt_fs, the positive time between its lags")
            for symbol, values in self.msd.items():
                if np.ndim(values) != 2 or np.shape(values)[0] != shape[0] or np.shape(values)[1] < 1:
                    raise FluxError(f"msd of {symbol} must be (replicas, lags), got {np.shape(values)}")
                _refuse_non_finite(f"msd of {symbol}", values)
                if np.min(values) < 0:
                    raise FluxError(f"msd of {symbol} is negative somewhere: squares are not")
        per_atom = np.min(self.volume_A3) / max(sum(self.counts.values()), 1)
        if not LEAST_A3 <= per_atom <= MOST_A3:
            raise FluxError(f"a volume of {per_atom:.3g} Å³ per atom is none of a solid or a liquid")

    @property
    def n_replicas(self) -> int:
        return int(self.currents[ENERGY_KINETIC].shape[0])

    @property
    def n_samples(self) -> int:
        return int(self.currents[ENERGY_KINETIC].shape[1])

    @property
    def duration_ps(self) -> float:
        """Length of one replica."""
        return self.n_samples * self.dt_fs * 1e-3

    @property
    def species(self) -> tuple[str, ...]:
        """Symbols with a mass current, in the order of `currents`."""
        prefix = mass_current("")
        return tuple(name.removeprefix(prefix) for name in self.currents if name.startswith(prefix))

    @cached_property
    def largest_msd_A2(self) -> dict[str, float]:
        """Largest mean squared displacement of each species, over lags and replicas."""
        return {symbol: float(np.max(values)) for symbol, values in (self.msd or {}).items()}

    def __repr__(self) -> str:
        return (
            f"<FluxSeries of {', '.join(self.species) or 'no species'}: {self.n_replicas} x "
            f"{self.duration_ps:.4g} ps every {self.dt_fs:g} fs, {np.mean(self.temperature_K):.4g} K, "
            f"{np.mean(self.volume_A3):.4g} Å³, {sum(self.counts.values())} atoms>"
        )

    @property
    def energy_current(self) -> Array:
        """(R, n, 3) total energy current, kinetic plus potential."""
        return self.currents[ENERGY_KINETIC] + self.currents[ENERGY_POTENTIAL]


def _refuse_non_finite(name: str, values: Array) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        first = np.argwhere(~finite)[0]
        raise FluxError(
            f"{name} holds NaN or infinity, first at replica {first[0]}, sample {first[1]}: "
            "the run broke down there; cut it before that sample or run it again"
        )


LEAST_A3, MOST_A3 = 1.0, 1e4
"""Volumes per atom."""

STANDSTILL = 50
"""So many equal numbers in a row are no motion: a column that was not computed, a file that was filled up."""

SPIKE = 1000.0
"""A current that exceeds its median magnitude so many times is no thermal one: those stay below ten."""


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


def write_flux(
    path: str | Path, series: FluxSeries, storage: Literal["int16", "float32"] = "int16"
) -> dict[str, float]:
    """Write `series` atomically and return, per current, rms rounding error / rms current.

    int16 keeps 2 bytes per number: the rounding is white noise of variance scale²/12, about 5e-5 of the
    thermal rms. float32 keeps 4 bytes at 3e-8.
    """
    arrays: dict[str, NDArray[Any]] = {}
    rounding: dict[str, float] = {}
    for name, current in series.currents.items():
        stored, scale = _quantise(np.asarray(current, float), storage)
        arrays[f"current/{name}"] = stored
        arrays[f"scale/{name}"] = scale
        error = stored * scale[:, None, None] - current
        rms = float(np.sqrt(np.mean(np.square(current))))
        rounding[name] = float(np.sqrt(np.mean(np.square(error)))) / rms if rms else 0.0
    for symbol, values in (series.msd or {}).items():
        arrays[f"msd/{symbol}"] = np.asarray(values, np.float32)
    entries = header(
        format=FORMAT,
        storage=storage,
        units=UNITS,
        shape=[series.n_replicas, series.n_samples, 3],
        currents=list(series.currents),
        rounding_over_rms=rounding,
        dt_fs=series.dt_fs,
        volume_A3=np.asarray(series.volume_A3).tolist(),
        temperature_K=np.asarray(series.temperature_K).tolist(),
        masses=dict(series.masses),
        counts=dict(series.counts),
        msd=list(series.msd or {}),
        msd_dt_fs=series.msd_dt_fs,
        provenance=dict(series.provenance),
    )
    text = json.dumps(entries, sort_keys=True, ensure_ascii=False)
    arrays["header"] = np.frombuffer(text.encode(), np.uint8)
    write_atomically(path, lambda temporary: temporary.write_bytes(_npz(arrays)))
    return rounding


def _quantise(current: Array, storage: str) -> tuple[NDArray[Any], Array]:
    """Stored numbers and the (R,) scale that turns them back into internal units."""
    if storage == "float32":
        return current.astype(np.float32), np.ones(len(current))
    if storage != "int16":
        raise FluxError(f"storage must be int16 or float32, got {storage!r}")
    largest = np.abs(current).max(axis=(1, 2))
    scale = np.where(largest > 0, largest, 1.0) / _FULL_SCALE
    return np.rint(current / scale[:, None, None]).astype(np.int16), scale


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    # np.savez stamps every member with the zip epoch, so equal arrays give equal bytes
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(sorted(arrays.items())))
    return buffer.getvalue()


def read_header(path: str | Path) -> dict[str, Any]:
    """The JSON header of a flux file; raises FluxError when the file is not one, or cut short."""
    try:
        with _archive(path) as archive:
            entries = _header(archive, path)
            return {
                **entries.model_dump(mode="json"),
                "provenance": entries.provenance.model_dump(mode="json", exclude_unset=True),
            }
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise _unreadable(path, error) from None


def read_flux(path: str | Path) -> FluxSeries:
    """Read a flux file; raises FluxError when it is not one, cut short, or inconsistent."""
    try:
        with _archive(path) as archive:
            entries = _header(archive, path)
            missing = [n for n in entries.currents if f"current/{n}" not in archive.files]
            if missing:
                raise FluxError(f"{path}: header promises {', '.join(missing)}, the file lacks them")
            currents = {name: _current(archive, name, entries, path) for name in entries.currents}
            msd = {symbol: archive[f"msd/{symbol}"].astype(float) for symbol in entries.msd}
    except FluxError:
        raise
    except (zipfile.BadZipFile, zipfile.zlib.error, EOFError, KeyError, ValueError) as error:  # type: ignore[attr-defined]
        raise _unreadable(path, error) from None
    return FluxSeries(
        currents=currents,
        dt_fs=entries.dt_fs,
        volume_A3=_number_or_array(entries.volume_A3),
        temperature_K=_number_or_array(entries.temperature_K),
        masses=entries.masses,
        counts=entries.counts,
        msd=msd or None,
        msd_dt_fs=entries.msd_dt_fs,
        provenance=entries.provenance.model_dump(exclude_unset=True),
    )


def _current(archive: Any, name: str, entries: FluxHeader, path: str | Path) -> Array:
    """(R, n, 3) in internal units. Raises FluxError for numbers that are stored otherwise than promised."""
    stored, scale = archive[f"current/{name}"], archive[f"scale/{name}"]
    if stored.dtype != np.dtype(entries.storage) or stored.shape != entries.shape:
        raise FluxError(
            f"{path}: {name} is {stored.dtype} {stored.shape}, the header promises {entries.storage} "
            f"{entries.shape}"
        )
    if scale.dtype != np.float64 or scale.shape != stored.shape[:1] or not (scale > 0).all():
        raise FluxError(f"{path}: the scale of {name} must be one positive number per replica")
    return np.asarray(stored * scale[:, None, None])


def _archive(path: str | Path) -> Any:
    """An opened .npz; raises FluxError for other files that numpy reads, and for text."""
    with Path(path).open("rb") as handle:
        first = handle.read(2)
        if first and first != b"PK":
            raise FluxError(
                f"{path}: not a flux file of this package (.npz); for tables of GPUMD or LAMMPS give --format"
            )
    return np.load(path, allow_pickle=False)


def _header(archive: Any, path: str | Path) -> FluxHeader:
    if "header" not in getattr(archive, "files", ()):
        raise FluxError(f"{path}: no header; not a flux file of this package")
    try:
        return check_header(json.loads(np.asarray(archive["header"]).tobytes().decode()), path)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FluxError(f"{path}: unreadable header ({error})") from None
    except ConfigError as error:
        raise FluxError(str(error)) from None


def _unreadable(path: str | Path, error: Exception) -> FluxError:
    if isinstance(error, FluxError):
        return error
    return FluxError(f"{path}: not a whole flux file ({error}); write it again with `superionic reduce`")


def _number_or_array(value: float | tuple[float, ...]) -> float | Array:
    return np.asarray(value, float) if isinstance(value, tuple) else float(value)
