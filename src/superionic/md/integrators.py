"""One block of molecular dynamics, readable: what every fast engine's own block must equal."""

from __future__ import annotations

import numpy as np

from ..conventions import Array
from ..engines.base import BlockEngine, BlockPlan, BlockResult, Engine, Evaluation, rescaling_factor
from ..system import System, degrees_of_freedom
from ..units import BOLTZMANN_EV_PER_K
from .barostat import rescale_cell
from .heat_current import all_currents, kinetic_energies


def advance(
    engine: Engine, system: System, velocities: Array, start: Evaluation, plan: BlockPlan
) -> BlockResult:
    """Run a block inside the engine if it can, else by `run_block`. `start` is the potential at `system`."""
    if isinstance(engine, BlockEngine):
        return engine.run_block(system, velocities, start, plan)
    return run_block(engine, system, velocities, start, plan)


def run_block(
    engine: Engine, system: System, velocities: Array, start: Evaluation, plan: BlockPlan
) -> BlockResult:
    """Velocity Verlet, v += (Δt/2) F/m; r += Δt v; F(r); v += (Δt/2) F/m; then rescaling if asked for.

    velocities (R, N, 3) Å per internal time unit. Currents are taken with the velocities of the full
    step, after the thermostat. Swope et al., J. Chem. Phys. 76, 637 (1982). The cell, where it moves, does so
    between the first half kick and the move (see `engines.base.BlockPlan`).
    """
    half_kick = 0.5 * plan.timestep / system.masses[:, None]
    n_dof = degrees_of_freedom(system.n_atoms)
    target = 0.5 * n_dof * BOLTZMANN_EV_PER_K * plan.temperature_K
    decay = np.exp(-plan.timestep / plan.thermostat_period) if plan.thermostat_period else 1.0
    heat = np.zeros(system.n_replicas)
    currents, potential, kinetic, cells = [], [], [], []
    now, barostat = start, plan.cell_rescaling
    for step in range(1, plan.steps + 1):
        sampled = plan.sample_every > 0 and step % plan.sample_every == 0
        velocities = velocities + half_kick * now.forces
        if barostat is not None and (step - 1) % barostat.every == 0:
            normals = barostat.normals[(step - 1) // barostat.every]
            elapsed = barostat.every * plan.timestep
            system, velocities = rescale_cell(barostat, system, velocities, now, elapsed, normals)
            cells.append(system.cell)
        system = system.moved(system.positions + plan.timestep * velocities)
        now = engine.compute(system, atomic_virials=sampled)
        velocities = velocities + half_kick * now.forces
        energy = kinetic_energies(system.masses, velocities).sum(axis=1)
        if plan.thermostat_noise is not None:
            factor = rescaling_factor(energy, target, n_dof, decay, plan.thermostat_noise[step - 1])
            velocities = velocities * factor[:, None, None]
            heat += energy * (factor**2 - 1.0)
            energy = energy * factor**2
        if sampled:
            currents.append(all_currents(system, velocities, now))
            potential.append(now.energy)
            kinetic.append(energy)
    n_currents = 2 + len(system.elements)
    return BlockResult(
        positions=system.positions,
        velocities=velocities,
        cell=system.cell,
        mean_cell=np.mean(cells, axis=0) if cells else system.cell,
        evaluation=now,
        currents=_stack(currents, (system.n_replicas, 0, n_currents, 3)),
        potential_energy=_stack(potential, (system.n_replicas, 0)),
        kinetic_energy=_stack(kinetic, (system.n_replicas, 0)),
        heat_from_thermostat=heat,
    )


def _stack(samples: list[Array], empty: tuple[int, ...]) -> Array:
    return np.stack(samples, axis=1) if samples else np.zeros(empty)
