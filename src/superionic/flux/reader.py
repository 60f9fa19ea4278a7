"""What a flux reader is: a name, how its files are recognised, and how they become a FluxSeries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .series import FluxError, FluxSeries


@dataclass(frozen=True)
class ReadOptions:
    """What is said of files that do not say it themselves; None where nothing is said.

    structure     : file with one structure: masses, numbers of atoms, and the volume unless it is given
    temperature_K : mean temperature
    dt_fs         : time between rows
    groups        : symbol of each group of atoms, in order
    volume_A3     : mean volume
    columns       : TOML file that says which column holds which current
    """

    structure: str | None = None
    temperature_K: float | None = None
    dt_fs: float | None = None
    groups: Sequence[str] | None = None
    volume_A3: float | None = None
    columns: str | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of those that are said."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)

    def require(self, name: str) -> Any:
        """One that a reader cannot do without; raises FluxError where nothing is said."""
        value = getattr(self, name)
        if value is None:
            raise FluxError(f"needs {flag(name)}")
        return value


def flag(option: str) -> str:
    """A read option as the command line calls it."""
    return "--" + option.replace("_", "-")


@dataclass(frozen=True)
class Reader:
    """One format of flux files; registered in readers.py.

    name       : what --format calls it
    title      : what a path holds, for messages ("a flux file")
    recognises : whether a path, which exists, looks like this format
    read       : paths, one per replica, and options → FluxSeries; raises FluxError
    needs      : ReadOptions it cannot do without
    takes      : others that it uses; the rest is refused instead of ignored
    currents   : name of the file with the currents where a path is a folder; None where it is a file
    """

    name: str
    title: str
    recognises: Callable[[Path], bool]
    read: Callable[[Sequence[Path], ReadOptions], FluxSeries]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    currents: str | None = None

    def file_of_currents(self, path: Path) -> Path:
        """The file with the currents: `path` itself, or one in it where it is a folder."""
        return path / self.currents if self.currents else path
