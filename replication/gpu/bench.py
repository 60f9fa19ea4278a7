"""Speed of MD with currents at many sizes, of an external program, and of every kernel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from superionic.engines.base import BlockPlan, CellRescaling
from superionic.engines.cuda.profile import kernel_seconds
from superionic.engines.cuda_engine import CudaEngine
from superionic.system import Array, System
from superionic.tables import write_records
from superionic.units import GPA_PER_EV_PER_A3, to_internal_time

from .device import device_columns
from .systems import CASES, NEPA, OWN, BenchmarkSystem

SAMPLE_EVERY = 5
ROUNDS = 3
SECONDS = 0.6
"""Duration of one round."""

EXTERNAL_SIZES = ((8, 6, 8), (16, 12, 16))
"""Sizes at which the external program is timed: the paper's, and one that saturates the GPU. It does not
support the n_max of the paper's potentials (10), so one of ours is used."""


def run(folder: Path) -> None:
    """All cases; the tables are written after each."""
    rows: list[dict[str, object]] = []
    kernels: list[dict[str, object]] = []
    for timing in _cases(kernels):
        rows.append({**device_columns(), **timing})
        size = f"{timing['n_atoms']:>7} atoms x {timing['n_replicas']:<4}"
        speed = f"{timing['atom_steps_per_second']:.3e} atom-steps/s"
        print(f"{timing['engine']:13s} {timing['potential']:12s} {size} {speed}", flush=True)
        write_records(folder / "gpu_bench.csv", rows)
        write_records(folder / "gpu_kernels.csv", kernels)


def _cases(kernels: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    for benchmark, repeat, replicas in CASES:
        engine = CudaEngine(benchmark.potential())
        system, velocities = benchmark.hot(repeat, replicas)
        steps = _md(engine, system, velocities)
        yield _timed("cuda mixed", benchmark, system.n_atoms, replicas, "MD with currents", steps, engine)
        if (benchmark, replicas, system.n_atoms) == (NEPA, 1, 6144):
            steps = _md(engine, system, velocities, cell_every=10)
            label = "MD with currents, moving cell"
            yield _timed("cuda mixed", benchmark, system.n_atoms, replicas, label, steps, engine)
        if (benchmark, replicas) in ((NEPA, 1), (NEPA, 128)) and system.n_atoms in (192, 768, 6144):
            for kernel, seconds in kernel_seconds(engine, system, velocities).items():
                kernels.append(
                    {
                        **device_columns(),
                        "potential": benchmark.name,
                        "n_atoms": system.n_atoms,
                        "n_replicas": replicas,
                        "kernel": kernel,
                        "microseconds": round(1e6 * seconds, 2),
                    }
                )
    yield from _external()


def _md(engine: CudaEngine, system: System, velocities: Array, cell_every: int = 0) -> Callable[[int], None]:
    """MD with sampled currents; each call continues the previous one."""
    evaluation = engine.compute(system)

    def steps(count: int) -> None:
        nonlocal system, velocities, evaluation
        count = count // max(cell_every, 1) * max(cell_every, 1)
        cell = _barostat(count, cell_every, system.n_replicas) if cell_every else None
        plan = BlockPlan(count, to_internal_time(1.0), SAMPLE_EVERY, cell_rescaling=cell)
        end = engine.run_block(system, velocities, evaluation, plan)
        system, velocities = system.moved(end.positions, end.cell), end.velocities
        evaluation = end.evaluation

    return steps


def _barostat(steps: int, every: int, n_replicas: int) -> CellRescaling:
    normals = np.random.default_rng(steps).normal(size=(steps // every, n_replicas, 3, 3))
    return CellRescaling(0.0, 650.0, to_internal_time(1000.0), GPA_PER_EV_PER_A3 / 25, False, every, normals)


def _timed(
    engine: str,
    benchmark: BenchmarkSystem,
    n_atoms: int,
    replicas: int,
    step: str,
    steps: Callable[[int], None],
    cuda: CudaEngine | None = None,
) -> dict[str, object]:
    """Median over rounds of about `SECONDS` each, after a warm-up."""
    steps(100)
    started = time.perf_counter()
    steps(100)
    count = int(np.clip(SECONDS / ((time.perf_counter() - started) / 100), 100, 5000))
    steps(count)  # records the CUDA graph, if one is used
    blocks = cuda.blocks_run if cuda else 0
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        steps(count)
        seconds.append(time.perf_counter() - started)
    per_step = float(np.median(seconds)) / count
    return {
        "engine": engine,
        "potential": benchmark.name,
        "n_atoms": n_atoms,
        "n_replicas": replicas,
        "step": step,
        "steps": count,
        "rounds": ROUNDS,
        "blocks_done_again": cuda.blocks_run - blocks - ROUNDS if cuda else 0,
        "microseconds_per_step": round(1e6 * per_step, 2),
        "atom_steps_per_second": round(n_atoms * replicas / per_step),
    }


def _external() -> Iterator[dict[str, object]]:
    """The CUDA NEP of nep-adapters, if installed: one structure per call."""
    try:
        from nep_adapters import NEPCalculator
    except ImportError:
        print("nep-adapters is not installed: no external baseline", flush=True)
        return
    for repeat in EXTERNAL_SIZES:
        calculator = NEPCalculator(str(OWN[0].potential()), backend="cuda")
        atoms = OWN[0].crystal(repeat)
        yield _external_timing(_predictions(calculator, atoms), len(atoms))


def _predictions(calculator: Any, atoms: Atoms) -> Callable[[int], None]:
    def steps(count: int) -> None:
        for _ in range(count):
            atoms.rattle(1e-6)
            calculator.predict_structures([atoms])

    return steps


def _external_timing(steps: Callable[[int], None], n_atoms: int) -> dict[str, object]:
    steps(3)
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        steps(10)
        seconds.append(time.perf_counter() - started)
    per_step = float(np.median(seconds)) / 10
    return {
        "engine": "nep-adapters",
        "potential": OWN[0].name,
        "n_atoms": n_atoms,
        "n_replicas": 1,
        "step": "energy, forces, virial",
        "steps": 10,
        "rounds": ROUNDS,
        "microseconds_per_step": round(1e6 * per_step, 2),
        "atom_steps_per_second": round(n_atoms / per_step),
    }
