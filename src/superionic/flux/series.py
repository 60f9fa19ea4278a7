"""FluxSeries: the currents of R replicas of one system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, Array, mass_current
from .validation import FluxError, check_currents, check_msd, check_numbers, check_species, check_volume

__all__ = ["FluxError", "FluxSeries"]


@dataclass(frozen=True, repr=False)
class FluxSeries:
    """Currents of R replicas, n samples each, in internal units (extensive: sums over atoms).

    currents      : name -> (R, n, 3); energy_kinetic, energy_potential, mass_<symbol> (see conventions)
    dt_fs         : time between samples
    volume_A3     : mean cell volume, one number or (R,)
    temperature_K : mean temperature, one number or (R,)
    masses        : symbol -> u, for every species with a mass current
    counts        : symbol -> number of atoms in one replica
    msd           : symbol -> (R, lags) mean squared displacement in Å², lag k at k·msd_dt_fs; or None
    provenance    : header of the product the series came from

    Raises FluxError for wrong shapes, missing energy currents, NaN or infinity, unphysical numbers.
    """

    currents: Mapping[str, Array]
    dt_fs: float
    volume_A3: float | Array
    temperature_K: float | Array
    masses: Mapping[str, float]
    counts: Mapping[str, int]
    msd: Mapping[str, Array] | None = None
    msd_dt_fs: float | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        replicas = check_currents(self.currents)
        check_species(self.species, self.masses, self.counts)
        check_numbers(
            self.dt_fs, {"volume_A3": self.volume_A3, "temperature_K": self.temperature_K}, replicas
        )
        if self.msd is not None:
            check_msd(self.msd, self.msd_dt_fs, replicas)
        check_volume(self.volume_A3, sum(self.counts.values()))

    @property
    def n_replicas(self) -> int:
        return int(self.currents[ENERGY_KINETIC].shape[0])

    @property
    def n_samples(self) -> int:
        return int(self.currents[ENERGY_KINETIC].shape[1])

    @property
    def duration_ps(self) -> float:
        """Length of one replica."""
        return self.n_samples * self.dt_fs * 1e-3

    @property
    def species(self) -> tuple[str, ...]:
        """Symbols with a mass current, in the order of `currents`."""
        prefix = mass_current("")
        return tuple(name.removeprefix(prefix) for name in self.currents if name.startswith(prefix))

    @cached_property
    def largest_msd_A2(self) -> dict[str, float]:
        """Largest mean squared displacement of each species, over lags and replicas."""
        return {symbol: float(np.max(values)) for symbol, values in (self.msd or {}).items()}

    @property
    def energy_current(self) -> Array:
        """(R, n, 3) total energy current, kinetic plus potential."""
        return self.currents[ENERGY_KINETIC] + self.currents[ENERGY_POTENTIAL]

    def __repr__(self) -> str:
        return (
            f"<FluxSeries of {', '.join(self.species) or 'no species'}: {self.n_replicas} x "
            f"{self.duration_ps:.4g} ps every {self.dt_fs:g} fs, {np.mean(self.temperature_K):.4g} K, "
            f"{np.mean(self.volume_A3):.4g} Å³, {sum(self.counts.values())} atoms>"
        )
