"""Contracts of the ensembles on a crystal with exact results: temperature, volume, shape of the cell.

Each takes the function that advances a block (`md.integrators.advance`, or your own with its signature).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..conventions import Array
from ..engines.base import BlockPlan, BlockResult, CellRescaling, Engine, Evaluation
from ..md.barostat import pressure_tensor
from ..md.integrators import advance
from ..md.thermostats import maxwell_velocities, rescaling_noise
from ..system import System
from ..units import BOLTZMANN_EV_PER_K
from .elastic_crystal import ElasticCrystal, elastic_crystal
from .subject import ContractBroken, agree, fractional, largest

Advance = Callable[[Engine, System, Array, Evaluation, BlockPlan], BlockResult]

TEMPERATURE_K = 300.0
FREEDOM = 3 * 8 - 3
"""Of eight atoms at zero momentum."""
PRESSURES = (0.006, -0.002)
"""eV/Å³, 1 and -0.3 GPa: the volume of the crystal is 12 % smaller and 5 % larger than at rest."""
TIMESTEP = 0.3
"""Internal units, 3 fs: a twentieth of the fastest period."""
REPLICAS = 96
STEPS = 50
"""Steps of a block; volumes and energies are recorded after each."""


@dataclass(frozen=True)
class State:
    """State of a run of many replicas of the crystal."""

    crystal: ElasticCrystal
    system: System
    velocities: Array
    rng: np.random.Generator


@dataclass(frozen=True)
class Sampled:
    """Records after every block, (blocks, replicas): eV, Å³, eV/Å³."""

    kinetic: Array
    volume: Array
    shear_energy: Array
    pressure: Array
    heat_error: Array
    """Total energy gained in the block minus the heat reported by the thermostat (NVT)."""


def start(n_replicas: int, volume_ratio: float = 1.0) -> State:
    """Replicas of the crystal at `volume_ratio` times the volume at rest, with thermal velocities."""
    crystal, system = elastic_crystal(n_replicas, TEMPERATURE_K)
    scale = np.cbrt(volume_ratio)
    system = system.moved(system.positions + crystal.sites @ system.cell * (scale - 1), system.cell * scale)
    rng = np.random.default_rng(1)
    return State(crystal, system, maxwell_velocities(system, TEMPERATURE_K, rng), rng)


def sample(
    state: State,
    blocks: int,
    advance_block: Advance = advance,
    *,
    thermostat: bool = True,
    pressure: float | None = None,
    isotropic: bool = True,
) -> tuple[State, Sampled]:
    """Run blocks of `STEPS` steps; at constant volume unless a pressure (eV/Å³) is given."""
    crystal, system, velocities, rng = state.crystal, state.system, state.velocities, state.rng
    now = crystal.compute(system)
    seen: list[tuple[Array, ...]] = []
    for _ in range(blocks):
        before = now.energy + _kinetic(system, velocities)
        plan = _plan(crystal, system, rng, thermostat, pressure, isotropic)
        result = advance_block(crystal, system, velocities, now, plan)
        system, velocities = system.moved(result.positions, result.cell), result.velocities
        now, kinetic = result.evaluation, _kinetic(system, result.velocities)
        tensor = pressure_tensor(system, velocities, now)
        heat_error = now.energy + kinetic - before - result.heat_from_thermostat
        seen.append(
            (
                kinetic,
                system.volume,
                crystal.shear_energy(system),
                np.trace(tensor, axis1=1, axis2=2) / 3,
                heat_error,
            )
        )
    end = State(crystal, system, velocities, rng)
    return end, Sampled(*(np.array(values) for values in zip(*seen, strict=True)))


def _plan(
    crystal: ElasticCrystal,
    system: System,
    rng: np.random.Generator,
    thermostat: bool,
    pressure: float | None,
    isotropic: bool,
) -> BlockPlan:
    replicas, every = system.n_replicas, 2
    cell = None
    if pressure is not None:
        normals = rng.normal(size=(STEPS // every, replicas, 3, 3))
        compressibility = crystal.home_volume / crystal.bulk
        cell = CellRescaling(pressure, TEMPERATURE_K, 20.0, compressibility, isotropic, every, normals)
    noise = rescaling_noise(STEPS, replicas, system.n_atoms, rng) if thermostat else None
    return BlockPlan(
        steps=STEPS,
        timestep=TIMESTEP,
        sample_every=0,
        temperature_K=TEMPERATURE_K,
        thermostat_period=6.0 if thermostat else None,
        thermostat_noise=noise,
        cell_rescaling=cell,
    )


def kinetic_energy_is_canonical(advance_block: Advance = advance) -> None:
    """NVT: ⟨K⟩ = N_f kT/2, variance N_f (kT)²/2, N_f = 3N - 3; the reported heat is the energy gained."""
    state, _ = sample(start(REPLICAS), 8, advance_block)
    _, seen = sample(state, 24, advance_block)
    kT = BOLTZMANN_EV_PER_K * TEMPERATURE_K
    _mean("kinetic energy", seen.kinetic, 0.5 * FREEDOM * kT)
    _variance("kinetic energy", seen.kinetic, 0.5 * FREEDOM * kT**2)
    if np.abs(seen.heat_error).max() > 0.05 * kT * FREEDOM:
        raise ContractBroken(
            f"heat_from_thermostat misses the energy gained by {np.abs(seen.heat_error).max():.3g} eV"
        )


def pressure_is_the_slope_of_the_free_energy(advance_block: Advance = advance) -> None:
    """NVT at two volumes: ⟨P⟩ = -∂F/∂V, kinetic and virial part together."""
    for ratio in (0.9, 1.1):
        state, _ = sample(start(REPLICAS, ratio), 4, advance_block)
        _, seen = sample(state, 12, advance_block)
        volume = ratio * state.crystal.home_volume
        _mean(f"pressure at V/V₀ = {ratio}", seen.pressure, -state.crystal.bulk * np.log(ratio) / volume)


def isotropic_volumes_follow_the_free_energy(advance_block: Advance = advance) -> None:
    """NPT, isotropic, at two pressures: p(V) ∝ exp(-(F(V) + P V)/kT)."""
    for pressure in PRESSURES:
        _cell_samples_its_ensemble(advance_block, pressure, isotropic=True)


def full_cells_follow_the_free_energy(advance_block: Advance = advance) -> None:
    """NPT, full cell, at two pressures: the same volumes, and kT/2 for each of the five shears."""
    for pressure in PRESSURES:
        _cell_samples_its_ensemble(advance_block, pressure, isotropic=False)


def _cell_samples_its_ensemble(advance_block: Advance, pressure: float, *, isotropic: bool) -> None:
    state, _ = sample(start(REPLICAS), 8, advance_block, pressure=pressure, isotropic=isotropic)
    crystal, kT = state.crystal, BOLTZMANN_EV_PER_K * TEMPERATURE_K
    end, seen = sample(state, 20, advance_block, pressure=pressure, isotropic=isotropic)
    mean, variance = crystal.volume_moments(pressure, TEMPERATURE_K)
    _mean(f"volume at {pressure} eV/Å³", seen.volume, mean)
    _variance(f"volume at {pressure} eV/Å³", seen.volume, variance)
    _mean(f"kinetic energy at {pressure} eV/Å³", seen.kinetic, 0.5 * FREEDOM * kT)
    if isotropic:
        if not np.allclose(end.system.cell / np.cbrt(end.system.volume)[:, None, None],
                           crystal.home / np.cbrt(crystal.home_volume)):  # fmt: skip
            raise ContractBroken("the isotropic barostat changed the shape of the cell")
    else:
        _mean("shear energy", seen.shear_energy, crystal.mean_shear_energy(TEMPERATURE_K))


def the_barostat_alone_keeps_the_temperature(advance_block: Advance = advance) -> None:
    """Cell moves without a thermostat, from equilibrium, leave the ensemble unchanged.

    The work of the cell moves then stays in the velocities. With wrong scaling they become correlated with
    the volume; in the ensemble ⟨δK δV⟩ = 0.
    """
    for isotropic in (True, False):
        pressure, kT = PRESSURES[0], BOLTZMANN_EV_PER_K * TEMPERATURE_K
        state, _ = sample(start(REPLICAS), 8, advance_block, pressure=pressure, isotropic=isotropic)
        _, seen = sample(state, 24, advance_block, thermostat=False, pressure=pressure, isotropic=isotropic)
        mean, _ = state.crystal.volume_moments(pressure, TEMPERATURE_K)
        _mean("kinetic energy without thermostat", seen.kinetic, 0.5 * FREEDOM * kT)
        _mean("volume without thermostat", seen.volume, mean)
        together = (seen.kinetic - seen.kinetic.mean()) * (seen.volume - seen.volume.mean())
        scale = seen.kinetic.std() * seen.volume.std()
        _nothing("correlation of kinetic energy and volume", together / scale)


def _kinetic(system: System, velocities: Array) -> Array:
    return 0.5 * np.einsum("i,ria,ria->r", system.masses, velocities, velocities)


def _mean(what: str, values: Array, exact: float) -> None:
    """Four standard errors (over replicas, which are independent) plus half a per cent."""
    error = values.mean(axis=0).std(ddof=1) / np.sqrt(values.shape[1])
    off = abs(values.mean() - exact)
    if not off < 4 * error + 0.005 * abs(exact):
        raise ContractBroken(f"mean {what}: {values.mean():.5g} ± {error:.2g}, exactly {exact:.5g}")
    if not 4 * error < 0.15 * abs(exact):
        raise ContractBroken(f"mean {what}: error of {error:.2g} too large to tell anything")


def _nothing(what: str, values: Array) -> None:
    """Zero within four standard errors, which must be small."""
    error = values.mean(axis=0).std(ddof=1) / np.sqrt(values.shape[1])
    if not abs(values.mean()) < 4 * error or not error < 0.05:
        raise ContractBroken(f"mean {what}: {values.mean():.4f} ± {error:.2g}, exactly 0")


def _variance(what: str, values: Array, exact: float) -> None:
    """Four standard errors plus 5 % for the finite steps of time and cell."""
    squares = (values - values.mean()) ** 2
    error = squares.mean(axis=0).std(ddof=1) / np.sqrt(values.shape[1])
    if not abs(squares.mean() - exact) < 4 * error + 0.05 * exact:
        raise ContractBroken(f"variance of {what}: {squares.mean():.4g} ± {error:.2g}, exactly {exact:.4g}")
    if not 4 * error < 0.5 * exact:
        raise ContractBroken(f"variance of {what}: error of {error:.2g} too large to tell anything")


def cell_moves_keep_positions_and_momenta_conjugate(advance_block: Advance = advance) -> None:
    """r → r D, v → v D⁻ᵀ: fractional positions, every r_i·v_j and zero momentum are conserved.

    A move that expands the positions compresses the momenta, and phase-space volume is conserved.
    """
    for isotropic in (True, False):
        before = start(2)
        after = _cell_move(
            before, advance_block, isotropic, np.random.default_rng(3).normal(size=(1, 2, 3, 3))
        )
        old, new = before.system, after.system
        products = old.positions @ before.velocities.mT
        momentum = np.einsum("i,ria->ra", after.system.masses, after.velocities)
        if np.abs(after.system.cell - before.system.cell).max() < 0.01:
            raise ContractBroken("the cell did not move")
        agree("fractional coordinates", fractional(new), fractional(old), 1e-9)
        agree("r_i·v_j", new.positions @ after.velocities.mT, products, 1e-6 * largest(products))
        agree("total momentum", momentum, np.zeros_like(momentum), 1e-9)
        agree("cell above its diagonal", np.triu(after.system.cell, 1), np.zeros((2, 3, 3)), 1e-12)


def cells_give_way_to_excess_pressure(advance_block: Advance = advance) -> None:
    """Without noise, d ln V/dt = (β/τ)(P - P₀), P = 2K/(3V) - ∂U/∂V, the derivative from energies alone."""
    for isotropic in (True, False):
        before = start(2, volume_ratio=0.95)
        crystal, system = before.crystal, before.system
        step = 1e-5
        larger, smaller = (
            system.moved(system.positions * np.cbrt(1 + s), system.cell * np.cbrt(1 + s))
            for s in (step, -step)
        )
        slope = (crystal.compute(larger).energy - crystal.compute(smaller).energy) / (2 * step)
        pressure = (2 / 3 * _kinetic(system, before.velocities) - slope) / system.volume
        after = _cell_move(before, advance_block, isotropic, np.zeros((1, 2, 3, 3)))
        result = np.log(after.system.volume / system.volume)
        expected = RATE * (pressure - PRESSURES[1])
        agree("ln V'/V", result, expected, 1e-5 * largest(expected))


RATE = 0.5
"""β Δt/τ in Å³/eV of a single cell move: large enough to measure, small enough to be linear."""


def _cell_move(before: State, advance_block: Advance, isotropic: bool, normals: Array) -> State:
    """A block of one step, so short that only the cell moves."""
    instant = 1e-9
    rescaling = CellRescaling(PRESSURES[1], TEMPERATURE_K, instant, RATE, isotropic, 1, normals)
    plan = BlockPlan(steps=1, timestep=instant, sample_every=0, cell_rescaling=rescaling)
    now = before.crystal.compute(before.system)
    end = advance_block(before.crystal, before.system, before.velocities, now, plan)
    return replace(before, system=before.system.moved(end.positions, end.cell), velocities=end.velocities)


ENSEMBLES: tuple[Callable[[Advance], None], ...] = (
    kinetic_energy_is_canonical,
    pressure_is_the_slope_of_the_free_energy,
    isotropic_volumes_follow_the_free_energy,
    full_cells_follow_the_free_energy,
    the_barostat_alone_keeps_the_temperature,
    cell_moves_keep_positions_and_momenta_conjugate,
    cells_give_way_to_excess_pressure,
)
