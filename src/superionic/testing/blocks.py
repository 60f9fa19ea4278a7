"""Contracts of blocks of MD: agreement with the reference integrator in every ensemble; conservation laws."""

from __future__ import annotations

import numpy as np

from ..conventions import Array
from ..engines.base import BlockPlan, BlockResult, CellRescaling
from ..md.integrators import advance, run_block
from ..md.thermostats import rescaling_noise
from ..units import GPA_PER_EV_PER_A3, to_internal_time
from .subject import ContractBroken, Subject, agree, largest

EVERY = 5
"""Steps between samples; cells move every second step, and so also between samples."""


def nve_block_equals_the_reference(subject: Subject) -> None:
    """Velocity Verlet."""
    _block_equals_reference(subject, _plan(subject))


def nvt_block_equals_the_reference(subject: Subject) -> None:
    """Velocity Verlet and stochastic velocity rescaling, on the same stochastic path."""
    _block_equals_reference(subject, _plan(subject, thermostat=True))


def npt_isotropic_block_equals_the_reference(subject: Subject) -> None:
    """The volume moves, at a target pressure of 2 GPa."""
    _block_equals_reference(subject, _plan(subject, thermostat=True, cell="isotropic"))


def npt_full_cell_block_equals_the_reference(subject: Subject) -> None:
    """The whole cell moves, at a target pressure of 2 GPa."""
    _block_equals_reference(subject, _plan(subject, thermostat=True, cell="full"))


def _block_equals_reference(subject: Subject, plan: BlockPlan) -> None:
    """`advance` of the engine against `run_block` of the oracle, or of the engine's own `compute`."""
    reference = subject.oracle or subject.engine
    system, velocities = subject.system, subject.velocities()
    start = reference.compute(system)
    expected = run_block(reference, system, velocities, start, plan)
    result = advance(subject.engine, system, velocities, start, plan)
    if plan.cell_rescaling is not None and largest(expected.cell - system.cell) < 1e-3 * largest(system.cell):
        raise ContractBroken("the barostat hardly moved the cell: give more steps")
    # force errors grow along the trajectory, little in so few steps
    tolerance = 10 * subject.rounding
    for name in ("positions", "velocities", "cell", "mean_cell", "potential_energy", "kinetic_energy"):
        values = getattr(expected, name)
        agree(name, getattr(result, name), values, tolerance * max(1.0, largest(values)))
    agree(
        "heat_from_thermostat",
        *_both(result, expected, "heat_from_thermostat"),
        tolerance * _energy(expected),
    )
    for index in range(expected.currents.shape[2]):
        one = expected.currents[:, :, index]
        agree(f"current {index}", result.currents[:, :, index], one, tolerance * max(1.0, largest(one)))
    for name in ("site_energies", "forces", "virial"):
        values = getattr(expected.evaluation, name)
        scale = max(1.0, largest(values), largest(expected.evaluation.forces))
        agree(f"evaluation.{name}", getattr(result.evaluation, name), values, tolerance * scale)


def a_block_repeats_to_the_bit(subject: Subject) -> None:
    """Repeated calls are bit-identical."""
    plan = _plan(subject, thermostat=True, cell="full", steps=2 * EVERY)
    one, other = (_run(subject, plan) for _ in range(2))
    for name in ("positions", "velocities", "cell", "currents", "heat_from_thermostat"):
        agree(f"{name} of a repeated block", *_both(one, other, name), 0.0)


def sampling_changes_nothing(subject: Subject) -> None:
    """Sampling does not change the trajectory; a block without samples returns empty arrays."""
    sampled, plain = (
        _run(subject, _plan(subject, sample_every=every, steps=2 * EVERY)) for every in (EVERY, 0)
    )
    shape = (subject.system.n_replicas, 0, 2 + len(subject.system.elements), 3)
    if plain.currents.shape != shape:
        raise ContractBroken(f"currents of an unsampled block have shape {plain.currents.shape}, not {shape}")
    for name in ("positions", "velocities"):
        one, other = _both(sampled, plain, name)
        agree(f"{name} without samples", other, one, subject.rounding * largest(one))
    now = plain.evaluation
    agree("virial of an unsampled block", now.virial, sampled.evaluation.virial,
          10 * subject.rounding * max(1.0, largest(now.virial), largest(now.forces)))  # fmt: skip


def energy_error_falls_with_the_square_of_the_time_step(subject: Subject) -> None:
    """NVE: half the time step gives a quarter of the energy error. Wrong forces, late list updates or a wrong
    kick leave an error that does not decrease.
    """
    coarse, fine = (_energy_error(subject, parts) for parts in (1, 2))
    if not 3.0 < coarse / fine < 5.0:
        raise ContractBroken(
            f"energy error {coarse:.3g} eV at {subject.timestep_fs:g} fs, {fine:.3g} at half of it: ratio "
            f"{coarse / fine:.2f}, not 4"
        )


def _energy_error(subject: Subject, parts: int) -> float:
    system, velocities = subject.system, subject.velocities()
    start = subject.engine.compute(system)
    plan = BlockPlan(
        steps=parts * subject.steps,
        timestep=to_internal_time(subject.timestep_fs) / parts,
        sample_every=parts,
    )
    result = advance(subject.engine, system, velocities, start, plan)
    before = start.energy + 0.5 * np.einsum("i,ria,ria->r", system.masses, velocities, velocities)
    return largest(result.potential_energy + result.kinetic_energy - before[:, None])


def momentum_stays_zero(subject: Subject) -> None:
    """Barostat and thermostat conserve momentum: the mass currents add up to zero, though none vanishes."""
    system = subject.system
    result = _run(subject, _plan(subject, thermostat=True, cell="full", steps=2 * EVERY))
    masses = result.currents[:, :, 2:]
    momentum = np.einsum("i,ria->ra", system.masses, result.velocities)
    allowed = subject.rounding * subject.steps * largest(system.masses[:, None] * result.velocities)
    agree("total momentum", momentum, np.zeros_like(momentum), allowed)
    total = masses.sum(axis=2)
    agree("sum of the mass currents", total, np.zeros_like(total), allowed)
    if not (np.abs(masses).max(axis=(0, 1, 3)) > 1e-3 * largest(masses)).all():
        raise ContractBroken("the mass current of a species is zero")


def _plan(
    subject: Subject,
    *,
    thermostat: bool = False,
    cell: str | None = None,
    sample_every: int = EVERY,
    steps: int = 0,
) -> BlockPlan:
    """Couplings far stronger than in practice, so that a few steps suffice."""
    system, rng = subject.system, np.random.default_rng(8)
    steps = (steps or subject.steps) // (2 * EVERY) * 2 * EVERY  # a multiple of samples and cell moves
    fs = to_internal_time(subject.timestep_fs)
    return BlockPlan(
        steps=steps,
        timestep=fs,
        sample_every=sample_every,
        temperature_K=0.7 * subject.temperature_K,
        thermostat_period=20 * fs if thermostat else None,
        thermostat_noise=rescaling_noise(steps, system.n_replicas, system.n_atoms, rng)
        if thermostat
        else None,
        cell_rescaling=CellRescaling(
            pressure=2.0 / GPA_PER_EV_PER_A3,
            temperature_K=0.7 * subject.temperature_K,
            period=100 * fs,
            compressibility=GPA_PER_EV_PER_A3 / 25.0,
            isotropic=cell == "isotropic",
            every=2,
            normals=rng.normal(size=(steps // 2, system.n_replicas, 3, 3)),
        )
        if cell
        else None,
    )


def _run(subject: Subject, plan: BlockPlan) -> BlockResult:
    system = subject.system
    return advance(subject.engine, system, subject.velocities(), subject.engine.compute(system), plan)


def _both(one: BlockResult, other: BlockResult, name: str) -> tuple[Array, Array]:
    return getattr(one, name), getattr(other, name)


def _energy(result: BlockResult) -> float:
    return max(1.0, largest(result.kinetic_energy))
