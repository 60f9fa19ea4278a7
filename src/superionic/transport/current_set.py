"""Selection of the currents: the two energy currents and an independent set of mass currents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import numpy as np
from scipy import constants

from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, Array, mass_current
from ..flux.series import FluxError, FluxSeries
from ..units import ENERGY_CURRENT_SI, FS_PER_TIME_UNIT, MASS_CURRENT_SI
from .periodogram import Spectra, spectra

DEPENDENT = 1e-6
"""A mass current is redundant if the fraction of its variance not explained by the others is smaller. Zero
total momentum leaves only rounding errors (1e-9 with int16 storage), independent species 1e-2 or more."""

DRIFT = 1e-4
"""Largest mean square of the total momentum, as a fraction of that of one species."""


@dataclass(frozen=True)
class CurrentSet:
    """Currents scaled so that their zero-frequency spectrum is twice k_B × an Onsager matrix.

    values  : (R, C, 3, n), each replica divided by sqrt(V T²); C = 2 + mobile species:
              energy_kinetic, energy_potential, mass_<symbol>...
    mobile  : symbols in the order of the mass currents
    dropped : symbols requested but redundant by momentum conservation
    dt_fs   : time between samples
    to_si   : (M,) SI factors of (energy, mass...) such that L_ab = to_si_a to_si_b ∫⟨J_a·J_b⟩/3
    """

    values: Array = field(repr=False)
    mobile: tuple[str, ...]
    dropped: tuple[str, ...]
    dt_fs: float
    to_si: Array

    @property
    def combine(self) -> Array:
        """(M, C) matrix that adds kinetic and potential energy current: (J_E, J_1, ...) = combine @ basis."""
        mixing = np.zeros((1 + len(self.mobile), 2 + len(self.mobile)))
        mixing[0, :2] = 1.0
        mixing[1:, 2:] = np.eye(len(self.mobile))
        return mixing

    @property
    def basis_to_si(self) -> Array:
        """(C,) `to_si` of each of `values`."""
        return np.concatenate([self.to_si[:1], self.to_si])

    @cached_property
    def spectra(self) -> Spectra:
        """Binned periodograms, computed once. Raises FluxError when the series is too short."""
        return spectra(self.values, self.dt_fs, self.basis_to_si)


def select_currents(series: FluxSeries, mobile: str | Sequence[str]) -> CurrentSet:
    """Collect the currents of an Onsager analysis.

    mobile : species that diffuse; one may be given as a bare string

    Raises FluxError: a mobile species without mass current, or a system that drifts as a whole.
    """
    mobile = (mobile,) if isinstance(mobile, str) else tuple(mobile)
    held = ", ".join(series.species) or "none"
    absent = [symbol for symbol in mobile if symbol not in series.species]
    if absent:
        raise FluxError(
            f"no mass current of {', '.join(absent)}: mobile species are among those of the series, {held}"
        )
    if len(set(mobile)) != len(mobile):
        raise FluxError(f"mobile species {', '.join(mobile)}: name each once, among {held}")
    _refuse_copies(series)
    _refuse_drift(series)
    kept, dropped = _independent(series, mobile)
    names = (ENERGY_KINETIC, ENERGY_POTENTIAL, *(mass_current(symbol) for symbol in kept))
    scale = np.sqrt(np.asarray(series.volume_A3)) * np.asarray(series.temperature_K)
    scale = np.broadcast_to(scale, series.n_replicas)[:, None, None]
    values = np.empty((series.n_replicas, len(names), 3, series.n_samples))
    for index, name in enumerate(names):
        values[:, index] = np.swapaxes(series.currents[name] / scale, 1, 2)
    return CurrentSet(values, kept, dropped, series.dt_fs, _si_factors(len(kept)))


def _si_factors(n_mobile: int) -> Array:
    """SI factor per current for 1/(k_B V T²) ∫ dt with V in Å³, dt in fs and currents in internal units."""
    prefactor = constants.femto / (constants.k * constants.angstrom**3)
    return np.sqrt(prefactor) * np.array([ENERGY_CURRENT_SI] + [MASS_CURRENT_SI] * n_mobile)


def _refuse_copies(series: FluxSeries) -> None:
    """Refuse duplicates: the same trajectory twice, as replica or appended, makes error bars too small."""
    current = series.energy_current
    still = np.flatnonzero((current == current[:, :1]).all(axis=(0, 1)))
    if len(still):
        raise FluxError(f"no energy flows along {'xyz'[still[0]]}: that axis was not computed")
    seen: dict[bytes, int] = {}
    for replica, values in enumerate(current):
        first = seen.setdefault(blake2b(np.ascontiguousarray(values).data).digest(), replica)
        if first != replica:
            raise FluxError(f"replicas {first} and {replica} are the same: give each once")
        again = np.flatnonzero((values[1:-1] == values[0]).all(axis=1)) + 1
        again = again[(values[again + 1] == values[1]).all(axis=1)]
        if len(again):
            raise FluxError(
                f"replica {replica} begins anew at sample {again[0]}: it was appended to itself; keep one run"
            )


def _refuse_drift(series: FluxSeries) -> None:
    """Refuse centre-of-mass motion: it adds a constant to every current, and the integrals diverge.

    Only a series with all species can tell: its total momentum does not fluctuate.
    """
    if len(series.species) < 2:
        return
    momenta = [series.currents[mass_current(symbol)] for symbol in series.species]
    largest = max(float(np.mean(momentum**2)) for momentum in momenta)
    total = np.sum(momenta, axis=0)
    constant = total.mean(axis=1, keepdims=True)
    complete = float(np.mean((total - constant) ** 2)) < DEPENDENT * largest
    drift = float(np.mean(constant**2))
    if complete and drift > DRIFT * largest:
        mass = sum(series.masses[symbol] * series.counts[symbol] for symbol in series.species)
        speed = np.sqrt(drift) / mass / FS_PER_TIME_UNIT * 1e3
        raise FluxError(
            f"the system drifts as a whole at {speed:.2e} Å/ps: remove the total momentum before the run "
            "and record again"
        )


def _independent(series: FluxSeries, mobile: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the species, in the given order, into linearly independent and redundant ones."""
    kept: list[str] = []
    flat: list[Array] = []
    for symbol in mobile:
        current = np.ravel(series.currents[mass_current(symbol)])
        residual = current
        if flat:
            basis = np.stack(flat, axis=1)
            residual = current - basis @ np.linalg.lstsq(basis, current, rcond=None)[0]
        variance = float(np.mean(current**2))
        if variance > 0 and float(np.mean(residual**2)) > DEPENDENT * variance:
            kept.append(symbol)
            flat.append(current)
    if mobile and not kept:
        raise FluxError(f"the mass currents of {', '.join(mobile)} are zero throughout: nothing moves")
    return tuple(kept), tuple(symbol for symbol in mobile if symbol not in kept)
