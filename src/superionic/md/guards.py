"""Is what a run samples still the crystal it was set up for? What is wrong is said in words.

What cannot be physics stops a run (`UnstableTrajectoryError`): numbers that are not finite, a hole of the
potential, bounds of temperature and energy drift. All else is a warning, which goes into the log, the flux
header and the reduced table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..conventions import Array
from ..system import System, degrees_of_freedom
from ..units import BOLTZMANN_EV_PER_K
from .close_contacts import close_pair
from .config import RunConfig, Stage
from .segments import Segment
from .thermostats import temperature

SIGMAS = 5.0
"""Deviations from a target count from so many standard errors on, and only beyond the sizes that follow."""

TEMPERATURE_PART = 0.02
PRESSURE_GPA = 0.3
VOLUME_PART = 0.01
ENERGY_MEV_PER_ATOM = 1.0

BLOCKS = 10
"""Averages over this many stretches of a replica say whether its energy still drifts."""


class UnstableTrajectoryError(RuntimeError):
    """The trajectory left the physical range; the segments before are whole and kept."""


def refuse_holes(config: RunConfig, system: System, where: str) -> None:
    """Raise UnstableTrajectoryError where two atoms are nearer than `closest_contact` allows."""
    pair = close_pair(system, config.closest_contact)
    if pair is not None:
        raise UnstableTrajectoryError(
            f"{where}: {pair}, closer than closest_contact = {config.closest_contact:g} of their covalent "
            "radii: the potential has a hole there; earlier segments are kept. Train it with close contacts, "
            "or use a potential with ZBL repulsion (nep4_zbl)"
        )


def target_temperature(config: RunConfig, stage: Stage) -> float:
    """Temperature in K of a stage: its own, or that of the run."""
    return config.temperature_K if stage.temperature_K is None else stage.temperature_K


def refuse_heat(config: RunConfig, stage: Stage, system: System, velocities: Array, where: str) -> None:
    """Raise UnstableTrajectoryError where a replica is hotter than `max_temperature_ratio` allows."""
    hottest = temperature(system, velocities)
    limit = config.max_temperature_ratio * target_temperature(config, stage)
    if hottest.max() > limit:
        raise UnstableTrajectoryError(
            f"{where}: replica {int(hottest.argmax())} is at {hottest.max():.0f} K, above the bound of "
            f"{limit:.0f} K (max_temperature_ratio); earlier segments are kept. Equilibrate more gently or "
            "shorten timestep_fs"
        )


def refuse_drift(config: RunConfig, drift: Array, where: str) -> None:
    """Raise UnstableTrajectoryError where a drift, (R,) meV/atom, exceeds `max_drift_meV_per_atom`."""
    worst = int(np.abs(drift).argmax())
    if abs(drift[worst]) > config.max_drift_meV_per_atom:
        raise UnstableTrajectoryError(
            f"{where}: conserved energy of replica {worst} moved by {drift[worst]:.2f} meV/atom, more than "
            f"max_drift_meV_per_atom = {config.max_drift_meV_per_atom:g}; earlier segments are kept. "
            "Shorten timestep_fs"
        )


def framework_displacement(origin: Array, positions: Array, system: System) -> dict[str, float]:
    """Largest mean squared displacement in Å² over replicas, per species present; (R, N, 3) each."""
    squared = ((positions - origin) ** 2).sum(axis=2)
    return {
        symbol: float(squared[:, system.species == index].mean(axis=1).max())
        for index, symbol in enumerate(system.elements)
        if (system.species == index).any()
    }


def temperature_warnings(kinetic_energy: Array, n_atoms: int, target_K: float) -> list[str]:
    """Of a sampled stretch: kinetic energies (R, n) in eV whose mean is not that of the target temperature.

    The error is that of one independent value per replica, so a short stretch cries no wolf.
    """
    n_dof = degrees_of_freedom(n_atoms)
    mean = 2 * float(kinetic_energy.mean()) / (n_dof * BOLTZMANN_EV_PER_K)
    error = target_K * np.sqrt(2 / (n_dof * len(kinetic_energy)))
    if abs(mean - target_K) > max(SIGMAS * error, TEMPERATURE_PART * target_K):
        return [f"the mean temperature is {mean:.1f} K where {target_K:g} K is asked for: equilibrate longer"]
    return []


@dataclass
class Review:
    """What a run's segments say about its state, gathered one after the other."""

    config: RunConfig
    n_atoms: int
    potential: list[Array] = field(default_factory=list)
    kinetic: list[Array] = field(default_factory=list)
    pressures_GPa: list[float] = field(default_factory=list)
    cell_volumes: list[Array] = field(default_factory=list)
    """(R,) mean volume in Å³ of every segment of the last NPT stage."""

    def add(self, segment: Segment) -> None:
        """Take the next segment of the sampled stage into account."""
        self.potential.append(segment.potential_energy)
        self.kinetic.append(segment.kinetic_energy)
        self.pressures_GPa.append(segment.header["summary"]["pressure_GPa"])

    def warnings(self) -> list[str]:
        """Everything that had not settled when sampling began, in words."""
        target = self.config.temperature_K
        kinetic = np.concatenate(self.kinetic, axis=1)
        return [
            *temperature_warnings(kinetic, self.n_atoms, target),
            *self._energy(),
            *self._pressure(),
            *self._volume(),
        ]

    def _energy(self) -> list[str]:
        drift, error = drift_over_run(np.concatenate(self.potential, axis=1) * 1000 / self.n_atoms)
        if abs(drift) > max(SIGMAS * error, ENERGY_MEV_PER_ATOM):
            return [
                f"the potential energy drifts by {drift:+.1f}({error:.1f}) meV/atom over the sampled stage: "
                "it had not settled"
            ]
        return []

    def _pressure(self) -> list[str]:
        values = np.array(self.pressures_GPa)
        if len(values) < 4:
            return []
        off, error = values.mean() - self.config.pressure_GPa, values.std(ddof=1) / np.sqrt(len(values))
        if abs(off) > max(SIGMAS * error, PRESSURE_GPA) and any(
            stage.ensemble == "npt" for stage in self.config.stages
        ):
            return [
                f"the pressure is {values.mean():+.2f} GPa where {self.config.pressure_GPa:g} is asked for: "
                "the cell had not settled"
            ]
        return []

    def _volume(self) -> list[str]:
        """Third against last quarter of the NPT stage whose second half gave the cell."""
        half = self.cell_volumes[len(self.cell_volumes) // 2 :]
        if len(half) < 4:
            return []
        middle = len(half) // 2
        before, after = (np.mean(part, axis=0) for part in (half[:middle], half[middle:]))
        change = (after - before) / before
        if len(change) < 2:
            return []
        mean, error = float(change.mean()), float(change.std(ddof=1) / np.sqrt(len(change)))
        if abs(mean) > max(SIGMAS * error, VOLUME_PART):
            return [f"the volume still changed by {mean:+.1%} when its mean was taken: longer NPT"]
        return []


def drift_over_run(values: Array) -> tuple[float, float]:
    """Linear change of (R, n) values over the whole series, pooled over replicas, and its standard error.

    From BLOCKS averages per replica, so that fluctuations faster than a block count as noise.
    """
    blocks = np.stack([part.mean(axis=1) for part in np.array_split(values, BLOCKS, axis=1)], axis=1)
    time = np.arange(BLOCKS) / BLOCKS
    time = time - time.mean()
    slopes = blocks @ time / (time @ time)
    left = blocks - blocks.mean(axis=1, keepdims=True) - slopes[:, None] * time
    noise = (left**2).sum() / (len(blocks) * (BLOCKS - 2))
    return float(slopes.mean()), float(np.sqrt(noise / (time @ time) / len(blocks)))
