"""What every engine offers: energies, forces, virials; the fast ones also whole blocks of MD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from ..conventions import Array
from ..system import System


@dataclass(frozen=True)
class Evaluation:
    """The potential at one configuration of R replicas with N atoms.

    site_energies  : (R, N) eV
    forces         : (R, N, 3) eV/Å
    virial         : (R, 3, 3) eV, Σ_i W_i = -∂U/∂strain
    atomic_virials : (R, N, 3, 3) eV or None, W_i,ab = Σ_j r_ij,a ∂U_j/∂r_ji,b (see conventions)
    """

    site_energies: Array
    forces: Array
    virial: Array
    atomic_virials: Array | None = None

    @property
    def energy(self) -> Array:
        """(R,) eV."""
        return self.site_energies.sum(axis=1)


@dataclass(frozen=True)
class CellRescaling:
    """Stochastic cell rescaling during a block (the equations stand in md.barostat).

    pressure, temperature_K, period, compressibility : P₀ (eV/Å³), T, τ (internal time), β (Å³/eV). Only β/τ
                       enters, and only the speed of the approach depends on it, not the ensemble.
    isotropic        : whether the volume alone moves, or the whole cell
    every            : steps between rescalings, the first at the first step; divides the steps of the block
    normals          : (steps / every, R, 3, 3) standard normals; the isotropic form uses [..., 0, 0] alone
    """

    pressure: float
    temperature_K: float
    period: float
    compressibility: float
    isotropic: bool
    every: int
    normals: Array


@dataclass(frozen=True)
class BlockPlan:
    """One block of MD: velocity Verlet, optionally with Bussi-Donadio-Parrinello and cell rescaling.

    A step, with the factor α of `rescaling_factor` and the deformation D of `md.barostat.rescale_cell`::

        v ← v + (Δt/2) F/m
        h ← h D,  r ← r D,  v ← v D⁻ᵀ       at the first of every `cell_rescaling.every` steps
        r ← r + Δt v
        F ← F(r, h)
        v ← v + (Δt/2) F/m
        v ← α v                              with a thermostat

    So a rescaled cell costs no evaluation of its own: its pressure, of the positions before the move and of
    the velocities after half a kick, is that of one point of phase space.

    ======  ==============================================
    symbol  variable
    ======  ==============================================
    Δt      ``timestep``
    v, r    velocities and positions, (R, N, 3)
    F       ``Evaluation.forces``
    m       ``System.masses``
    h       ``System.cell``, rows are lattice vectors
    ======  ==============================================

    steps             : number of time steps
    timestep          : internal time units
    sample_every      : steps between samples, the first after `sample_every` steps; 0 for none
    temperature_K     : thermostat target
    thermostat_period : internal time units; None for NVE
    thermostat_noise  : (steps, R, 2) or None: a standard normal and a chi-square with 3N-4 degrees of
                        freedom for each step. Drawn outside, so that every engine follows the same
                        stochastic path and engines can be compared step by step.
    """

    steps: int
    timestep: float
    sample_every: int
    temperature_K: float = 0.0
    thermostat_period: float | None = None
    thermostat_noise: Array | None = None
    cell_rescaling: CellRescaling | None = None

    def __post_init__(self) -> None:
        if self.steps < 1 or self.sample_every < 0:
            raise ValueError(
                "steps must be positive and sample_every not negative, "
                f"got {self.steps} and {self.sample_every}"
            )
        if (self.thermostat_period is None) != (self.thermostat_noise is None):
            raise ValueError(
                "a thermostatted block needs both thermostat_period and thermostat_noise of shape "
                "(steps, replicas, 2)"
            )
        cell = self.cell_rescaling
        if cell is not None and (cell.every < 1 or self.steps % cell.every):
            raise ValueError(
                f"cell_rescaling.every = {cell.every} must divide the {self.steps} steps of the block"
            )


@dataclass(frozen=True)
class BlockResult:
    """What a block of MD leaves behind; n samples, S species.

    positions, velocities : (R, N, 3) at the end (positions unwrapped)
    cell                  : (R, 3, 3) at the end
    mean_cell             : (R, 3, 3) mean over the rescalings of the block; `cell` where there is none
    evaluation            : the potential at the end, to start the next block from
    currents              : (R, n, 2 + S, 3) internal units: energy_kinetic, energy_potential, one mass
                            current per species in the order of `System.elements`
    potential_energy      : (R, n) eV
    kinetic_energy        : (R, n) eV
    heat_from_thermostat  : (R,) eV given to the atoms by the thermostat during the block
    """

    positions: Array
    velocities: Array
    cell: Array
    mean_cell: Array
    evaluation: Evaluation
    currents: Array
    potential_energy: Array
    kinetic_energy: Array
    heat_from_thermostat: Array


class EngineUnavailable(RuntimeError):
    """An engine that cannot run on this machine; the message says why and what to do."""


class Engine(Protocol):
    """A potential bound to a machine: the reference engine and the fast ones look the same."""

    name: str
    device: str
    precision: str
    elements: tuple[str, ...]
    cutoff: float

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        """Evaluate all replicas of `system`."""
        ...


@runtime_checkable
class BlockEngine(Protocol):
    """An engine that runs a whole block of MD by itself."""

    def run_block(self, system: System, velocities: Array, start: Evaluation, plan: BlockPlan) -> BlockResult:
        """Advance all replicas by `plan.steps` steps; equal to md.integrators.run_block."""
        ...


def rescaling_factor(kinetic: Array, target: Array | float, n_dof: int, decay: float, noise: Array) -> Array:
    """Bussi-Donadio-Parrinello factor α (R,) for the velocities (J. Chem. Phys. 126, 014101 (2007), eq. A7)::

        α² = c + (1-c) K̄/(N_f K) (R₁² + Σ_{i=2}^{N_f} R_i²) + 2 R₁ sqrt(c (1-c) K̄/(N_f K)),  c = exp(-Δt/τ)

    ============  ================================
    symbol        variable
    ============  ================================
    K             ``kinetic`` (R,) eV
    K̄             ``target`` eV
    N_f           ``n_dof``
    c             ``decay``
    R₁            ``noise[:, 0]``
    Σ_{i≥2} R_i²  ``noise[:, 1]``
    ============  ================================
    """
    ratio = target / (n_dof * kinetic)
    normal, chi_square = noise[:, 0], noise[:, 1]
    squared = (
        decay
        + (1 - decay) * ratio * (normal**2 + chi_square)
        + 2 * normal * np.sqrt(decay * (1 - decay) * ratio)
    )
    # the sign of eq. A8 is omitted: it matters only where τ is near the time step
    return np.sqrt(squared)
