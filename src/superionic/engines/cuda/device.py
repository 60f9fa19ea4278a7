"""Where the kernels run: a GPU, or a CPU that emulates one. Five verbs; everything above knows no CUDA."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from .build import CudaUnavailable, cubin, host_library
from .layout import KernelShape

DEFAULT_SHARED_BYTES = 48 * 1024
"""What a block gets without asking for more."""


GRAPHS = 16
"""Recorded sequences that are kept: one for every size of batch and list interval met."""


@dataclass(frozen=True)
class Launch:
    """One kernel: its name, blocks, threads of a block, bytes of shared memory."""

    kernel: str
    blocks: int
    threads: int
    shared: int = 0


class Memory(Protocol):
    """Bytes on the device."""

    address: int
    size: int


class Device(Protocol):
    """A machine for the kernels; all calls are over when the next `read` returns."""

    name: str

    def allocate(self, size: int) -> Memory:
        """So many bytes, all zero; given back with the object."""
        ...

    def write(self, memory: Memory, array: np.ndarray) -> None:
        """Copy an array to the start of `memory`."""
        ...

    def read(self, memory: Memory, array: np.ndarray) -> None:
        """Fill a C-contiguous array from the start of `memory`, after all launches before."""
        ...

    def load(self, shape: KernelShape) -> Any:
        """The kernels for a shape, compiled."""
        ...

    def run(self, kernels: Any, launches: Sequence[Launch], world: Memory, times: int = 1) -> None:
        """Run the launches in order, all of them `times` times over."""
        ...


class EmulatedMemory:
    """Bytes of the host."""

    def __init__(self, size: int) -> None:
        self.bytes = np.zeros(size + 64, np.uint8)
        self.address = (self.bytes.ctypes.data + 63) // 64 * 64  # as aligned as a GPU's
        self.size = size


class EmulatedDevice:
    """The kernels on one core of the CPU, lane after lane, some thousand times slower than a GPU. For tests.

    turn : order of the threads of a block: 0 ascending, 1 descending, else shuffled by that seed; whatever
           depends on it lacks a barrier.
    """

    def __init__(self, turn: int = 0) -> None:
        self.name = "emulated on the CPU"
        self.turn = turn

    def allocate(self, size: int) -> EmulatedMemory:
        return EmulatedMemory(size)

    def write(self, memory: Memory, array: np.ndarray) -> None:
        array = np.ascontiguousarray(array)
        ctypes.memmove(memory.address, array.ctypes.data, array.nbytes)

    def read(self, memory: Memory, array: np.ndarray) -> None:
        ctypes.memmove(array.ctypes.data, memory.address, array.nbytes)

    def load(self, shape: KernelShape) -> ctypes.CDLL:
        return ctypes.CDLL(str(host_library(shape)))

    def run(self, kernels: Any, launches: Sequence[Launch], world: Memory, times: int = 1) -> None:
        for _ in range(times):
            for one in launches:
                arguments = (one.blocks, one.threads, ctypes.c_longlong(one.shared))
                place = ctypes.c_void_p(world.address)
                if kernels.superionic_launch(one.kernel.encode(), *arguments, place, self.turn):
                    raise ValueError(f"no kernel is called {one.kernel!r}")


class CudaMemory:
    """Bytes of the GPU."""

    def __init__(self, size: int) -> None:
        from cuda.bindings import driver

        self.size = size
        what = f"{size / 2**20:.0f} MiB of GPU memory (fewer replicas or atoms need less)"
        self.address = int(_checked(driver.cuMemAlloc(size), what))
        _checked(driver.cuMemsetD8(self.address, 0, size), "clearing memory")
        self._free = driver.cuMemFree

    def __del__(self) -> None:
        if getattr(self, "address", None):
            self._free(self.address)


class CudaDevice:
    """The first GPU of the process. Steps are recorded into a CUDA graph once and replayed."""

    def __init__(self) -> None:
        """Raises CudaUnavailable where there is no GPU or no cuda-core."""
        try:
            from cuda.core import Device as Chip
        except ImportError as error:
            raise CudaUnavailable(
                f"the CUDA engine needs cuda-core and NVRTC ({error}): pip install 'superionic[cuda]'"
            ) from error
        try:
            self._chip = Chip(0)
            self._chip.set_current()
            self._stream = self._chip.create_stream()
        except Exception as error:  # without a driver each version of cuda-core raises another class
            raise CudaUnavailable(f"no CUDA device answers ({error}): use engine='native'") from error
        capability = self._chip.compute_capability
        self.architecture = f"sm_{capability.major}{capability.minor}"
        self.name = f"cuda ({self._chip.name})"
        self._graphs: dict[tuple, Any] = {}

    def allocate(self, size: int) -> CudaMemory:
        return CudaMemory(size)

    def write(self, memory: Memory, array: np.ndarray) -> None:
        from cuda.bindings import driver

        self._stream.sync()
        array = np.ascontiguousarray(array)
        _checked(driver.cuMemcpyHtoD(memory.address, array.ctypes.data, array.nbytes), "copy to the GPU")

    def read(self, memory: Memory, array: np.ndarray) -> None:
        from cuda.bindings import driver

        self._stream.sync()
        _checked(driver.cuMemcpyDtoH(array.ctypes.data, memory.address, array.nbytes), "copy from the GPU")

    def load(self, shape: KernelShape) -> Any:
        from cuda.core import ObjectCode

        return ObjectCode.from_cubin(cubin(shape, self.architecture))

    def run(self, kernels: Any, launches: Sequence[Launch], world: Memory, times: int = 1) -> None:
        if times == 1:
            self._enqueue(self._stream, kernels, launches, world)
            return
        key = (id(kernels), tuple(launches), world.address)
        if key not in self._graphs:
            if len(self._graphs) == GRAPHS:  # the oldest goes
                self._stream.sync()
                del self._graphs[next(iter(self._graphs))]
            self._graphs[key] = self._record(kernels, launches, world), kernels
        for _ in range(times):
            self._graphs[key][0].launch(self._stream)

    def _record(self, kernels: Any, launches: Sequence[Launch], world: Memory) -> Any:
        builder = self._stream.create_graph_builder().begin_building()
        self._enqueue(builder, kernels, launches, world)
        return builder.end_building().complete()

    def _enqueue(self, to: Any, kernels: Any, launches: Sequence[Launch], world: Memory) -> None:
        from cuda.core import LaunchConfig, launch

        for one in launches:
            kernel = kernels.get_kernel(one.kernel)
            if one.shared > DEFAULT_SHARED_BYTES:
                self._allow_shared(kernel, one)
            config = LaunchConfig(grid=one.blocks, block=one.threads, shmem_size=one.shared)
            launch(to, config, kernel, np.uint64(world.address))

    def _allow_shared(self, kernel: Any, one: Launch) -> None:
        from cuda.bindings import driver

        attribute = driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
        kernel = driver.CUkernel(int(kernel.handle))
        answer = driver.cuKernelSetAttribute(attribute, one.shared, kernel, self._chip.device_id)
        _checked(answer, f"{one.shared} bytes of shared memory for the kernel {one.kernel}")


def _checked(answer: tuple, what: str) -> Any:
    """The value of a call of the driver; raises RuntimeError with the driver's name for what went wrong."""
    error, *values = answer
    if int(error) != 0:
        raise RuntimeError(f"CUDA: {what}: {error.name}")
    return values[0] if values else None
