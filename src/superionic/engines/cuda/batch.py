"""A batch of replicas on the device: what is uploaded, which kernels make a step, what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...conventions import Array
from ...system import System
from .device import Launch
from .geometry import Bins
from .layout import ARRAYS, LANES, OPTIONAL, REPLICA, TROUBLE, WORLD, KernelShape
from .pool import Pool

ATOM_THREADS, LIST_THREADS, GATHER_ATOMS, BLOCK_THREADS = 128, 128, 8, 256
"""As in lists.cuh and motion.cuh: threads of the kernels with a thread, and with a warp, an atom; atoms of a
block of `gather`; threads of the kernels with a block a replica."""

STEPS_PER_LAUNCH = 64
"""About so many steps are recorded into one graph."""


@dataclass(frozen=True)
class Batch:
    """R replicas of N atoms bound to a compiled shape, bins and room for candidates."""

    pool: Pool
    shape: KernelShape
    kernels: Any
    n_replicas: int
    n_atoms: int
    bins: Bins
    room: int

    @property
    def total(self) -> int:
        return self.n_replicas * self.n_atoms

    @property
    def atom_blocks(self) -> int:
        return -(-self.n_atoms // ATOM_THREADS)

    @property
    def warp_blocks(self) -> int:
        return -(-self.n_atoms // GATHER_ATOMS)

    def upload(self, system: System, cells: Array, velocities: Array, forces: Array, virial: Array) -> None:
        """Start of a block: everything a step reads."""
        pool, total = self.pool, self.total
        pool.write("mass", np.ascontiguousarray(system.masses, float))
        pool.write("position", _four(system.positions, np.tile(system.species, self.n_replicas)))
        pool.write("velocity", _four(velocities))
        pool.write("force", _four(forces))
        pool.write("shift", np.zeros((total, 3), np.int32))
        pool.write("bin_count", np.zeros(self.n_replicas * self.bins.n_bins, np.int32))
        replica = np.zeros(self.n_replicas, REPLICA)
        replica["cell"], replica["inverse"] = cells, np.linalg.inv(cells)
        replica["virial"], replica["factor"] = virial, 1.0
        pool.write("replica", replica)
        pool.write("trouble", np.zeros(self.n_replicas, TROUBLE))
        for name, size in {
            "listed": 32 * total,
            "image": 32 * self.n_replicas * self.bins.n_images,
            "site_energy": 8 * total,
            "bin_of": 4 * total,
            "slot": 4 * total,
            "binned": 32 * total,
            "bin_start": 4 * self.n_replicas * (self.bins.n_bins + 1),
            "candidate": 4 * total * self.room,
            "reverse": 2 * total * self.room,
            "n_candidates": 4 * total,
            "edge": 16 * total * self.room,
            "kinetic_part": 8 * self.n_replicas * self.warp_blocks,
            "sums_part": 8 * self.n_replicas * self.warp_blocks * self.shape.n_sums,
            "stress_part": 48 * self.n_replicas * self.atom_blocks,
        }.items():
            pool.reserve(name, size)

    def world(self, system: System, settings: dict[str, float], arrays: tuple[str, ...]) -> None:
        """Write `World`: sizes, `settings` of the block, addresses; `arrays` names the optional ones."""
        world = np.zeros((), WORLD)
        for name in ARRAYS:
            if name not in OPTIONAL or name in arrays:
                world[name] = self.pool[name].address
        world["n_atoms"], world["n_replicas"] = self.n_atoms, self.n_replicas
        world["n_images"], world["room"], world["n_bins"] = self.bins.n_images, self.room, self.bins.n_bins
        world["bins"], world["bin_range"] = self.bins.number, self.bins.reach
        world["image_range"], world["periodic"] = self.bins.images, system.pbc
        world["atom_blocks"], world["warp_blocks"] = self.atom_blocks, self.warp_blocks
        for name, value in settings.items():
            world[name] = value
        self.pool.write("world", world)

    def evaluation_launches(self) -> list[Launch]:
        """Potential and forces at the positions as they are."""
        return [self._images(), *self._lists(), *self._forces()]

    def step_launches(self, cell: bool, lists: bool) -> list[Launch]:
        """One step; where `cell` or `lists` is false the step neither moves the cell nor makes lists."""
        atoms = self.n_replicas * self.atom_blocks
        shared = 8 * ATOM_THREADS
        moves = [
            Launch("kick", atoms, ATOM_THREADS, shared),
            Launch("move_cell", self.n_replicas, ATOM_THREADS, shared),
        ]
        drift = Launch("drift", atoms, ATOM_THREADS)
        return [*(moves if cell else []), drift, *(self._lists() if lists else []), *self._forces()]

    def run(self, launches: list[Launch], times: int = 1) -> None:
        self.pool.device.run(self.kernels, launches, self.pool["world"], times)

    def run_steps(self, steps: int, list_every: int, cell_every: int) -> None:
        """All steps of a block, from fresh images on; steps beyond the last do nothing on the device."""
        period = cell_every or list_every * max(1, STEPS_PER_LAUNCH // list_every)
        pattern = []
        for step in range(period):
            pattern += self.step_launches(cell_every > 0 and step == 0, step % list_every == 0)
        self.run([self._images()])
        self.run(pattern, max(2, -(-steps // period)))

    def _images(self) -> Launch:
        return Launch("start_images", self.n_replicas, ATOM_THREADS)

    def _lists(self) -> list[Launch]:
        atoms = self.n_replicas * self.atom_blocks
        warps = -(-self.total // (LIST_THREADS // LANES))
        shared = 4 * LIST_THREADS // LANES * self.room
        bins = -(-self.n_replicas * self.bins.n_bins // (LIST_THREADS // LANES))
        return [
            Launch("fold", atoms, ATOM_THREADS),
            Launch("scan", self.n_replicas, BLOCK_THREADS, 4 * BLOCK_THREADS),
            Launch("fill", atoms, ATOM_THREADS),
            Launch("order", bins, LIST_THREADS),
            Launch("neighbours", warps, LIST_THREADS, shared),
            Launch("mirror", warps, LIST_THREADS),
        ]

    def _forces(self) -> list[Launch]:
        shape, site_warps = self.shape, self.shape.site_threads // LANES
        gather_shared = 8 * (GATHER_ATOMS * shape.n_sums + GATHER_ATOMS)
        close_shared = 8 * (BLOCK_THREADS + BLOCK_THREADS // LANES * shape.n_sums)
        return [
            Launch(
                "site",
                -(-self.total // site_warps),
                shape.site_threads,
                site_warps * shape.surroundings_bytes,
            ),
            Launch("gather", self.n_replicas * self.warp_blocks, GATHER_ATOMS * LANES, gather_shared),
            Launch("close_step", self.n_replicas, BLOCK_THREADS, close_shared),
        ]

    def vectors(self, name: str) -> Array:
        """(R, N, 3) of an array of four numbers an atom."""
        four = self.pool.read(name, (self.n_replicas, self.n_atoms, 4))
        return np.ascontiguousarray(four[..., :3])


def _four(vectors: Array, fourth: np.ndarray | float = 0.0) -> np.ndarray:
    """(R N, 4) float64 from (R, N, 3)."""
    four = np.empty((vectors.shape[0] * vectors.shape[1], 4))
    four[:, :3] = vectors.reshape(-1, 3)
    four[:, 3] = fourth
    return four
