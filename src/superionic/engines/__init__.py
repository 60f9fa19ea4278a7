"""Engines: one protocol, several speeds, equal results."""

from __future__ import annotations

import warnings
from pathlib import Path

from ..nep.format import NEPParameters
from .base import Engine

ENGINES = ("auto", "native", "torch")


def load_engine(
    potential: NEPParameters | str | Path,
    engine: str = "auto",
    threads: int | None = None,
    device: str = "cpu",
) -> Engine:
    """Bind a potential to an engine; "auto" takes the fastest that works on the device.

    threads : of the native engine; None for one per core
    device  : "cpu", or "cuda" (PyTorch engine only)
    Raises ValueError for an unknown name or a device the engine has not, NativeUnavailable when "native"
    is asked for without compiler, RuntimeError when there is no CUDA device.
    """
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}: choose from {', '.join(ENGINES)}")
    if engine == "native" and device != "cpu":
        raise ValueError(f"the native engine runs on the CPU, not on {device!r}: use engine='torch'")
    if engine != "torch" and device == "cpu":
        from .native_engine import NativeEngine, NativeUnavailable

        try:
            return NativeEngine(potential, threads=threads)
        except NativeUnavailable as reason:
            if engine == "native":
                raise
            warnings.warn(f"falling back to the slow PyTorch engine: {reason}", stacklevel=2)
    from .torch_engine import TorchEngine

    return TorchEngine(potential, device=device)
