"""The cosine series against stored results of sportran (bake_sportran.py), absolute and in W/m/K."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from superionic.flux.series import FluxSeries
from superionic.transport.cepstral import cosine_series
from superionic.transport.current_set import select_currents
from superionic.transport.zero_frequency import reduced_spectrum
from superionic.units import FS_PER_TIME_UNIT

STORED = json.loads(Path(__file__).with_name("sportran_reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def periodograms(bake_module) -> tuple[np.ndarray, np.ndarray]:
    """(F, 2, 2) raw cross-periodograms in SI, mean over three axes, frequency zero and Nyquist left out."""
    per_ps = FS_PER_TIME_UNIT * 1e-3  # the oracle took the numbers as eV Å/ps
    values = np.moveaxis(bake_module.series(), 0, -1) * per_ps
    energy = np.swapaxes(values[0], 0, 1)[None]
    mass = np.swapaxes(values[1], 0, 1)[None]
    series = FluxSeries(
        {"energy_kinetic": energy, "energy_potential": 0 * energy, "mass_Li": mass},
        1.0, 1000.0, 300.0, {"Li": 1.0}, {"Li": 1},
    )  # fmt: skip
    currents = select_currents(series, ["Li"])
    transform = np.fft.rfft(currents.values[0])[..., 1:-1]
    transform = np.stack([transform[0] + transform[1], transform[2]])
    matrices = np.einsum("axf,bxf->fab", transform, transform.conj()) / 3
    matrices *= 0.5 / bake_module.SAMPLES * np.outer(currents.to_si, currents.to_si)
    return matrices, np.full(len(matrices), 3)


@pytest.mark.parametrize("terms", ["6", "12", "25", "60"])
def test_same_kappa_and_error_at_the_same_p_star(periodograms, terms):
    matrices, realisations = periodograms
    reduced, dof = reduced_spectrum(matrices, realisations)
    cases = {"naive": (matrices[:, 0, 0].real, 3), "kappa": (reduced, int(dof[0]))}
    for name, (power, nu) in cases.items():
        kappa, error = STORED["results"][name][terms]
        series = cosine_series(power, nu)
        count = int(terms)
        # the oracle keeps frequency zero and Nyquist, 2 points in 3000: a quarter of an error bar at most
        assert np.exp(series.limits[count - 1]) == pytest.approx(kappa, abs=0.25 * error)
        assert np.sqrt(series.variances[count - 1]) == pytest.approx(error / kappa, rel=0.02)
