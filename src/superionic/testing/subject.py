"""The subject of a contract, and the tolerances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Array
from ..engines.base import Engine
from ..md.thermostats import maxwell_velocities
from ..system import System

ROUNDING = {"float64": 1e-10, "mixed": 1e-5, "float32": 1e-4}
"""Allowed error of a result relative to its largest magnitude, by the engine's `precision`. "mixed"
(positions, differences and sums in float64, the rest in float32) is allowed some 170 units in the last place
of float32 (6e-8): the force of an edge sums a dozen radial functions times some neurons, which cancel.
"""

SLOPE = {"float64": 1e-6, "mixed": 3e-3, "float32": 1e-2}
"""The same for a numerical derivative, which divides the rounding error of energies by a small step."""

STEP_A = {"float64": 1e-4, "mixed": 2e-2, "float32": 3e-2}
"""Step in Å of a numerical derivative: larger for lower precision."""


class ContractBroken(AssertionError):
    """An engine or an ensemble violates a contract; the message gives the number and its deviation."""


@dataclass(frozen=True)
class Subject:
    """An engine and the structure to test it on.

    engine      : the engine under test
    system      : periodic, at least two different replicas, 16 to 64 thermally displaced atoms; with
                  symmetric structures wrong orders of components would go unnoticed
    oracle      : a trusted engine of the same potential (`TorchEngine` in float64), or None
    cutoffs     : distances in Å where the potential's formulas change; results must be smooth there
    temperature_K, timestep_fs : of the short MD runs
    steps       : of those runs: some tens, enough for list updates and few enough for trajectories to agree
    """

    engine: Engine
    system: System
    oracle: Engine | None = None
    cutoffs: tuple[float, ...] = ()
    temperature_K: float = 600.0
    timestep_fs: float = 1.0
    steps: int = 20

    @property
    def rounding(self) -> float:
        """Allowed relative error of a result."""
        return _of(ROUNDING, self.engine)

    @property
    def slope_error(self) -> float:
        """Allowed relative error of a numerical derivative."""
        return _of(SLOPE, self.engine)

    @property
    def step_A(self) -> float:
        """Step of a numerical derivative in Å."""
        return _of(STEP_A, self.engine)

    @property
    def first(self) -> System:
        """The first replica alone."""
        return replicas(self.system, self.system.positions[:1], self.system.cell[:1])

    @property
    def cluster(self) -> System:
        """The atoms of the first replica as a free cluster, in a box with more than the cutoff of vacuum."""
        positions = self.system.positions[:1] - self.system.positions[:1].mean(axis=1, keepdims=True)
        edge = 2 * np.abs(positions).max() + 2 * self.engine.cutoff + 1.0
        return System(
            positions=positions + edge / 2,
            cell=edge * np.eye(3)[None],
            species=self.system.species,
            masses=self.system.masses,
            elements=self.system.elements,
            pbc=(False, False, False),
        )

    def velocities(self, system: System | None = None) -> Array:
        """Thermal velocities, the same at every call."""
        return maxwell_velocities(system or self.system, self.temperature_K, np.random.default_rng(1))

    def believed(self) -> Engine:
        """The oracle; raises ValueError for a subject without one."""
        if self.oracle is None:
            raise ValueError("this contract compares with an oracle: give Subject(oracle=TorchEngine(...))")
        return self.oracle


def _of(table: dict[str, float], engine: Engine) -> float:
    if engine.precision not in table:
        raise ValueError(f"engine.precision is {engine.precision!r}, must be one of {', '.join(table)}")
    return table[engine.precision]


def replicas(system: System, positions: Array, cell: Array | None = None) -> System:
    """The same atoms at other positions (R, N, 3), in the first replica's cell or in the given cells."""
    if cell is None:
        cell = np.repeat(system.cell[:1], len(positions), axis=0)
    return system.moved(positions, cell)


def fractional(system: System) -> Array:
    """Positions (R, N, 3) in units of the lattice vectors."""
    return np.einsum("ria,rab->rib", system.positions, np.linalg.inv(system.cell))


def nine_components(engine: Engine, system: System) -> Array:
    """The per-atom virials (R, N, 3, 3); raises ContractBroken if the engine does not return them."""
    virials = engine.compute(system, atomic_virials=True).atomic_virials
    if virials is None:
        raise ContractBroken("compute(..., atomic_virials=True) returned none")
    return virials


def agree(what: str, result: Array, expected: Array, tolerance: float) -> None:
    """Raise ContractBroken if any element differs by more than `tolerance` or is NaN."""
    result, expected = np.asarray(result), np.asarray(expected)
    if result.shape != expected.shape:
        raise ContractBroken(f"{what}: shape {result.shape} instead of {expected.shape}")
    if not result.size:
        raise ContractBroken(f"{what}: nothing to compare")
    worst = float(np.abs(result - expected).max())
    if not worst <= tolerance:
        raise ContractBroken(f"{what}: differs by {worst:.3g}, allowed {tolerance:.3g}")


def largest(values: Array) -> float:
    """The scale of an array: its largest magnitude."""
    return float(np.abs(values).max())


def slopes(values: Array, step: float) -> Array:
    """Derivative from values at -2, -1, 1, 2 steps (first axis); error step⁴/30 of the fifth derivative."""
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)


STENCIL = (-2, -1, 1, 2)
"""Displacements at which `slopes` needs its values, in steps."""
