"""Named memory on a device that is kept from block to block and only grows."""

from __future__ import annotations

import numpy as np

from .device import Device, Memory


class Pool:
    """Arrays by name. An array that has to grow moves, so ask for addresses after the last `reserve`."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._memory: dict[str, Memory] = {}

    def reserve(self, name: str, size: int) -> Memory:
        """At least `size` bytes under this name; what was there is kept only if it had not to grow."""
        held = self._memory.get(name)
        if held is None or held.size < size:
            self._memory.pop(name, None)
            del held
            self._memory[name] = self.device.allocate(max(size, 16))
        return self._memory[name]

    def write(self, name: str, array: np.ndarray) -> None:
        """Copy an array to the device."""
        self.device.write(self.reserve(name, array.nbytes), array)

    def read(self, name: str, shape: tuple[int, ...], dtype: np.typing.DTypeLike = np.float64) -> np.ndarray:
        """Copy from the start of an array."""
        array = np.empty(shape, dtype)
        self.device.read(self._memory[name], array)
        return array

    def __getitem__(self, name: str) -> Memory:
        return self._memory[name]
