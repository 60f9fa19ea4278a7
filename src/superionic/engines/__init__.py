"""Engines: one protocol, several speeds, equal results."""

from __future__ import annotations

import warnings
from pathlib import Path

from ..nep.format import NEPParameters, read_nep
from .base import Engine

ENGINES = ("auto", "cuda", "native", "torch")
DEVICES = ("auto", "cpu", "cuda")


def load_engine(
    potential: NEPParameters | str | Path,
    engine: str = "auto",
    threads: int | None = None,
    device: str = "auto",
) -> Engine:
    """Bind a potential to an engine; "auto" takes the fastest that works: cuda, native, torch.

    threads : of the native engine; None for one per core
    device  : "auto"; "cpu" for the native or the torch engine; "cuda" for the cuda or the torch engine
    Raises ValueError for an unknown name or a device the engine has not, NEPFormatError, CudaUnavailable or
    NativeUnavailable when an engine is asked for that cannot run here, RuntimeError when the torch engine
    finds no CUDA device.
    """
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}: choose from {', '.join(ENGINES)}")
    if device not in DEVICES:
        raise ValueError(f"unknown device {device!r}: choose from {', '.join(DEVICES)}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    if (engine, device) == ("native", "cuda"):
        raise ValueError("the native engine runs on the CPU: use engine='cuda' or engine='torch'")
    if (engine, device) == ("cuda", "cpu"):
        raise ValueError("the cuda engine runs on a GPU: use engine='native' or engine='torch'")
    parameters = potential if isinstance(potential, NEPParameters) else read_nep(potential)
    if engine == "torch":
        from .torch_engine import TorchEngine

        return TorchEngine(parameters, device="cuda" if device == "cuda" else "cpu")
    if engine == "native":
        from .native_engine import NativeEngine

        return NativeEngine(parameters, threads=threads)
    if engine == "cuda" or device == "cuda":
        from .cuda_engine import CudaEngine

        return CudaEngine(parameters)
    return _fastest(parameters, threads, device)


def _fastest(parameters: NEPParameters, threads: int | None, device: str) -> Engine:
    """The GPU where there is one that the potential suits, else the CPU; never silently the slow engine."""
    from .cuda_engine import CudaEngine, CudaUnavailable
    from .native_engine import NativeEngine, NativeUnavailable

    if device == "auto":
        try:
            return CudaEngine(parameters)
        except CudaUnavailable:
            pass  # most machines have no GPU
        except ValueError as reason:
            warnings.warn(f"not on the GPU: {reason}", stacklevel=3)
    try:
        return NativeEngine(parameters, threads=threads)
    except NativeUnavailable as reason:
        warnings.warn(f"falling back to the slow PyTorch engine: {reason}", stacklevel=3)
    from .torch_engine import TorchEngine

    return TorchEngine(parameters)
