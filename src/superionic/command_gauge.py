"""`superionic gauge POTENTIAL...`: Γ of potentials, and the conductivities it predicts."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ase import Atoms

from .engines import load_engine
from .flux.readers import read_series
from .frames import read_structures
from .gauge import EV_PER_ION, Gauge, Prediction, gauge, predict
from .transport.checks import refuse_unsteady
from .transport.current_set import select_currents
from .transport.spectral import fit_spectrum
from .transport.uncertainty import Estimate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("potentials", nargs="+", metavar="nep.txt")
    parser.add_argument("--frames", required=True, metavar="FILE", help="hot configurations (any ASE format)")
    parser.add_argument("--mobile", required=True, metavar="Li", help="the species that diffuses")
    parser.add_argument(
        "--flux",
        metavar="PATH",
        help="a run with the first potential, a flux file or a folder in which GPUMD has run: predicts q and "
        "naive κ of the others",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
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
    """Predictions for each potential, by name; the first is that of the run."""
    series = read_series(flux)
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
