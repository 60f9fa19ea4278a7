"""A run that samples something else than the crystal it was set up for says so, and no other does."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from ase.neighborlist import primitive_neighbor_list

from superionic.md.close_contacts import close_pair, pairs_within
from superionic.md.guards import (
    Review,
    UnstableTrajectoryError,
    drift_over_run,
    framework_displacement,
    refuse_holes,
    temperature_warnings,
)
from superionic.md.progress import progress_line
from superionic.md.segments import read_segment, segment_path
from superionic.md.simulate import simulate
from superionic.system import System
from superionic.units import BOLTZMANN_EV_PER_K
from tests.md.test_simulate import config, make_run

ATOMS, REPLICAS, SAMPLES = 192, 8, 2000


def crystal() -> System:
    return System.from_atoms(bulk("NaCl", "rocksalt", 5.6, cubic=True) * 2, ("Na", "Cl"), 3)


def collapsed(distance: float) -> System:
    """Atom 5 of the second replica at `distance` (Å) from atom 4, through the wall of the cell."""
    system = crystal()
    positions = system.positions.copy()
    positions[1, 5] = positions[1, 4] + [0.0, 0.0, distance] + system.cell[1, 0]
    return system.moved(positions)


def test_a_hole_stops_the_run_and_names_the_pair() -> None:
    settings = config(closest_contact=0.5)
    refuse_holes(settings, crystal(), "here")
    refuse_holes(settings, collapsed(1.5), "here")  # radii of Na and Cl: 1.66 + 1.02 Å
    with pytest.raises(
        UnstableTrajectoryError, match=r"here: Na 4 and Cl 5 of replica 1 are 1\.20 Å.*hole.*ZBL"
    ):
        refuse_holes(settings, collapsed(1.2), "here")
    refuse_holes(config(closest_contact=0.0), collapsed(0.1), "here")
    assert close_pair(crystal(), 0.9) is None


@pytest.mark.parametrize("pbc", [(True, True, True), (True, False, True), (False, False, False)])
@pytest.mark.parametrize("edge_A", [1.5, 6.0])
def test_close_pairs_are_those_of_ase(pbc, edge_A) -> None:
    """Triclinic cells, one smaller than the cutoff; atoms outside the cell."""
    rng = np.random.default_rng(3)
    cell = edge_A * (np.eye(3) + 0.4 * np.tril(rng.uniform(-1, 1, (3, 3))))
    positions = rng.uniform(-1, 2, (12, 3)) @ cell
    first, second, distances = pairs_within(positions, cell, pbc, 2.2)
    ours = {(min(i, j), max(i, j), round(d, 6)) for i, j, d in zip(first, second, distances, strict=True)}
    exact = primitive_neighbor_list("ijd", pbc, cell, positions, 2.2)
    assert ours == {(min(i, j), max(i, j), round(d, 6)) for i, j, d in zip(*exact, strict=True)}
    assert len(ours) > 1


def test_a_run_into_a_hole_keeps_the_segments_before(tmp_path) -> None:
    with pytest.raises(UnstableTrajectoryError, match=r"stage 0 \(npt\), segment 0: .* Å apart"):
        simulate(make_run(tmp_path, closest_contact=1.0))
    assert not list(tmp_path.iterdir())


def kinetic(temperature_K: float, seed: int, memory: int = 200) -> np.ndarray:
    """(R, n) canonical kinetic energies of REPLICAS; half of their variance lasts `memory` samples."""
    rng, freedom = np.random.default_rng(seed), 3 * ATOMS - 3
    slow = np.repeat(rng.normal(size=(REPLICAS, SAMPLES // memory)), memory, axis=1)
    fast = rng.normal(size=(REPLICAS, SAMPLES))
    relative = np.sqrt(2 / freedom) * (slow + fast) / np.sqrt(2)
    return 0.5 * freedom * BOLTZMANN_EV_PER_K * temperature_K * (1 + relative)


def test_a_mean_temperature_off_the_target_is_named() -> None:
    (warning,) = temperature_warnings(kinetic(401, 0), ATOMS, 650)
    assert re.search(r"temperature is 40\d\.\d K where 650 K is asked for", warning)
    assert not any(temperature_warnings(kinetic(650, seed), ATOMS, 650) for seed in range(300))


def test_drift_and_its_error_are_those_of_many_series() -> None:
    rng, line = np.random.default_rng(1), np.linspace(0, 0.5, SAMPLES)
    found = np.array([drift_over_run(rng.normal(size=(4, SAMPLES)) + line) for _ in range(300)])
    assert abs(found[:, 0].mean() - 0.5) < 4 * found[:, 0].std() / np.sqrt(300)
    assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.15)


def review(**changes) -> Review:
    """Of a settled run; energies in eV of the whole cell."""
    rng = np.random.default_rng(7)
    settled = {
        "potential": [rng.normal(-700, 1.0, (REPLICAS, SAMPLES))],
        "kinetic": [kinetic(300, 3)],
        "pressures_GPa": list(rng.normal(0, 0.2, 10)),
        "cell_volumes": list(rng.normal(4000, 20, (16, REPLICAS))),
    }
    return Review(config(), ATOMS, **{**settled, **changes})


def test_nothing_is_said_of_a_settled_run() -> None:
    assert review().warnings() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"potential": [np.linspace(-700, -699, SAMPLES) + np.zeros((REPLICAS, 1))]},
            r"drifts by \+5\.2.*meV/atom",
        ),
        ({"kinetic": [kinetic(200, 3)]}, "mean temperature"),
        ({"pressures_GPa": [0.8, 0.9, 1.0, 0.85]}, r"pressure is \+0\.89 GPa where 0 is asked for"),
        ({"cell_volumes": [np.full(REPLICAS, 4000 + 20.0 * k) for k in range(16)]}, "volume still changed"),
    ],
)
def test_what_had_not_settled_is_said(changes, said) -> None:
    (warning,) = review(**changes).warnings()
    assert re.search(said, warning)


def test_displacements_of_the_framework_are_those_of_the_worst_replica() -> None:
    system = crystal()
    moved = system.positions.copy()
    moved[2, system.species == 1] += [3.0, 0.0, 4.0]
    assert framework_displacement(system.positions, moved, system) == {"Na": 0.0, "Cl": 25.0}


def test_warnings_stand_in_the_log_and_in_the_segment(tmp_path) -> None:
    told = []
    run = replace(make_run(tmp_path), framework_msd_A2={"P": 1e-9, "S": 1e3})  # and its NPT stage is short
    simulate(run, told.append)
    warnings = told[-1]["warnings"]
    assert [warning[:11] for warning in warnings] == ["the mean te", "P has moved"]
    assert f"WARNING: {warnings[1]}" in progress_line(told[-1])
    assert read_segment(segment_path(tmp_path, 2, 2)).header["summary"]["warnings"] == warnings
    assert "warnings" not in told[0]
