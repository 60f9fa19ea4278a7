"""The formats of flux: a new one is a file with a Reader, and one line here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..provenance import sha256_file
from .files import FLUX
from .gpumd import GPUMD
from .gpumd_run import GPUMD_RUN
from .lammps import LAMMPS
from .reader import Reader, ReadOptions, flag
from .series import FluxError, FluxSeries

READERS: dict[str, Reader] = {reader.name: reader for reader in (FLUX, GPUMD_RUN, GPUMD, LAMMPS)}
"""Name → reader. Recognition tries them in this order."""


def read_series(
    paths: str | Path | Sequence[str | Path], reader_name: str | None = None, **given: Any
) -> FluxSeries:
    """One series from files or folders, one per replica, in any of READERS.

    reader_name : one of READERS; None recognises the format
    given       : what the files do not say, as in ReadOptions

    Raises FluxError: no or several formats, an option that is missing or would be ignored, one replica given
    twice; and what the reader raises. OSError for a path that is not there.
    """
    options = ReadOptions(**given)
    places = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not places or (reader_name is not None and reader_name not in READERS):
        raise FluxError(f"give at least one path, and as reader one of {', '.join(READERS)} or none")
    reader = _recognised(places) if reader_name is None else READERS[reader_name]
    for path in places:
        if path.is_dir() != (reader.currents is not None):
            what = "a folder" if path.is_dir() else "no folder"
            raise FluxError(f"{path} is {what}: --format {reader.name} reads {reader.title}")
    ignored = [flag(name) for name in options.given if name not in (*reader.needs, *reader.takes)]
    if ignored:
        raise FluxError(
            f"{', '.join(ignored)}: not used with {reader.title}; leave it out, or say with --format what "
            f"{places[0]} holds"
        )
    if len(places) > 1:
        _refuse_twins([reader.file_of_currents(path) for path in places])
    missing = [flag(name) for name in reader.needs if name not in options.given]
    if missing:
        raise FluxError(f"{places[0]}: {reader.title} needs {', '.join(missing)}")
    return reader.read(places, options)


def recognise(path: str | Path) -> Reader:
    """The reader of a path. Raises FluxError that names the formats there are, OSError."""
    path = Path(path)
    if not path.is_dir():
        path.open("rb").close()  # a file that is not there says so
    for reader in READERS.values():
        if (path.is_dir() == (reader.currents is not None)) and reader.recognises(path):
            return reader
    known = ", ".join(f"{reader.name} ({reader.title})" for reader in READERS.values())
    raise FluxError(f"{path}: in none of the formats {known}; if it is, say which with --format")


def _recognised(paths: Sequence[Path]) -> Reader:
    """The one reader of all paths."""
    readers = [recognise(path) for path in paths]
    for path, reader in zip(paths, readers, strict=True):
        if reader is not readers[0]:
            raise FluxError(
                f"{paths[0]} is {readers[0].title}, {path} {reader.title}: give all replicas in one format"
            )
    return readers[0]


def _refuse_twins(paths: Sequence[Path]) -> None:
    """The same trajectory twice is no second replica: its error bars would be too small by sqrt(2)."""
    seen: dict[str, Path] = {}
    for path in paths:
        first = seen.setdefault(sha256_file(path), path)
        if first is not path:
            raise FluxError(f"{first} and {path} have the same content: give each replica once")
