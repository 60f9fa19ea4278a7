"""Engines: one protocol, several speeds, equal results."""

from __future__ import annotations

import warnings
from pathlib import Path

from ..nep.format import NEPParameters
from .base import Engine

ENGINES = ("auto", "native", "torch")


def load_engine(
    potential: NEPParameters | str | Path, engine: str = "auto", threads: int | None = None
) -> Engine:
    """Bind a potential to an engine; "auto" takes the fastest that works here.

    threads : of the native engine; None for one per core.
    Raises ValueError for an unknown name, NativeUnavailable when "native" is asked for without compiler.
    """
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}: choose from {', '.join(ENGINES)}")
    if engine in ("auto", "native"):
        from .native_engine import NativeEngine, NativeUnavailable

        try:
            return NativeEngine(potential, threads=threads)
        except NativeUnavailable as reason:
            if engine == "native":
                raise
            warnings.warn(f"falling back to the slow PyTorch engine: {reason}", stacklevel=2)
    from .torch_engine import TorchEngine

    return TorchEngine(potential)
