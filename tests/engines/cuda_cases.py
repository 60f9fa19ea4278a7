"""Structures and engines for the tests of the CUDA engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ase import Atoms

from superionic.engines.base import BlockPlan, CellRescaling
from superionic.engines.cuda_engine import CudaDevice, CudaEngine, EmulatedDevice
from superionic.md.thermostats import maxwell_velocities, rescaling_noise
from superionic.nep.format import NEPParameters
from superionic.system import Array, System
from superionic.units import GPA_PER_EV_PER_A3, to_internal_time
from tests.models import random_parameters, random_structure

CUTOFFS = (4.5, 3.5)


def model(**options: object) -> NEPParameters:
    return random_parameters(**{"cutoffs": CUTOFFS, "seed": 3, **options})  # type: ignore[arg-type]


Bind = Callable[..., CudaEngine]
"""Binds a model to the device under test: (parameters, turn=0, skin_A=0.3); `turn` is the emulation's."""


def binder(device: str) -> Bind:
    """Engines on the "emulated" device or on the "gpu"; raises CudaUnavailable."""

    def bind(parameters: NEPParameters, turn: int = 0, skin_A: float = 0.3) -> CudaEngine:
        return CudaEngine(parameters, EmulatedDevice(turn) if device == "emulated" else CudaDevice(), skin_A)

    return bind


def replicas(elements: tuple[str, ...], n_atoms: int = 16, edge_A: float = 7.0) -> tuple[System, Array]:
    """Two replicas in cells that differ, at 300 K."""
    atoms: Atoms = random_structure(elements, n_atoms, edge_A, seed=5)
    system = System.from_atoms(atoms, elements, 2)
    stretch = np.array([1.0, 1.02])[:, None, None]
    system = system.moved(system.positions * stretch, system.cell * stretch)
    return system, maxwell_velocities(system, 300.0, np.random.default_rng(1))


def plan(steps: int, system: System, ensemble: str = "nve", seed: int = 2) -> BlockPlan:
    """0.5 fs steps, a sample every other one; "npt" moves the whole cell, "isotropic" its volume."""
    rng = np.random.default_rng(seed)
    options: dict = {}
    if ensemble != "nve":
        noise = rescaling_noise(steps, system.n_replicas, system.n_atoms, rng)
        options |= {
            "temperature_K": 300.0,
            "thermostat_period": to_internal_time(50.0),
            "thermostat_noise": noise,
        }
    if ensemble in ("npt", "isotropic"):
        options["cell_rescaling"] = CellRescaling(
            pressure=1.0 / GPA_PER_EV_PER_A3,
            temperature_K=300.0,
            period=to_internal_time(100.0),
            compressibility=0.5,
            isotropic=ensemble == "isotropic",
            every=2,
            normals=rng.normal(size=(steps // 2, system.n_replicas, 3, 3)),
        )
    return BlockPlan(steps, to_internal_time(0.5), 2, **options)
