"""The GPU engine: NEP and whole blocks of MD in CUDA C++, all replicas in one launch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..conventions import Array
from ..potentials import Potential, as_potential
from ..system import System, degrees_of_freedom
from ..units import BOLTZMANN_EV_PER_K
from .base import BlockPlan, BlockResult, Evaluation
from .coverage import refuse_uncovered
from .cuda.batch import Batch
from .cuda.build import CudaUnavailable
from .cuda.device import CudaDevice, Device, EmulatedDevice
from .cuda.geometry import choose_bins, expected_neighbours, frames, list_interval
from .cuda.layout import GREATEST_CANDIDATES, GREATEST_RADIAL, REPLICA, TROUBLE, kernel_shape, pack, round_up
from .cuda.pool import Pool

__all__ = ["CudaDevice", "CudaEngine", "CudaUnavailable", "EmulatedDevice", "load", "unavailable"]

SKIN_A = 1.0
"""Extra reach of the list in Å. A list costs about as much as a step, and is made every nine at 650 K."""

SHRINK = (1.0, 0.97, 0.9, 0.8)
"""How far a moving cell may shrink in a block before its bins are too narrow, try after try."""

ATTEMPTS = 16
"""Times a block is done anew with more room or shorter list intervals before it is given up."""


def load(potential: Potential, device: str, threads: int | None, precision: str) -> CudaEngine:
    """For `engines.ENGINES`."""
    return CudaEngine(potential)


def unavailable() -> str | None:
    """Why the engine cannot run on this machine; None where it can."""
    try:
        CudaDevice()
    except CudaUnavailable as reason:
        return str(reason)
    return None


class CudaEngine:
    """Satisfies `engines.base.Engine` and `engines.base.BlockEngine`.

    Positions, differences and sums in float64, the work between in float32 (forces within 1e-5 eV/Å).
    All sums are taken in a fixed order: the same call gives the same bits, and so does a run resumed between
    blocks.
    """

    name = "cuda"
    precision = "mixed"

    def __init__(
        self, potential: Potential | str | Path, device: Device | None = None, skin_A: float = SKIN_A
    ) -> None:
        """Bind a potential to the first GPU, or to `device`.

        Raises CudaUnavailable without GPU or cuda-core, NEPFormatError, ValueError for a potential the
        engine does not cover.
        """
        if not skin_A > 0:
            raise ValueError(f"skin_A must be positive, got {skin_A}")
        self._parameters = as_potential(potential)
        refuse_uncovered("CUDA", self._parameters.shape)
        self._shape = kernel_shape(self._parameters.shape, 16, 8)
        self._room = 0
        self._pool = Pool(device or CudaDevice())
        self._pool.write("model", pack(self._parameters, self._shape))
        self.device = self._pool.device.name
        self.elements = self._parameters.elements
        self.cutoff = self._parameters.shape.cutoff
        self.skin_A = skin_A
        self.blocks_run = 0
        """Blocks run so far, those that were done again included."""
        self.batch: Batch
        """What the last call worked on."""

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        """Evaluate all replicas; raises RuntimeError naming the replica when a value is not finite."""
        cells = self._checked_frames(system)
        nothing = np.zeros(system.positions.shape)
        virials = None
        for _ in range(ATTEMPTS):
            batch = self._batch(system, cells, shrink=1.0)
            batch.upload(system, cells, nothing, nothing, np.zeros((system.n_replicas, 3, 3)))
            if atomic_virials:
                self._pool.reserve("atomic_virial", 72 * batch.total)
            settings = {"steps": 1, "list_every": 1, "skin": 0.0, "reach": self._reach}
            batch.world(system, settings, ("atomic_virial",) if atomic_virials else ())
            batch.run(batch.evaluation_launches())
            if not self._make_room(self._pool.read("trouble", (system.n_replicas,), TROUBLE)):
                break
        else:
            raise RuntimeError(f"cuda engine: no room for neighbours was enough in {ATTEMPTS} tries")
        if atomic_virials:
            virials = self._pool.read("atomic_virial", (system.n_replicas, system.n_atoms, 3, 3))
        evaluation = self._evaluation(batch, virials)
        finite = np.isfinite(evaluation.site_energies).all(axis=1) & np.isfinite(evaluation.forces).all(
            (1, 2)
        )
        if not finite.all():
            raise RuntimeError(
                f"cuda engine: replica {np.flatnonzero(~finite)[0]}, energy or forces are not finite: "
                "look for atoms on top of each other"
            )
        return evaluation

    def run_block(self, system: System, velocities: Array, start: Evaluation, plan: BlockPlan) -> BlockResult:
        """Advance all replicas by `plan.steps` steps (see `engines.base.BlockPlan`).

        Everything happens on the device; what went wrong is read once at the end, and the block done again
        where the neighbour lists had too little room or came too late.
        Raises RuntimeError naming replica and step when the motion is no longer finite, ValueError when the
        barostat deforms the cell too much.
        """
        for name, array in (("velocities", velocities), ("start.forces", start.forces)):
            if np.shape(array) != system.positions.shape:
                raise ValueError(f"{name} must have shape {system.positions.shape}, got {np.shape(array)}")
        cells = self._checked_frames(system)
        cell_every = plan.cell_rescaling.every if plan.cell_rescaling else 0
        if cell_every and not all(system.pbc):
            raise ValueError("a cell moves only where all three directions are periodic")
        lists = list_interval(system, velocities, plan.temperature_K, plan.timestep, self.skin_A, cell_every)
        shrink = 1
        for _ in range(ATTEMPTS):
            batch = self._batch(system, cells, SHRINK[min(shrink, len(SHRINK) - 1)] if cell_every else 1.0)
            batch.upload(system, cells, velocities, start.forces, start.virial)
            self._write_plan(batch, system, plan, lists)
            batch.run_steps(plan.steps, lists, cell_every)
            trouble = self._pool.read("trouble", (system.n_replicas,), TROUBLE)
            self.blocks_run += 1
            if self._make_room(trouble):
                continue
            if trouble["late"].any():
                lists = max(n for n in range(1, lists // 2 + 1) if not cell_every or cell_every % n == 0)
                continue
            if (trouble["cell"] == 2).any() and shrink + 1 < len(SHRINK):
                shrink += 1
                continue
            _raise_for(trouble)
            return self._result(batch, plan)
        raise RuntimeError(f"cuda engine: no list interval and no room was enough in {ATTEMPTS} tries")

    @property
    def _reach(self) -> float:
        return self.cutoff + self.skin_A

    def _checked_frames(self, system: System) -> Array:
        if system.elements != self.elements:
            raise ValueError(f"system numbers species as {system.elements}, potential as {self.elements}")
        if system.n_atoms < 1:
            raise ValueError("the structure holds no atoms")
        return frames(system)

    def _batch(self, system: System, cells: Array, shrink: float) -> Batch:
        if not self._room:  # the first structure tells how dense things are
            near = expected_neighbours(system, cells, self._parameters.shape.cutoff_angular)
            far = expected_neighbours(system, cells, self.cutoff)
            self._shape = self._shape.with_room(far, near)
            self._room = round_up(expected_neighbours(system, cells, self._reach), 16)
        self.batch = Batch(
            pool=self._pool,
            shape=self._shape,
            kernels=self._kernels(),
            n_replicas=system.n_replicas,
            n_atoms=system.n_atoms,
            bins=choose_bins(cells, system.pbc, system.n_atoms, self._reach, shrink),
            room=self._room,
        )
        return self.batch

    def _kernels(self) -> object:
        if getattr(self, "_loaded", (None,))[0] != self._shape:
            self._loaded = self._shape, self._pool.device.load(self._shape)
        return self._loaded[1]

    def _make_room(self, trouble: np.ndarray) -> bool:
        """Whether there was too little room for neighbours; next time there is enough."""
        candidates, radial, angular = (
            int(trouble[name].max()) for name in ("candidates", "radial", "angular")
        )
        for name, most in (("radial", GREATEST_RADIAL), ("candidates", GREATEST_CANDIDATES)):
            if (worst := int(trouble[name].max())) > most:
                within = "radial cutoff" if name == "radial" else "cutoff and skin"
                raise RuntimeError(
                    f"cuda engine: replica {trouble[name].argmax()}, an atom has {worst} neighbours within "
                    f"the {within}, more than {most}: has the structure collapsed? Else use engine='torch'"
                )
        self._shape = self._shape.with_room(radial, angular)
        if candidates > self._room:
            self._room = round_up(candidates + 8, 16)
        return candidates > 0 or radial > 0 or angular > 0

    def _write_plan(self, batch: Batch, system: System, plan: BlockPlan, lists: int) -> None:
        n_replicas, n_dof = system.n_replicas, degrees_of_freedom(system.n_atoms)
        samples = plan.steps // plan.sample_every if plan.sample_every else 0
        settings: dict[str, float] = {
            "steps": plan.steps,
            "sample_every": plan.sample_every,
            "n_samples": samples,
            "list_every": lists,
            "timestep": plan.timestep,
            "skin": self.skin_A,
            "reach": self._reach,
            "target_kinetic": 0.5 * n_dof * BOLTZMANN_EV_PER_K * plan.temperature_K,
            "freedom": n_dof,
        }
        arrays = ["series"]
        self._pool.reserve("series", 8 * n_replicas * samples * (8 + 3 * len(self.elements)))
        if plan.thermostat_noise is not None and plan.thermostat_period is not None:
            self._pool.write(
                "noise", _shaped(plan.thermostat_noise, (plan.steps, n_replicas, 2), "thermostat_noise")
            )
            settings |= {"thermostatted": 1, "decay": np.exp(-plan.timestep / plan.thermostat_period)}
            arrays.append("noise")
        if (cell := plan.cell_rescaling) is not None:
            shape = (plan.steps // cell.every, n_replicas, 3, 3)
            self._pool.write("normals", _shaped(cell.normals, shape, "cell_rescaling.normals"))
            settings |= {
                "cell_every": cell.every,
                "isotropic": int(cell.isotropic),
                "pressure": cell.pressure,
                "cell_rate": cell.compressibility * cell.every * plan.timestep / cell.period,
                "kT": BOLTZMANN_EV_PER_K * cell.temperature_K,
            }
            arrays.append("normals")
        batch.world(system, settings, tuple(arrays))

    def _evaluation(self, batch: Batch, atomic_virials: Array | None = None) -> Evaluation:
        return Evaluation(
            site_energies=self._pool.read("site_energy", (batch.n_replicas, batch.n_atoms)),
            forces=batch.vectors("force"),
            virial=self._pool.read("replica", (batch.n_replicas,), REPLICA)["virial"].copy(),
            atomic_virials=atomic_virials,
        )

    def _result(self, batch: Batch, plan: BlockPlan) -> BlockResult:
        n_replicas, n_atoms = batch.n_replicas, batch.n_atoms
        replica = self._pool.read("replica", (n_replicas,), REPLICA)
        samples = plan.steps // plan.sample_every if plan.sample_every else 0
        series = self._pool.read("series", (n_replicas, samples, 8 + 3 * len(self.elements)))
        shift = self._pool.read("shift", (n_replicas, n_atoms, 3), np.int32)
        cell = replica["cell"].copy()
        moves = plan.steps // plan.cell_rescaling.every if plan.cell_rescaling else 0
        return BlockResult(
            positions=batch.vectors("position") + shift @ cell,
            velocities=batch.vectors("velocity") * replica["factor"][:, None, None],
            cell=cell,
            mean_cell=replica["cell_sum"] / moves if moves else cell,
            evaluation=self._evaluation(batch),
            currents=series[..., :-2].reshape(n_replicas, samples, 2 + len(self.elements), 3).copy(),
            potential_energy=series[..., -2].copy(),
            kinetic_energy=series[..., -1].copy(),
            heat_from_thermostat=replica["heat"].copy(),
        )


def _raise_for(trouble: np.ndarray) -> None:
    """Errors for what more room does not mend."""
    if (trouble["cell"] == 1).any():
        raise ValueError(
            "the barostat would deform the cell by more than 10 % in one step: "
            "lengthen the barostat period, or start from a better structure"
        )
    if (trouble["cell"] == 2).any():
        raise ValueError(
            "the barostat shrank the cell by a fifth within one block: lengthen the barostat period"
        )
    if trouble["not_finite"].any():
        replica = int(np.flatnonzero(trouble["not_finite"])[0])
        raise RuntimeError(
            f"cuda engine: replica {replica}, step {trouble['not_finite'][replica]}: forces or velocities "
            "are not finite: shorten the time step, or look for atoms too close"
        )


def _shaped(array: Array, shape: tuple[int, ...], name: str) -> np.ndarray:
    if np.shape(array) != shape:
        raise ValueError(f"{name} must have shape {shape}, got {np.shape(array)}")
    return np.ascontiguousarray(array, float)
