"""Columns of a .npy file: an array (rows, columns), or a dictionary of series as the program sportran saves.

A dictionary is stored as a pickle, which could run any code; here it may hold nothing but NumPy arrays,
numbers and strings.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..conventions import Array
from .series import FluxError

MAGIC = b"\x93NUMPY"
"""First bytes of a .npy file."""

ALLOWED = {
    (module, name)
    for package in ("numpy.core", "numpy._core")
    for module, name in ((f"{package}.multiarray", "_reconstruct"), (f"{package}.multiarray", "scalar"))
} | {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}
"""What a pickle of arrays and numbers calls."""


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it would run {module}.{name}")
        return super().find_class(module, name)


def is_npy(path: Path) -> bool:
    """Whether a file begins as .npy files do."""
    with path.open("rb") as handle:
        return handle.read(len(MAGIC)) == MAGIC


def read_npy_columns(path: Path, names: Sequence[str], header: Sequence[str] | None) -> dict[str, Array]:
    """The named columns. Of a dictionary `flux[1]` is the first column of its entry `flux`.

    header : names of the columns of a plain array

    Raises FluxError: unreadable, a pickle of anything else, a column that is missing.
    """
    with path.open("rb") as handle:
        try:
            stored = _load(handle)
        except (ValueError, EOFError, pickle.UnpicklingError, AttributeError) as error:
            raise FluxError(f"{path}: no .npy file of numbers ({error})") from None
    if isinstance(stored, dict):
        columns = _columns_of(stored)
    elif header is None or stored.ndim != 2 or stored.shape[1] != len(header):
        raise FluxError(f"{path}: an array {stored.shape}; give in the map `header`, one name per column")
    else:
        columns = dict(zip(header, stored.T, strict=True))
    if missing := [name for name in names if name not in columns]:
        raise FluxError(f"{path}: no column {', '.join(missing)}; it has {', '.join(columns)}")
    rows = max(len(columns[name]) for name in names)
    return {name: np.broadcast_to(columns[name], rows).astype(float) for name in names}


def _load(handle: BinaryIO) -> Any:
    """The array, or the dictionary that it wraps."""
    version = np.lib.format.read_magic(handle)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(handle)
    if not dtype.hasobject:
        handle.seek(0)
        return np.load(handle, allow_pickle=False)
    found = _ArraysOnly(handle, encoding="latin1").load()
    inner = found.item() if isinstance(found, np.ndarray) and shape == () else found
    if not isinstance(inner, dict):
        raise ValueError("its objects are no dictionary of series")
    return inner


def _columns_of(stored: dict[Any, Any]) -> dict[str, Array]:
    """Name → (rows,), or (1,) for a single number; entries that are no numbers are left out."""
    columns: dict[str, Array] = {}
    for key, value in stored.items():
        array = np.asarray(value)
        if array.dtype.kind not in "iuf" or array.ndim > 2:
            continue
        if array.ndim == 2 and array.shape[1] > 1:
            columns |= {f"{key}[{number + 1}]": array[:, number] for number in range(array.shape[1])}
        else:
            columns[str(key)] = array.reshape(-1)
    return columns
