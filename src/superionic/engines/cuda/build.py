"""Compile the kernels for one shape: with NVRTC for a GPU, with g++ for the emulation; cached by content."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..base import EngineUnavailable
from ..cache import kept
from ..native.build import NativeUnavailable, find_compiler
from .layout import KernelShape

SOURCES = Path(__file__).parent
HOST_FLAGS = ("-std=c++17", "-O2", "-U_FORTIFY_SOURCE", "-Wno-unknown-pragmas", "-fPIC", "-shared")
"""No _FORTIFY_SOURCE: it forbids longjmp between stacks, which the emulation's fibers live on."""


class CudaUnavailable(EngineUnavailable):
    """The CUDA engine cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class Resources:
    """What the compiler reports of one kernel: registers of a thread, bytes spilled and of local memory."""

    kernel: str
    registers: int
    spill_bytes: int
    stack_bytes: int


def source() -> str:
    """All kernels as one text without includes of our own, in the order of inclusion."""
    return _expanded("kernels.cuh", set())


def _expanded(name: str, done: set[str]) -> str:
    if name in done:
        return ""
    done.add(name)
    lines = []
    for line in (SOURCES / name).read_text(encoding="utf-8").splitlines():
        included = re.fullmatch(r'#include "(.+)"', line)
        if included and included[1] != "emulate.h":
            lines.append(_expanded(included[1], done))
        elif line != "#pragma once":
            lines.append(line)
    return "\n".join(lines) + "\n"


def cubin(shape: KernelShape, architecture: str) -> bytes:
    """The kernels compiled for a chip ("sm_90"), from the cache if they are there.

    Raises CudaUnavailable without cuda-core and NVRTC, RuntimeError with the compiler's words if it fails.
    """
    key = _key("nvrtc", _nvrtc_version(), architecture, shape)
    return kept(
        "nep-cuda",
        key,
        ".cubin",
        lambda path: path.write_bytes(compile_cubin(shape, architecture)[0]),
        CudaUnavailable,
    ).read_bytes()


def compile_cubin(shape: KernelShape, architecture: str) -> tuple[bytes, tuple[Resources, ...]]:
    """Compile now, and what the compiler says of each kernel. Needs no GPU and no driver."""
    program_type, options_type = _compiler()
    options = options_type(
        std="c++17",
        arch=architecture,
        define_macro=[(name, str(value)) for name, value in shape.definitions().items()],
        ptxas_options="-v",
    )
    log = _Log()
    try:
        code = program_type(source(), "c++", options).compile("cubin", logs=log)
    except Exception as error:  # cuda-core has a class of its own for each step
        raise RuntimeError(f"NVRTC failed on the CUDA engine for {architecture}: {error}") from error
    return bytes(code.code), read_resources(log.text)


class _Log:
    text = ""

    def write(self, text: str) -> None:
        self.text += text


def read_resources(log: str) -> tuple[Resources, ...]:
    """The lines of `ptxas -v`."""
    kernels = []
    for part in log.split("Compiling entry function '")[1:]:
        name = part.split("'")[0]
        registers = re.search(r"Used (\d+) registers", part)
        stack = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", part)
        if registers is None or stack is None:
            raise RuntimeError(f"ptxas says nothing of {name}: {part[:500]}")
        kernels.append(Resources(name, int(registers[1]), int(stack[2]) + int(stack[3]), int(stack[1])))
    return tuple(sorted(kernels, key=lambda r: r.kernel))


def host_library(shape: KernelShape) -> Path:
    """The emulation as a shared library, from the cache if it is there; raises NativeUnavailable."""
    compiler = find_compiler()
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    key = _key(compiler, version, " ".join(HOST_FLAGS), shape)
    return kept(
        "nep-emulated", key, ".so", lambda path: _compile_host(compiler, shape, path), NativeUnavailable
    )


def _compile_host(compiler: str, shape: KernelShape, path: Path) -> None:
    defines = [f"-D{name}={value}" for name, value in shape.definitions().items()]
    command = [compiler, *HOST_FLAGS, *defines, str(SOURCES / "host.cpp"), "-o", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NativeUnavailable(
            f"{compiler} failed on the emulation of the CUDA engine:\n{done.stderr[-2000:]}"
        )


def _compiler() -> tuple[type, type]:
    try:
        from cuda.core import Program, ProgramOptions
    except ImportError as error:
        raise CudaUnavailable(
            f"the CUDA engine needs cuda-core and NVRTC ({error}): pip install 'superionic[cuda]'"
        ) from error
    return Program, ProgramOptions


def _nvrtc_version() -> str:
    _compiler()
    from cuda.bindings import nvrtc

    error, major, minor = nvrtc.nvrtcVersion()
    if int(error) != 0:
        raise CudaUnavailable("NVRTC does not answer: pip install 'superionic[cuda]'")
    return f"{major}.{minor}"


def _key(*parts: str | KernelShape) -> str:
    digest = hashlib.sha256(source().encode())
    for name in ("emulate.h", "host.cpp"):
        digest.update((SOURCES / name).read_bytes())
    for part in parts:
        digest.update(str(part).encode() + b"\0")
    return digest.hexdigest()[:32]
