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
    "PRECISIONS",
    "EngineEntry",
    "EngineUnavailable",
    "PotentialNotCovered",
    "engine_names",
    "load_engine",
]


@dataclass(frozen=True)
class EngineEntry:
    """One engine: its name, where it runs, and the module that makes it, imported when it is asked for.

    name       : as `--engine` and `Engine.name` have it
    module     : has `load(potential, device, threads, precision) -> Engine` and
                 `unavailable() -> str | None`
    devices    : of "cpu" and "cuda" those it runs on; the first is taken for device="auto"
    precisions : of PRECISIONS those it has; the first is taken for precision="auto"
    extra      : optional dependencies that it needs, as pyproject.toml names them
    """

    name: str
    module: str
    devices: tuple[str, ...]
    precisions: tuple[str, ...] = ("float64",)
    extra: str | None = None

    def load(
        self,
        potential: Potential,
        device: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
    ) -> Engine:
        """Bind a potential; raises EngineUnavailable, or ValueError for what the engine does not cover."""
        device = self.devices[0] if device == "auto" else device
        precision = self.precisions[0] if precision == "auto" else precision
        engine: Engine = self._module().load(potential, device, threads, precision)
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
        EngineEntry("cuda", ".cuda_engine", ("cuda",), ("mixed",), extra="cuda"),
        EngineEntry("native", ".native_engine", ("cpu",), ("mixed", "float64")),
        EngineEntry("torch", ".torch_engine", ("cpu", "cuda"), ("float64", "float32"), extra="torch"),
    )
}
"""Every engine, the fastest first: "auto" takes the first that works. An engine outside this package is added
with `ENGINES["mine"] = EngineEntry("mine", "my_package.engine", ("cpu",))`."""

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "mixed", "float64", "float32")
"""mixed: positions, differences and sums in float64, the work between in float32."""


def engine_names() -> tuple[str, ...]:
    """What `load_engine` and `--engine` take."""
    return ("auto", *ENGINES)


def load_engine(
    potential: Potential | str | Path,
    engine: str = "auto",
    threads: int | None = None,
    device: str = "auto",
    precision: str = "auto",
) -> Engine:
    """Bind a potential to an engine; "auto" takes the fastest that works, in the order of `ENGINES`.

    threads   : of the native engine; None for one per core
    device    : "auto", "cpu" or "cuda"
    precision : one of PRECISIONS; "auto" is mixed on the fast engines, float64 on torch
    Raises ValueError for an unknown name, a device or a precision that the engine does not support, what
    `load_potential` raises, EngineUnavailable when an engine is asked for that cannot run on this machine,
    its subclass PotentialNotCovered when one is asked for that does not evaluate all of the potential,
    RuntimeError when the torch engine finds no CUDA device.
    """
    if engine not in engine_names():
        raise ValueError(f"unknown engine {engine!r}: choose from {', '.join(engine_names())}")
    if device not in DEVICES:
        raise ValueError(f"unknown device {device!r}: choose from {', '.join(DEVICES)}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    if precision not in PRECISIONS:
        raise ValueError(f"unknown precision {precision!r}: choose from {', '.join(PRECISIONS)}")
    candidates = [
        entry
        for entry in ENGINES.values()
        if device in ("auto", *entry.devices) and precision in ("auto", *entry.precisions)
    ]
    asked = " and ".join(
        f"{name}={value!r}"
        for name, value in (("device", device), ("precision", precision))
        if value != "auto"
    )
    if not candidates:
        raise ValueError(f"no engine has {asked}: leave one of them out")
    if engine == "auto":
        return _fastest(candidates, as_potential(potential), threads, device, precision)
    if ENGINES[engine] not in candidates:
        others = " or ".join(f"engine={entry.name!r}" for entry in candidates)
        raise ValueError(f"the {engine} engine does not run on {asked}: use {others}")
    return ENGINES[engine].load(as_potential(potential), device, threads, precision)


def _fastest(
    entries: list[EngineEntry], potential: Potential, threads: int | None, device: str, precision: str
) -> Engine:
    """The first that can run here; that a machine has no GPU is no news, all else is said in a warning.

    A GPU that was asked for by name is not given up for a slower engine, unless the potential asks for one.
    """
    *faster, slowest = entries
    for entry in faster:
        try:
            return entry.load(potential, device, threads, precision)
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
    return slowest.load(potential, device, threads, precision)
