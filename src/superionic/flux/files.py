"""The compact file a flux series travels in: a `.npz` of a JSON header, int16 counts and their scales.

The header (header.py) holds units, shapes and provenance; per current there are int16 counts with one scale
per replica, or float32. Equal series give equal bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..config import ConfigError
from ..conventions import Array
from ..provenance import header, write_atomically
from .header import FORMAT, UNITS, FluxHeader, check_header
from .join import join_replicas
from .reader import Reader, ReadOptions
from .series import FluxError, FluxSeries

_FULL_SCALE = 32767

ZIP = b"PK"
"""First bytes of every .npz file."""


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
        first = handle.read(len(ZIP))
        if first and first != ZIP:
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


def _recognises(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(len(ZIP)) == ZIP


def _read(paths: Sequence[Path], _: ReadOptions) -> FluxSeries:
    return join_replicas([read_flux(path) for path in paths])


FLUX = Reader("flux", "a flux file", _recognises, _read)
