"""Engines: one protocol, several speeds, equal results. A new engine is one line in `ENGINES`."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..potentials import Potential, as_potential
from .base import Engine, EngineUnavailable
from .coverage import PotentialNotCovered

__all__ = [
    "DEVICES",
    "ENGINES",
    "EngineEntry",
    "EngineUnavailable",
    "PotentialNotCovered",
    "engine_names",
    "load_engine",
]


@dataclass(frozen=True)
class EngineEntry:
    """One engine: its name, where it runs, and the module that makes it, imported when it is asked for.

    name    : as `--engine` and `Engine.name` have it
    module  : has `load(potential, device, threads) -> Engine` and `unavailable() -> str | None`
    devices : of "cpu" and "cuda" those it runs on; the first is taken for device="auto"
    extra   : optional dependencies that it needs, as pyproject.toml names them
    """

    name: str
    module: str
    devices: tuple[str, ...]
    extra: str | None = None

    def load(self, potential: Potential, device: str = "auto", threads: int | None = None) -> Engine:
        """Bind a potential; raises EngineUnavailable, or ValueError for what the engine does not cover."""
        device = self.devices[0] if device == "auto" else device
        engine: Engine = self._module().load(potential, device, threads)
        return engine

    def unavailable(self) -> str | None:
        """Why the engine cannot run on this machine, and what to do; None where it can."""
        try:
            reason: str | None = self._module().unavailable()
        except EngineUnavailable as missing:
            return str(missing)
        return reason

    def _module(self) -> Any:
        try:
            return importlib.import_module(self.module, __package__)
        except ImportError as error:
            install = f": pip install 'superionic[{self.extra}]'" if self.extra else ""
            raise EngineUnavailable(
                f"the {self.name} engine needs more packages ({error}){install}"
            ) from error


ENGINES = {
    entry.name: entry
    for entry in (
        EngineEntry("cuda", ".cuda_engine", devices=("cuda",), extra="cuda"),
        EngineEntry("native", ".native_engine", devices=("cpu",)),
        EngineEntry("torch", ".torch_engine", devices=("cpu", "cuda"), extra="torch"),
    )
}
"""Every engine, the fastest first: "auto" takes the first that works. An engine outside this package is added
with `ENGINES["mine"] = EngineEntry("mine", "my_package.engine", ("cpu",))`."""

DEVICES = ("auto", "cpu", "cuda")


def engine_names() -> tuple[str, ...]:
    """What `load_engine` and `--engine` take."""
    return ("auto", *ENGINES)


def load_engine(
    potential: Potential | str | Path,
    engine: str = "auto",
    threads: int | None = None,
    device: str = "auto",
) -> Engine:
    """Bind a potential to an engine; "auto" takes the fastest that works, in the order of `ENGINES`.

    threads : of the native engine; None for one per core
    device  : "auto", "cpu" or "cuda"
    Raises ValueError for an unknown name or a device the engine does not support, what `load_potential`
    raises, EngineUnavailable when an engine is asked for that cannot run on this machine, its subclass
    PotentialNotCovered when one is asked for that does not evaluate all of the potential, RuntimeError when
    the torch engine finds no CUDA device.
    """
    if engine not in engine_names():
        raise ValueError(f"unknown engine {engine!r}: choose from {', '.join(engine_names())}")
    if device not in DEVICES:
        raise ValueError(f"unknown device {device!r}: choose from {', '.join(DEVICES)}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    candidates = [entry for entry in ENGINES.values() if device in ("auto", *entry.devices)]
    if engine == "auto":
        return _fastest(candidates, as_potential(potential), threads, device)
    if ENGINES[engine] not in candidates:
        others = " or ".join(f"engine={entry.name!r}" for entry in candidates)
        raise ValueError(f"the {engine} engine does not run on device={device!r}: use {others}")
    return ENGINES[engine].load(as_potential(potential), device, threads)


def _fastest(entries: list[EngineEntry], potential: Potential, threads: int | None, device: str) -> Engine:
    """The first that can run here; that a machine has no GPU is no news, all else is said in a warning.

    A GPU that was asked for by name is not given up for a slower engine, unless the potential asks for one.
    """
    *faster, slowest = entries
    for entry in faster:
        try:
            return entry.load(potential, device, threads)
        except PotentialNotCovered as reason:
            if "cpu" in entry.devices or entry.unavailable() is None:
                warnings.warn(f"falling back to an engine slower than {entry.name}: {reason}", stacklevel=3)
        except EngineUnavailable as reason:
            if device == "cuda":
                raise
            if "cpu" in entry.devices:
                warnings.warn(f"falling back to an engine slower than {entry.name}: {reason}", stacklevel=3)
        except ValueError as reason:  # a potential that the engine does not cover
            if device == "cuda" or "cpu" in entry.devices:
                raise
            warnings.warn(f"not on the GPU: {reason}", stacklevel=3)
    return slowest.load(potential, device, threads)
