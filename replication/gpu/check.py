"""Correctness of the CUDA engine on this GPU: contracts, forces, restarts, drift and spectra, with bounds."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from superionic.engines.base import BlockPlan, BlockResult
from superionic.engines.cuda_engine import CudaEngine
from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.md.thermostats import rescaling_noise
from superionic.system import Array, System
from superionic.tables import write_records
from superionic.units import to_internal_time

from .device import device_columns
from .systems import ALL, NEPA, strained

BlockEngine = CudaEngine | NativeEngine
CONTRACTS = ("tests/engines/test_cuda_engine.py", "tests/testing/test_engines.py")
FORCE_BOUND_EV_A = 1e-4
DRIFT_BOUND_MEV = 0.05
DRIFT_PS, SPECTRUM_PS, REPLICAS = 30.0, 6.0, 64
CELL = (2, 3, 2)
BANDS_THZ = ((0.5, 2.0), (2.0, 5.0), (5.0, 10.0), (10.0, 20.0))
SIGMAS = 4.0


def run(folder: Path) -> bool:
    """All checks; the table is written after each. Returns whether all passed."""
    rows: list[dict[str, object]] = []
    for check in (contracts, forces, resumed, drift, spectra):
        started = time.perf_counter()
        for row in check():
            print(
                f"{row['check']:40s} {row['value']:<12.4g} bound {row['bound']:g}: {row['verdict']}",
                flush=True,
            )
            rows.append({**device_columns(), **row})
        print(f"  {time.perf_counter() - started:.1f} s", flush=True)
        write_records(folder / "gpu_check.csv", rows)
    return all(row["verdict"] == "passed" for row in rows)


def _row(check: str, value: float, bound: float, unit: str) -> dict[str, object]:
    passed = bool(np.isfinite(value) and value <= bound)
    return {
        "check": check,
        "value": value,
        "bound": bound,
        "unit": unit,
        "verdict": "passed" if passed else "FAILED",
    }


def contracts() -> list[dict[str, object]]:
    """The tests that carry the marker `gpu`."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", *CONTRACTS]
    done = subprocess.run(command, check=False)
    return [_row("contract tests, exit code", done.returncode, 0, "")]


def forces() -> list[dict[str, object]]:
    """Largest deviation of a force component from float64, for potentials of several shapes."""
    rows = []
    for benchmark in ALL:
        system, _ = benchmark.hot((1, 1, 2), 2)
        system = strained(system)
        exact = TorchEngine(benchmark.potential()).compute(system)
        single = CudaEngine(benchmark.potential()).compute(system)
        error = float(np.abs(single.forces - exact.forces).max())
        rows.append(_row(f"forces of {benchmark.name}", error, FORCE_BOUND_EV_A, "eV/Å"))
    return rows


def _plan(steps: int, system: System | None = None, every: int = 5, seed: int = 5) -> BlockPlan:
    """NVE, or with a system NVT at 650 K."""
    timestep = to_internal_time(1.0)
    if system is None:
        return BlockPlan(steps, timestep, every)
    noise = rescaling_noise(steps, system.n_replicas, system.n_atoms, np.random.default_rng(seed))
    return BlockPlan(steps, timestep, every, 650.0, to_internal_time(100.0), noise)


def _advance(engine: BlockEngine, system: System, velocities: Array, plan: BlockPlan) -> BlockResult:
    return engine.run_block(system, velocities, engine.compute(system), plan)


def resumed() -> list[dict[str, object]]:
    """Count of numbers that are not bit-identical after a restart: two blocks by one engine, and by two."""
    system, velocities = NEPA.hot(CELL, 4)
    ends = []
    for engines in (
        (CudaEngine(NEPA.potential()),) * 2,
        (CudaEngine(NEPA.potential()), CudaEngine(NEPA.potential())),
    ):
        state, v = system, velocities
        for number, engine in enumerate(engines):
            end = _advance(engine, state, v, _plan(200, state, seed=number))
            state, v = state.moved(end.positions), end.velocities
        ends.append(end)
    different = (ends[0].positions != ends[1].positions).sum() + (ends[0].currents != ends[1].currents).sum()
    return [_row("numbers that change when resumed", float(different), 0, "")]


def drift() -> list[dict[str, object]]:
    """Energy drift in NVE: slope of a linear fit to the total energy of each replica, averaged."""
    engine = CudaEngine(NEPA.potential())
    system, velocities = NEPA.hot(CELL, REPLICAS)
    end = _advance(engine, system, velocities, _plan(3000, system))
    end = _advance(
        engine, system.moved(end.positions), end.velocities, _plan(round(DRIFT_PS * 1000), every=50)
    )
    total = (end.potential_energy + end.kinetic_energy) / system.n_atoms
    times_ns = np.arange(total.shape[1]) * 50e-6
    slopes = 1000 * np.polyfit(times_ns, total.T, 1)[0]
    error = slopes.std(ddof=1) / np.sqrt(len(slopes))
    print(f"  drift {slopes.mean():+.4f} ± {error:.4f} meV/atom/ns", flush=True)
    return [_row("drift in NVE, 192 atoms, 1 fs", float(abs(slopes.mean())), DRIFT_BOUND_MEV, "meV/atom/ns")]


def _spectrum(currents: Array, dt_ps: float) -> tuple[Array, Array]:
    """Power in each band and its standard error over replicas; currents (R, n, 3)."""
    power = (np.abs(np.fft.rfft(currents - currents.mean(axis=1, keepdims=True), axis=1)) ** 2).sum(axis=2)
    frequency = np.fft.rfftfreq(currents.shape[1], dt_ps)
    bands = np.stack([power[:, (frequency >= a) & (frequency < b)].mean(axis=1) for a, b in BANDS_THZ])
    return bands.mean(axis=1), bands.std(axis=1, ddof=1) / np.sqrt(bands.shape[1])


def spectra() -> list[dict[str, object]]:
    """Spectra of the energy current and of the lithium current, band by band, in standard errors.

    Two runs on the GPU with different noise against one on the CPU: a chance deviation does not repeat.
    """
    system, velocities = NEPA.hot(CELL, REPLICAS)
    cpu = _currents(NativeEngine(NEPA.potential()), system, velocities, 0)
    rows = []
    for run_ in (1, 2):
        gpu = _currents(CudaEngine(NEPA.potential()), system, velocities, run_)
        for index, name in enumerate(("energy", "lithium")):
            (ours, our_error), (reference, reference_error) = (_spectrum(c[index], 5e-3) for c in (gpu, cpu))
            for band, deviation in zip(
                BANDS_THZ, (ours - reference) / np.hypot(our_error, reference_error), strict=True
            ):
                label = f"{name} current {band[0]:g}-{band[1]:g} THz, run {run_}"
                rows.append(_row(label, float(abs(deviation)), SIGMAS, "standard errors"))
    return rows


def _currents(engine: BlockEngine, system: System, velocities: Array, seed: int) -> Array:
    """Energy and lithium current (2, R, n, 3) of an independent run."""
    warm = _advance(engine, system, velocities, _plan(2000, system, seed=10 + seed))
    block = _plan(round(SPECTRUM_PS * 1000), system, seed=20 + seed)
    end = _advance(engine, system.moved(warm.positions), warm.velocities, block)
    return np.stack([end.currents[:, :, 0] + end.currents[:, :, 1], end.currents[:, :, 2]])
