"""The fast CPU engine: NEP in C++17, whole blocks of MD inside, on any number of threads."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers

from ..conventions import Array
from ..nep.format import NEPParameters
from ..nep.screening import screened_pairs
from ..potentials import Potential, as_potential
from ..system import System, degrees_of_freedom
from ..units import BOLTZMANN_EV_PER_K, COULOMB_EV_A
from .base import BlockPlan, BlockResult, Evaluation
from .native import binding
from .native.build import NativeUnavailable, cpu_model, find_compiler, library, shape_definitions

__all__ = ["NativeEngine", "NativeUnavailable", "load", "unavailable"]

SKIN_A = 0.7
"""Extra reach of the Verlet list in Å: rebuilt every dozen steps at 650 K and 1 fs."""

MOST_THREADS = 1024
"""More are not started: no machine gains from them."""


def load(potential: Potential, device: str, threads: int | None, precision: str) -> NativeEngine:
    """For `engines.ENGINES`."""
    return NativeEngine(potential, precision, threads)


def unavailable() -> str | None:
    """Why the engine cannot run on this machine; None where it can."""
    try:
        find_compiler()
    except NativeUnavailable as reason:
        return str(reason)
    return None


class NativeEngine:
    """Satisfies `engines.base.Engine` and `engines.base.BlockEngine`.

    precision "mixed": positions, differences and sums in float64, the work between in float32 (forces within
    1e-5 eV/Å); "float64": float64 throughout. Replicas are shared out to `threads` threads (default: all
    cores), and the atoms of a replica where there are fewer replicas than threads. Sums are taken in an order
    that the structure alone decides, so results do not depend on the number of threads, to the last bit.
    """

    name = "native"

    def __init__(
        self,
        potential: Potential | str | Path,
        precision: str = "mixed",
        threads: int | None = None,
    ) -> None:
        """Compile (on first use) and load; raises NEPFormatError, ValueError or NativeUnavailable."""
        if precision not in ("mixed", "float64"):
            raise ValueError(f"precision must be 'mixed' or 'float64', got {precision!r}")
        if threads is not None and not (isinstance(threads, (int, np.integer)) and threads >= 1):
            raise ValueError(f"threads must be a whole number and at least 1, got {threads}")
        parameters = as_potential(potential)
        self.precision = precision
        self.threads = min(threads or _cores(), MOST_THREADS)
        self.elements = parameters.elements
        self.cutoff = parameters.shape.cutoff
        self.device = f"cpu ({cpu_model()})"
        path = library(shape_definitions(parameters.shape, precision))
        self._library = _load(path, parameters)

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        """Evaluate all replicas; raises RuntimeError naming the replica when a value is not finite."""
        arrays = self._inputs(system)
        evaluation, results = _results(system, atomic_virials)
        self._library.compute(_batch(system, arrays, self.threads), results)
        finite = np.isfinite(evaluation.site_energies).all(axis=1) & np.isfinite(evaluation.forces).all(
            axis=(1, 2)
        )
        if not finite.all():
            raise RuntimeError(
                f"native engine: replica {np.flatnonzero(~finite)[0]}, energy or forces are not finite: "
                "look for atoms on top of each other"
            )
        return evaluation

    def run_block(self, system: System, velocities: Array, start: Evaluation, plan: BlockPlan) -> BlockResult:
        """Advance all replicas by `plan.steps` steps (see `engines.base.BlockPlan`).

        Velocity Verlet from `start.forces`, then the thermostat's rescaling; currents with the final
        velocities of a step. The same call gives the same bits whatever the number of threads.
        Raises RuntimeError naming replica and step when the motion is no longer finite, and ValueError when
        the barostat would deform a cell by more than 10 % at once.
        """
        arrays = self._inputs(system)
        n_replicas, n_atoms = system.n_replicas, system.n_atoms
        samples = plan.steps // plan.sample_every if plan.sample_every else 0
        evaluation, results = _results(system, atomic_virials=False)
        result = BlockResult(
            positions=np.empty((n_replicas, n_atoms, 3)),
            velocities=np.empty((n_replicas, n_atoms, 3)),
            cell=system.cell if plan.cell_rescaling is None else np.empty((n_replicas, 3, 3)),
            mean_cell=system.cell if plan.cell_rescaling is None else np.empty((n_replicas, 3, 3)),
            evaluation=evaluation,
            currents=np.empty((n_replicas, samples, 2 + len(self.elements), 3)),
            potential_energy=np.empty((n_replicas, samples)),
            kinetic_energy=np.empty((n_replicas, samples)),
            heat_from_thermostat=np.empty(n_replicas),
        )
        noise, normals = _noise(plan, n_replicas), _normals(plan, n_replicas)
        inputs = [
            np.ascontiguousarray(system.masses, float),
            _shaped(velocities, system.positions.shape, "velocities"),
            _shaped(start.forces, system.positions.shape, "start.forces"),
            _shaped(start.virial, (n_replicas, 3, 3), "start.virial"),
        ]
        motion = binding.Motion(
            _plan(plan, noise, normals, n_replicas, n_atoms),
            *(binding.address(a) for a in inputs),
            *(
                binding.address(a)
                for a in (
                    result.positions,
                    result.velocities,
                    result.currents,
                    result.potential_energy,
                    result.kinetic_energy,
                    result.heat_from_thermostat,
                    result.cell,
                    result.mean_cell,
                )
            ),
        )
        self._library.block(_batch(system, arrays, self.threads), motion, results)
        return result

    def _inputs(self, system: System) -> list[np.ndarray]:
        if system.elements != self.elements:
            raise ValueError(f"system numbers species as {system.elements}, potential as {self.elements}")
        if system.n_atoms == 0 or system.n_replicas == 0:
            raise ValueError(
                f"the system has {system.n_replicas} replicas of {system.n_atoms} atoms: nothing to compute"
            )
        if system.species.min() < 0 or system.species.max() >= len(self.elements):
            raise ValueError(
                f"system.species must lie between 0 and {len(self.elements) - 1}, one number for each of "
                f"{', '.join(self.elements)}"
            )
        return [
            np.ascontiguousarray(system.positions, float),
            np.ascontiguousarray(system.cell, float),
            np.array(system.pbc, np.int32),
            np.ascontiguousarray(system.species, np.int64),
        ]


def _cores() -> int:
    """Cores this process may use: what the system binds it to, and not more than SLURM has given it.

    Not every cluster binds: SLURM's own numbers keep jobs that share a node from taking each other's cores.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    given = os.environ.get("SLURM_CPUS_PER_TASK") or os.environ.get("SLURM_CPUS_ON_NODE") or ""
    return min(cores, int(given)) if given.isdecimal() and int(given) else cores


def _load(path: Path, parameters: NEPParameters) -> binding.Library:
    p = parameters
    arrays = {
        name: np.ascontiguousarray(getattr(p, name), float)
        for name in ("w0", "b0", "w1", "c_radial", "c_angular", "q_scaler")
    }
    arrays["charges"] = np.array([atomic_numbers[element] for element in p.elements], float)
    if p.shape.has_pair_cutoffs:
        arrays["pair_cutoffs"] = np.ascontiguousarray(p.shape.pair_cutoffs)
    if p.shape.zbl is not None:
        arrays["zbl_pairs"] = screened_pairs(p.shape, p.zbl_pairs)
    return binding.Library(
        path,
        binding.Parameters(
            cutoff_radial=p.shape.cutoff_radial,
            cutoff_angular=p.shape.cutoff_angular,
            coulomb=COULOMB_EV_A,
            b1=p.b1,
            **{name: binding.address(array) for name, array in arrays.items()},
        ),
    )


def _batch(system: System, arrays: list[np.ndarray], threads: int) -> binding.Batch:
    return binding.Batch(system.n_replicas, system.n_atoms, threads, *(binding.address(a) for a in arrays))


def _results(system: System, atomic_virials: bool) -> tuple[Evaluation, binding.Results]:
    """Arrays to be filled, and their addresses."""
    n_replicas, n_atoms = system.n_replicas, system.n_atoms
    evaluation = Evaluation(
        site_energies=np.empty((n_replicas, n_atoms)),
        forces=np.empty((n_replicas, n_atoms, 3)),
        virial=np.empty((n_replicas, 3, 3)),
        atomic_virials=np.empty((n_replicas, n_atoms, 3, 3)) if atomic_virials else None,
    )
    arrays = (evaluation.site_energies, evaluation.forces, evaluation.virial, evaluation.atomic_virials)
    return evaluation, binding.Results(*(binding.address(a) for a in arrays))


def _noise(plan: BlockPlan, n_replicas: int) -> np.ndarray | None:
    if plan.thermostat_period is None:
        return None
    if plan.thermostat_noise is None:
        raise ValueError("a thermostatted block needs plan.thermostat_noise of shape (steps, replicas, 2)")
    return _shaped(plan.thermostat_noise, (plan.steps, n_replicas, 2), "plan.thermostat_noise")


def _normals(plan: BlockPlan, n_replicas: int) -> np.ndarray | None:
    if plan.cell_rescaling is None:
        return None
    shape = (plan.steps // plan.cell_rescaling.every, n_replicas, 3, 3)
    return _shaped(plan.cell_rescaling.normals, shape, "plan.cell_rescaling.normals")


def _rescaling(plan: BlockPlan, normals: np.ndarray | None) -> binding.Rescaling:
    cell = plan.cell_rescaling
    if cell is None:
        return binding.Rescaling(every=0)
    return binding.Rescaling(
        pressure=cell.pressure,
        thermal=BOLTZMANN_EV_PER_K * cell.temperature_K,
        rate=cell.compressibility * cell.every * plan.timestep / cell.period,
        isotropic=cell.isotropic,
        every=cell.every,
        normals=binding.address(normals),
    )


def _plan(
    plan: BlockPlan, noise: np.ndarray | None, normals: np.ndarray | None, n_replicas: int, n_atoms: int
) -> binding.Plan:
    n_dof = degrees_of_freedom(n_atoms)
    return binding.Plan(
        plan.timestep,
        SKIN_A,
        0.0 if plan.thermostat_period is None else np.exp(-plan.timestep / plan.thermostat_period),
        0.5 * n_dof * BOLTZMANN_EV_PER_K * plan.temperature_K,
        plan.steps,
        plan.sample_every or plan.steps + 1,  # 0: none, so never reached
        n_dof,
        binding.address(noise),
        n_replicas,
        _rescaling(plan, normals),
    )


def _shaped(array: Array, shape: tuple[int, ...], name: str) -> np.ndarray:
    if np.shape(array) != shape:
        raise ValueError(f"{name} must have shape {shape}, got {np.shape(array)}")
    return np.ascontiguousarray(array, float)
