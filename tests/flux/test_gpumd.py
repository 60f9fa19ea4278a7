"""compute.out: jp, jk, momentum, each x of all groups, then y, then z."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms

from superionic.flux.gpumd import read_gpumd
from superionic.flux.series import FluxError
from superionic.units import BOLTZMANN_EV_PER_K

STRUCTURE = Atoms("Li3PS4", positions=np.arange(24.0).reshape(8, 3), cell=[10, 11, 12], pbc=True)
ARGUMENTS = {"structure": STRUCTURE, "groups": ("Li", "P", "S"), "temperature_K": 650.0, "dt_fs": 5.0}


def table(samples=30, groups=3, seed=0):
    """Per-group values (samples, quantity, group, xyz) and the rows GPUMD would write for them."""
    values = np.random.default_rng(seed).standard_normal((samples, 3, groups, 3))
    masses = np.array([3 * 6.94, 30.97, 4 * 32.06])
    spread = np.sqrt(masses * (1 - masses / masses.sum()) * BOLTZMANN_EV_PER_K * 650.0)
    share = [1.0] * 3 if groups == 3 else [0.5, 0.5, 1.0, 1.0]
    values[:, 2] *= np.sqrt(share)[:, None] * np.repeat(spread, 1 if groups == 3 else [2, 1, 1])[:, None]
    rows = [
        [values[s, q, g, x] for q in range(3) for x in range(3) for g in range(groups)]
        for s in range(samples)
    ]
    return values, np.array(rows)


def test_round_trip_of_two_replicas(tmp_path):
    values, paths = [], []
    for seed in range(2):
        one, rows = table(seed=seed)
        paths.append(tmp_path / f"compute{seed}.out")
        np.savetxt(paths[-1], rows, fmt="%.12e")
        values.append(one)
    series = read_gpumd(paths, **ARGUMENTS)
    potential, kinetic, momentum = np.moveaxis(np.array(values), 2, 0)
    np.testing.assert_allclose(series.currents["energy_potential"], potential.sum(axis=2), rtol=1e-9)
    np.testing.assert_allclose(series.currents["energy_kinetic"], kinetic.sum(axis=2), rtol=1e-9)
    for index, symbol in enumerate(("Li", "P", "S")):
        np.testing.assert_allclose(series.currents[f"mass_{symbol}"], momentum[:, :, index], rtol=1e-9)
    assert series.volume_A3 == pytest.approx(1320.0)
    assert series.counts == {"Li": 3, "P": 1, "S": 4}
    assert series.masses["Li"] == pytest.approx(6.94)


def test_groups_of_one_species_are_added(tmp_path):
    values, rows = table(groups=4)
    np.savetxt(tmp_path / "compute.out", rows, fmt="%.12e")
    series = read_gpumd([tmp_path / "compute.out"], **{**ARGUMENTS, "groups": ("Li", "Li", "P", "S")})
    expected = values[:, 2, 0] + values[:, 2, 1]
    np.testing.assert_allclose(series.currents["mass_Li"][0], expected, rtol=1e-9)


def test_faults_are_named(tmp_path):
    _, rows = table()
    np.savetxt(tmp_path / "short.out", rows[:, :18])
    with pytest.raises(FluxError, match="18 columns, expected 27"):
        read_gpumd([tmp_path / "short.out"], **ARGUMENTS)
    np.savetxt(tmp_path / "cut.out", rows)
    whole = (tmp_path / "cut.out").read_text()
    (tmp_path / "cut.out").write_text(whole[:-100])
    with pytest.raises(FluxError, match="cut short"):
        read_gpumd([tmp_path / "cut.out"], **ARGUMENTS)
    (tmp_path / "whole.out").write_text(whole)
    np.savetxt(tmp_path / "other.out", rows[:-3])
    with pytest.raises(FluxError, match="unequal numbers of samples"):
        read_gpumd([tmp_path / "whole.out", tmp_path / "other.out"], **ARGUMENTS)
    with pytest.raises(FluxError, match="groups name Li, P"):
        read_gpumd([tmp_path / "whole.out"], **{**ARGUMENTS, "groups": ("Li", "P")})


def test_a_current_that_was_not_computed_is_named(tmp_path):
    for quantity, name in enumerate(("jp", "jk")):
        rows = table()[1].reshape(30, 3, 9)
        rows[:, quantity] = 0.0
        np.savetxt(tmp_path / "compute.out", rows.reshape(30, 27))
        with pytest.raises(FluxError, match=f"{name} is zero throughout"):
            read_gpumd([tmp_path / "compute.out"], **ARGUMENTS)


def test_a_framework_may_be_one_group(tmp_path):
    values, rows = table(samples=400)
    np.savetxt(tmp_path / "three.out", rows)
    two = np.stack([values[:, :, 0], values[:, :, 1] + values[:, :, 2]], axis=2)
    two[:, 2, 1] = -two[:, 2, 0]  # the framework carries what the ions do not
    np.savetxt(tmp_path / "two.out", np.swapaxes(two, 2, 3).reshape(400, -1))
    three = read_gpumd([tmp_path / "three.out"], **ARGUMENTS)
    series = read_gpumd([tmp_path / "two.out"], **{**ARGUMENTS, "groups": ("Li", "P+S")})
    np.testing.assert_allclose(series.energy_current, three.energy_current, rtol=1e-12)
    np.testing.assert_array_equal(series.currents["mass_Li"], three.currents["mass_Li"])
    assert series.species == ("Li",)
    assert series.counts == three.counts
    for groups in (("Li", "P+Li"), ("Li", "P")):
        with pytest.raises(FluxError, match=r"P\+S for a group of both"):
            read_gpumd([tmp_path / "two.out"], **{**ARGUMENTS, "groups": groups})


def test_the_mass_column_of_the_structure_is_used(tmp_path):
    np.savetxt(tmp_path / "compute.out", table(samples=4000)[1])
    isotope = STRUCTURE.copy()
    isotope.set_array("mass", np.array([6.94, 6.94, 6.94, 31.0, 32.0, 32.0, 32.0, 32.0]))
    assert read_gpumd([tmp_path / "compute.out"], **{**ARGUMENTS, "structure": isotope}).masses["P"] == 31.0
    isotope.arrays["mass"][:3] = 6.015
    with pytest.raises(FluxError, match="contradict a temperature of 650 K"):
        read_gpumd([tmp_path / "compute.out"], **{**ARGUMENTS, "structure": isotope})


@pytest.mark.parametrize("changes", [{"temperature_K": 65.0}, {"groups": ("S", "P", "Li")}])
def test_momenta_that_contradict_what_is_said_are_refused(tmp_path, changes):
    np.savetxt(tmp_path / "compute.out", table(samples=100)[1])
    with pytest.raises(FluxError, match="momenta contradict a temperature"):
        read_gpumd([tmp_path / "compute.out"], **{**ARGUMENTS, **changes})
