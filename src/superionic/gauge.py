"""`superionic gauge`: what fixes the heat of transport of a potential, from energies alone.

A potential splits its energy among atoms as training left it; the heat q that an ion carries along moves with
the split, and the naive conductivity with it. The energy of taking one ion out moves alike, so

    Q = q - Γ,   Γ = (1 + N_s m_s/M_F) e_s - (m_s/M_F) E,   e_s = E(N) - E(N - 1 ion s)

is the same in every split: e_s at fixed positions, averaged over the ions of hot configurations, E their
energy, M_F the mass of the framework, all per simulation cell (docs/theory.md). Γ takes seconds. With Q and
κ, L11 from one run of any potential of the material, it predicts q and the naive κ of every other one.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .transport.uncertainty import Estimate
from .units import EV_PER_U_IN_J_PER_KG

if TYPE_CHECKING:
    from ase import Atoms

    from .engines.base import Engine

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
        """e_s with the standard error of the scatter over configurations."""
        return _mean(self.removals)

    @property
    def level(self) -> Estimate:
        """Γ likewise."""
        return _mean(self.levels)


def gauge(engine: Engine, configurations: Sequence[Atoms], symbol: str) -> Gauge:
    """Γ of a potential for one mobile species.

    configurations : hot, of the composition at work or near it; at least two

    Raises ValueError: fewer than two configurations, no such species, or nothing but it.
    """
    if len(configurations) < 2:
        raise ValueError(f"{len(configurations)} configurations: give at least two, for an error bar")
    removals, levels = np.array([_of_one(engine, atoms, symbol) for atoms in configurations]).T
    if np.ptp(removals) == 0:
        raise ValueError("all configurations are the same: give different ones, for an error bar")
    return Gauge(symbol, removals, levels)


def _of_one(engine: Engine, atoms: Atoms, symbol: str) -> tuple[float, float]:
    from .system import System

    symbols = np.array(atoms.get_chemical_symbols())
    ions, rest = np.flatnonzero(symbols == symbol), np.flatnonzero(symbols != symbol)
    if not len(ions) or not len(rest):
        raise ValueError(f"{symbol} is all or nothing of {atoms.get_chemical_formula()}: no mobile species")
    whole = System.from_atoms(atoms[np.concatenate([ions, rest])], engine.elements)
    kept = np.array([np.delete(np.arange(whole.n_atoms), ion) for ion in range(len(ions))])
    lacking = System(
        whole.positions[0][kept],
        np.repeat(whole.cell, len(ions), axis=0),
        whole.species[1:],
        whole.masses[1:],
        whole.elements,
        whole.pbc,
    )
    energy = float(engine.compute(whole).energy[0])
    removal = energy - float(engine.compute(lacking).energy.mean())
    share = whole.masses[0] / whole.masses[len(ions) :].sum()
    return removal, float((1.0 + len(ions) * share) * removal - share * energy)


def _mean(values: np.ndarray) -> Estimate:
    return Estimate.symmetric(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


@dataclass(frozen=True)
class Prediction:
    """What a reference run and two Γ say of another potential: q in eV per ion, naive κ in W/m/K, r."""

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("potentials", nargs="+", metavar="nep.txt")
    parser.add_argument("--frames", required=True, metavar="FILE", help="hot configurations (any ASE format)")
    parser.add_argument("--mobile", required=True, metavar="Li", help="the species that diffuses")
    parser.add_argument(
        "--flux",
        metavar="flux.npz",
        help="a run with the first potential: predicts q and naive κ of the others",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    from .engines import load_engine
    from .frames import read_structures

    frames = read_structures(arguments.frames)
    gauges = {name: gauge(load_engine(name), frames, arguments.mobile) for name in arguments.potentials}
    predicted = _predictions(gauges, arguments.flux, arguments.mobile, frames) if arguments.flux else {}
    if arguments.json:
        print(
            json.dumps({name: _as_dict(one, predicted.get(name)) for name, one in gauges.items()}, indent=2)
        )
        return 0
    frames_text = f"{len(frames)} configurations of {Path(arguments.frames).name}"
    print(f"{frames_text}; energies in eV per {arguments.mobile}")
    print(f"{'':24}{'removal':>18}{'Γ':>18}" + (f"{'q':>18}{'naive κ':>18}{'r':>18}" if predicted else ""))
    for name, one in gauges.items():
        columns = [one.removal, one.level]
        if name in predicted:
            guess = predicted[name]
            columns += [guess.heat, guess.naive_kappa, guess.coupled]
        texts = (f"{e.value:.4g} ± {e.standard_error:.2g}" for e in columns)
        print(f"{Path(name).stem:24}" + "".join(f"{text:>18}" for text in texts))
    if predicted:
        print(f"q, naive κ (W/m/K) and r of {Path(arguments.potentials[0]).stem} as measured, else predicted")
    return 0


def _predictions(
    gauges: dict[str, Gauge], flux: str, symbol: str, frames: Sequence[Atoms]
) -> dict[str, Prediction]:
    from .flux.files import read_flux
    from .transport.checks import refuse_unsteady
    from .transport.current_set import select_currents
    from .transport.spectral import fit_spectrum

    series = read_flux(flux)
    elements = set(frames[0].get_chemical_symbols())
    if elements != set(series.counts):
        held = ", ".join(sorted(elements))
        raise ValueError(f"{flux} is a run of {', '.join(series.counts)}, the configurations hold {held}")
    currents = select_currents(series, symbol)
    refuse_unsteady(currents)
    onsager = fit_spectrum(currents.spectra.graded).onsager
    unit = EV_PER_ION * series.masses[symbol]
    heat = Estimate.symmetric(float(onsager.heat[0]) * unit, float(onsager.heat_errors[0]) * unit)
    flow = onsager.elements["L11"].scaled(unit**-2)
    first, *others = gauges
    own = Prediction(heat, onsager.naive_kappa, onsager.coupled)
    return {
        first: own,
        **{name: predict(gauges[name], gauges[first], heat, onsager.kappa, flow) for name in others},
    }


def _as_dict(one: Gauge, predicted: Prediction | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "configurations": len(one.levels),
        "removal_eV": one.removal.as_dict(),
        "level_eV": one.level.as_dict(),
    }
    if predicted is not None:
        content["heat_of_transport_eV_per_ion"] = predicted.heat.as_dict()
        content["naive_kappa_W_per_mK"] = predicted.naive_kappa.as_dict()
        content["coupled_fraction"] = predicted.coupled.as_dict()
    return content
