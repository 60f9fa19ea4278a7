"""Γ moves as the heat of transport does when energy is split otherwise, and by nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from superionic.cli import main
from superionic.conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from superionic.engines.base import Evaluation
from superionic.engines.torch_engine import TorchEngine
from superionic.flux.files import write_flux
from superionic.flux.series import FluxSeries
from superionic.gauge import EV_PER_ION, Gauge, gauge, predict
from superionic.nep.format import write_nep
from superionic.system import System
from superionic.transport.analysis import analyse
from superionic.transport.uncertainty import Estimate
from tests.models import random_parameters

MASSES = {"Li": 6.94, "P": 30.973761998, "S": 32.06}


def configurations(count: int = 3) -> list[Atoms]:
    random = np.random.default_rng(8)
    made = []
    for _ in range(count):
        places = np.stack(np.meshgrid(*[np.arange(2) * 3.0] * 3), axis=-1).reshape(-1, 3)
        made.append(
            Atoms("SLi3PS3", positions=places + random.normal(0, 0.1, (8, 3)), cell=[6.0] * 3, pbc=True)
        )
    return made


class Shifted:
    """An engine whose site energies have a constant per species added."""

    def __init__(self, engine: TorchEngine, shifts: dict[str, float]) -> None:
        self.engine, self.elements = engine, engine.elements
        self.added = np.array([shifts.get(symbol, 0.0) for symbol in engine.elements])

    def compute(self, system: System) -> Evaluation:
        found = self.engine.compute(system)
        return replace(found, site_energies=found.site_energies + self.added[system.species])


@pytest.fixture
def engine() -> TorchEngine:
    return TorchEngine(random_parameters())


@pytest.mark.parametrize("species", ["Li", "P", "S"])
def test_a_constant_per_species_moves_it_as_the_current(engine, species) -> None:
    """J_E + c J_s moves q by c for the ions, and by -c m_Li N_s/M_F for a species of the framework, whose
    current is what the ions' leaves: Σ m v = 0."""
    frames = configurations()
    before, after = (gauge(one, frames, "Li") for one in (engine, Shifted(engine, {species: 0.7})))
    framework = MASSES["P"] + 4 * MASSES["S"]
    moved = {"Li": 1.0, "P": -MASSES["Li"] / framework, "S": -4 * MASSES["Li"] / framework}
    np.testing.assert_allclose(after.levels - before.levels, 0.7 * moved[species], atol=1e-9)


def test_removal_is_the_mean_over_ions(engine) -> None:
    frames = configurations(2)
    found = gauge(engine, frames, "Li")
    for atoms, removal in zip(frames, found.removals, strict=True):
        whole = engine.compute(System.from_atoms(atoms, engine.elements)).energy[0]
        ions = [index for index, symbol in enumerate(atoms.symbols) if symbol == "Li"]
        left = [atoms[[i for i in range(8) if i != ion]] for ion in ions]
        energies = [engine.compute(System.from_atoms(one, engine.elements)).energy[0] for one in left]
        assert removal == pytest.approx(whole - np.mean(energies), abs=1e-9)
    assert found.removal.value == pytest.approx(found.removals.mean())
    assert found.removal.standard_error == pytest.approx(abs(np.diff(found.removals)[0]) / 2)


def test_a_prediction_of_the_reference_is_the_measurement() -> None:
    one = Gauge("Li", np.zeros(3), np.array([0.1, 0.3, 0.2]))
    heat, kappa, ions = (Estimate.symmetric(*pair) for pair in ((0.4, 0.04), (0.45, 0.01), (0.32, 0.02)))
    same = predict(one, one, heat, kappa, ions)
    assert (same.heat.value, same.heat.standard_error) == (0.4, 0.04)
    assert same.naive_kappa.value == pytest.approx(0.45 + 0.16 * 0.32)
    assert same.coupled.value == pytest.approx(0.16 * 0.32 / (0.45 + 0.16 * 0.32))
    other = predict(Gauge("Li", one.removals, one.levels + 1.0), one, heat, kappa, ions)
    assert other.heat.value == pytest.approx(1.4)
    assert other.heat.standard_error == pytest.approx(0.04)  # the frames are the same


def test_the_command_and_what_it_refuses(tmp_path, capsys) -> None:
    write_nep(tmp_path / "nep.txt", random_parameters())
    write(tmp_path / "frames.xyz", configurations())
    arguments = ["gauge", str(tmp_path / "nep.txt"), "--frames", str(tmp_path / "frames.xyz")]
    assert main([*arguments, "--mobile", "Li", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out).values()
    assert found["configurations"] == 3
    assert found["level_eV"]["standard_error"] > 0
    assert main([*arguments, "--mobile", "Li"]) == 0
    assert "removal" in capsys.readouterr().out
    assert main([*arguments, "--mobile", "Cu"]) == 2
    assert "no mobile species" in capsys.readouterr().err
    write(tmp_path / "frames.xyz", configurations(1))
    assert main([*arguments, "--mobile", "Li"]) == 2
    assert "at least two" in capsys.readouterr().err
    assert pytest.approx(1.0364e-8, rel=1e-4) == EV_PER_ION


def test_a_run_of_one_potential_predicts_another(tmp_path, capsys) -> None:
    """The first as measured; the second differs by the step of Γ, κ being the same."""
    for name, seed in (("one", 3), ("two", 4)):
        write_nep(tmp_path / f"{name}.txt", random_parameters(seed=seed))
    write(tmp_path / "frames.xyz", configurations())
    random = np.random.default_rng(1)
    lithium, heat, work = random.standard_normal((3, 8, 2000, 3))
    series = FluxSeries(
        {ENERGY_KINETIC: heat + 0.2 * lithium, ENERGY_POTENTIAL: work, mass_current("Li"): lithium},
        20.0, 2000.0, 700.0, MASSES, {"Li": 48, "P": 16, "S": 64},
    )  # fmt: skip
    write_flux(tmp_path / "flux.npz", series, "float32")
    potentials = [str(tmp_path / f"{name}.txt") for name in ("one", "two")]
    arguments = ["gauge", *potentials, "--frames", str(tmp_path / "frames.xyz"), "--mobile", "Li"]
    arguments += ["--flux", str(tmp_path / "flux.npz")]
    assert main([*arguments, "--json"]) == 0
    one, two = json.loads(capsys.readouterr().out).values()
    measured = analyse(series, "Li", shorten=True)
    heats = [gauges["heat_of_transport_eV_per_ion"]["value"] for gauges in (one, two)]
    expected = measured.heat_per_ion_eV()
    assert heats[0] == pytest.approx(expected.value, rel=1e-5)
    assert heats[0] == pytest.approx(0.2 * MASSES["Li"], abs=4 * expected.standard_error)
    assert heats[1] - heats[0] == pytest.approx(two["level_eV"]["value"] - one["level_eV"]["value"], rel=1e-9)
    naive, fraction = (two[key]["value"] for key in ("naive_kappa_W_per_mK", "coupled_fraction"))
    assert (1 - fraction) * naive == pytest.approx(measured.quoted.kappa.value, rel=1e-5)
    assert main(arguments) == 0
    assert "q, naive κ (W/m/K) and r of one as measured, else predicted" in capsys.readouterr().out
