"""The heat of transport of a potential from energies alone.

The split of the energy among atoms is arbitrary, and the heat of transport q and the naive conductivity
depend on it. The energy of removing one ion depends on it in the same way, so that

    Q = q - Γ,   Γ = (1 + N_s m_s/M_F) e_s - (m_s/M_F) E,   e_s = E(N) - E(N - 1 ion s)

is invariant: e_s at fixed positions, averaged over the ions of hot configurations, E their energy, M_F the
mass of the framework, all per simulation cell (docs/theory.md). Γ takes seconds. Together with Q, κ and L11
from one run of any potential of the material, it predicts q and the naive κ of every other potential.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from .engines.base import Engine
from .system import System
from .transport.uncertainty import Estimate
from .units import EV_PER_U_IN_J_PER_KG

EV_PER_ION = 1.0 / EV_PER_U_IN_J_PER_KG
"""eV per ion of mass 1 u in one J/kg."""


@dataclass(frozen=True)
class Gauge:
    """Energies of one potential in eV, one per configuration.

    removals : (n,) e_s, mean over the ions; levels : (n,) Γ
    """

    symbol: str
    removals: np.ndarray
    levels: np.ndarray

    @property
    def removal(self) -> Estimate:
        """e_s with the standard error over configurations."""
        return _mean(self.removals)

    @property
    def level(self) -> Estimate:
        """Γ with the standard error over configurations."""
        return _mean(self.levels)


def gauge(engine: Engine, configurations: Sequence[Atoms], symbol: str) -> Gauge:
    """Γ of a potential for one mobile species.

    configurations : at the working temperature and near the working composition; at least two

    Raises ValueError: fewer than two configurations, species absent, or no other species.
    """
    if len(configurations) < 2:
        raise ValueError(f"{len(configurations)} configurations: give at least two, for an error bar")
    removals, levels = np.array([_of_one(engine, atoms, symbol) for atoms in configurations]).T
    if np.ptp(removals) == 0:
        raise ValueError("all configurations are the same: give different ones, for an error bar")
    return Gauge(symbol, removals, levels)


def _of_one(engine: Engine, atoms: Atoms, symbol: str) -> tuple[float, float]:
    symbols = np.array(atoms.get_chemical_symbols())
    ions, rest = np.flatnonzero(symbols == symbol), np.flatnonzero(symbols != symbol)
    if not len(ions) or not len(rest):
        raise ValueError(f"{symbol} is all or nothing of {atoms.get_chemical_formula()}: no mobile species")
    complete = System.from_atoms(atoms[np.concatenate([ions, rest])], engine.elements)
    kept = np.array([np.delete(np.arange(complete.n_atoms), ion) for ion in range(len(ions))])
    lacking = System(
        complete.positions[0][kept],
        np.repeat(complete.cell, len(ions), axis=0),
        complete.species[1:],
        complete.masses[1:],
        complete.elements,
        complete.pbc,
    )
    energy = float(engine.compute(complete).energy[0])
    removal = energy - float(engine.compute(lacking).energy.mean())
    share = complete.masses[0] / complete.masses[len(ions) :].sum()
    return removal, float((1.0 + len(ions) * share) * removal - share * energy)


def _mean(values: np.ndarray) -> Estimate:
    return Estimate.symmetric(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


@dataclass(frozen=True)
class Prediction:
    """Prediction for another potential: q in eV per ion, naive κ in W/m/K, r."""

    heat: Estimate
    naive_kappa: Estimate
    coupled: Estimate


def predict(of: Gauge, reference: Gauge, heat: Estimate, kappa: Estimate, ions: Estimate) -> Prediction:
    """q = q_ref + Γ - Γ_ref, L00 = κ + q² L11, r = q² L11/L00. Both Γ of the same configurations.

    heat  : q of the reference in eV per ion (Analysis.heat_per_ion_eV)
    kappa : Onsager κ in W/m/K; ions : L11 in units that make q² L11 one
    """
    step = _mean(of.levels - reference.levels)
    value, error = heat.value + step.value, float(np.hypot(heat.standard_error, step.standard_error))
    carried = value**2 * ions.value
    of_carried = np.hypot(2.0 * value * error * ions.value, value**2 * ions.standard_error)
    naive = kappa.value + carried
    of_fraction = np.hypot(kappa.value * of_carried, carried * kappa.standard_error) / naive**2
    return Prediction(
        Estimate.symmetric(value, error),
        Estimate.symmetric(naive, float(np.hypot(kappa.standard_error, of_carried))),
        Estimate.symmetric(carried / naive, float(of_fraction)),
    )
