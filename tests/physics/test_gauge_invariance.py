"""The paper's point, end to end: two potentials with the same forces and other site energies."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from superionic.engines.base import BlockPlan
from superionic.engines.torch_engine import TorchEngine
from superionic.flux.series import FluxSeries
from superionic.md.integrators import run_block
from superionic.md.thermostats import maxwell_velocities
from superionic.system import System
from superionic.transport.current_set import select_currents
from superionic.transport.onsager import schur_complement
from superionic.units import to_internal_time
from tests.models import random_parameters, random_structure
from tests.physics.test_heat_current import with_energy_shifts


@pytest.fixture(scope="module")
def two_gauges() -> list[FluxSeries]:
    """The same trajectory of a binary system seen by a potential and by its shifted twin."""
    parameters = random_parameters(("Li", "S"), cutoffs=(3.5, 3.0), n_max=(2, 2), l_max=(2, 0, 0), seed=3)
    atoms = random_structure(parameters.elements, 8, 5.5, seed=3)
    plan = BlockPlan(steps=260, timestep=to_internal_time(0.5), sample_every=1)
    series = []
    for model in (parameters, with_energy_shifts(parameters, {"Li": 1.3, "S": -0.8})):
        engine = TorchEngine(model)
        system = System.from_atoms(atoms, engine.elements)
        velocities = maxwell_velocities(system, 500.0, np.random.default_rng(0))
        result = run_block(engine, system, velocities, engine.compute(system), plan)
        names = (ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current("Li"), mass_current("S"))
        series.append(
            FluxSeries(
                currents={name: result.currents[:, :, index] for index, name in enumerate(names)},
                dt_fs=0.5,
                volume_A3=float(system.volume[0]),
                temperature_K=500.0,
                masses={
                    s: float(system.masses[system.species == i][0]) for i, s in enumerate(system.elements)
                },
                counts={s: int((system.species == i).sum()) for i, s in enumerate(system.elements)},
            )
        )
    return series


def test_naive_conductivity_changes_and_onsager_conductivity_does_not(two_gauges) -> None:
    """κ(f) = S_00 - |S_01|²/S_11 agrees at every frequency, S_00 at none of the low ones."""
    plain, shifted = (select_currents(series, "Li").spectra.graded.mean()[0] for series in two_gauges)
    naive_change = np.abs(shifted[:, 0, 0] / plain[:, 0, 0] - 1)
    assert naive_change.max() > 0.1
    kappa = [schur_complement(matrix) for matrix in (plain, shifted)]
    assert np.allclose(kappa[0], kappa[1], rtol=1e-8, atol=0)


def test_mass_transport_is_untouched(two_gauges) -> None:
    one, other = two_gauges
    for name in (mass_current("Li"), mass_current("S")):
        assert np.allclose(one.currents[name], other.currents[name], rtol=1e-9, atol=1e-9)
