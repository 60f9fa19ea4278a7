"""Start files: any structure that ASE reads, its velocities if asked for, and what identifies it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from superionic.config import ConfigError
from superionic.md.foreign_run import write_inputs
from superionic.md.inputs import RunInputs, prepare_inputs
from superionic.md.segments import read_segment, segment_path
from superionic.md.simulate import first_velocities, simulate
from superionic.md.thermostats import temperature
from superionic.nep.format import write_nep
from superionic.units import FS_PER_TIME_UNIT
from tests.md.test_sweep import MATERIAL
from tests.models import random_parameters

RUN = """
material = "material.toml"
potential = { path = "nep.txt" }
supercell = [1, 1, 1]
replicas = 2
temperature_K = 300.0
timestep_fs = 0.5
sample_fs = 1.0
snapshot_ps = 0.005
flux_fs = 1.0
segment_ps = 0.005
seed = 6
max_temperature_ratio = 1000.0
max_drift_meV_per_atom = 10000.0
closest_contact = 0.0
stages = [{ ensemble = "nve", duration_ps = 0.005, sample = true }]
"""
TURN = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
TURN *= np.linalg.det(TURN)  # no reflection


def structure(seed: int) -> Atoms:
    """Rock salt of a skewed cell that lies anyhow in space, thermal at 300 K, elements mixed."""
    rng = np.random.default_rng(seed)
    corners = np.array([[i, j, k] for i in (0, 0.5) for j in (0, 0.5) for k in (0, 0.5)])
    cell = np.array([[7.0, 0, 0], [1, 8, 0], [0, 2, 9]])
    atoms = Atoms("LiFFLiFLiLiF", scaled_positions=rng.permutation(corners), cell=cell, pbc=True)
    atoms.rattle(0.1, seed=seed)
    atoms.set_cell(atoms.cell.array @ TURN, scale_atoms=True)
    spread = np.sqrt(300.0 * 8.617333e-5 / atoms.get_masses())
    atoms.set_velocities(rng.normal(size=(8, 3)) * spread[:, None])
    return atoms


def inputs(folder: Path, **changes: str) -> RunInputs:
    """A run that starts from a.xyz and b.xyz, with lines of the run file added or replaced."""
    (folder / "material.toml").write_text(MATERIAL)
    write_nep(folder / "nep.txt", random_parameters(("Li", "F"), cutoffs=(3.0, 3.0)))
    for number, name in enumerate("ab"):
        if not (folder / f"{name}.xyz").exists():
            write(folder / f"{name}.xyz", structure(number), format="extxyz")
    lines = [line for line in RUN.splitlines() if line.split(" =")[0] not in changes]
    lines[1:1] = [f"{key} = {value}" for key, value in changes.items()]
    (folder / "run.toml").write_text("\n".join(lines))
    return prepare_inputs(folder / "run.toml")


def invariants(positions, velocities, cell) -> np.ndarray:
    """What no rotation changes: distances of atoms, and velocities along the lattice vectors."""
    atoms = Atoms(f"H{len(positions)}", positions=positions, cell=cell, pbc=True)
    along = velocities @ cell.T / np.linalg.norm(cell, axis=1)
    return np.concatenate([atoms.get_all_distances(mic=True).ravel(), along.ravel()])


BOTH = {"start": '["a.xyz", "b.xyz"]', "keep_velocities": "true"}


def test_positions_and_velocities_are_those_of_the_files(tmp_path) -> None:
    made = inputs(tmp_path, **BOTH)
    assert made.velocities is not None
    for replica in range(2):
        atoms = structure(replica)
        atoms = atoms[np.argsort(atoms.numbers, kind="stable")]
        masses = atoms.get_masses()
        still = atoms.get_velocities() - masses @ atoms.get_velocities() / masses.sum()
        expected = invariants(atoms.positions, still, atoms.cell.array)
        system = made.start
        found = invariants(system.positions[replica], made.velocities[replica], system.cell[replica])
        np.testing.assert_allclose(found, expected, atol=1e-6)
        assert np.allclose(np.triu(system.cell[replica], 1), 0.0)
    np.testing.assert_allclose(np.einsum("i,ria->ra", made.start.masses, made.velocities), 0.0, atol=1e-12)


def test_a_left_handed_cell_is_the_same_start(tmp_path) -> None:
    right = inputs(tmp_path, **BOTH)
    mirrored = structure(1)
    mirrored.set_cell(mirrored.cell.array * [[1], [1], [-1]], scale_atoms=False)
    write(tmp_path / "b.xyz", mirrored, format="extxyz")
    left = inputs(tmp_path, **BOTH)
    np.testing.assert_allclose(left.start.cell, right.start.cell, atol=1e-6)
    np.testing.assert_allclose(left.velocities, right.velocities, atol=1e-6)


def test_a_run_begins_with_them_and_so_does_that_of_another_program(tmp_path) -> None:
    made = inputs(tmp_path, **BOTH)
    simulate(made.bind(tmp_path / "kept", "torch"))
    drawn = inputs(tmp_path, start=BOTH["start"])
    simulate(drawn.bind(tmp_path / "drawn", "torch"))
    kept, other = (read_segment(segment_path(tmp_path / name, 0, 0)) for name in ("kept", "drawn"))
    move = kept.snapshots[:, 0] - made.start.positions
    # five femtoseconds: the way is mostly that of the first velocities
    along = np.sum(move * made.velocities) / np.sum(made.velocities**2) * FS_PER_TIME_UNIT
    assert along == pytest.approx(5.0, rel=0.3)
    assert not np.allclose(kept.velocities, other.velocities)
    folders = write_inputs(made, tmp_path / "nep.txt", "gpumd", tmp_path / "gpumd")
    row = (folders[1] / "model.xyz").read_text().splitlines()[2].split()
    np.testing.assert_allclose(np.array(row[5:8], float) * FS_PER_TIME_UNIT, made.velocities[1, 0], rtol=1e-8)


def test_velocities_of_gpumd_are_in_angstrom_per_femtosecond(tmp_path) -> None:
    expected = inputs(tmp_path, **BOTH).velocities
    for number, name in enumerate("ab"):
        atoms = structure(number)
        atoms.set_array("vel", atoms.get_velocities() / FS_PER_TIME_UNIT)
        del atoms.arrays["momenta"]
        write(tmp_path / f"{name}.xyz", atoms, format="extxyz")
    np.testing.assert_allclose(inputs(tmp_path, **BOTH).velocities, expected, atol=1e-6)
    atoms.arrays["vel"] *= 1e3
    write(tmp_path / "b.xyz", atoms, format="extxyz")
    with pytest.raises(ConfigError, match=r"velocities of .*b\.xyz make \d\S*e\+08 K, the run is at 300 K"):
        inputs(tmp_path, **BOTH)


def test_one_file_serves_all_replicas_and_is_repeated(tmp_path) -> None:
    made = inputs(tmp_path, start='"a.xyz"', supercell="[2, 1, 1]")
    assert made.velocities is None
    assert made.start.positions.shape == (2, 16, 3)
    np.testing.assert_array_equal(*made.start.positions)
    drawn = first_velocities(made.config, made.start)
    assert temperature(made.start, drawn).mean() == pytest.approx(300.0, rel=0.5)
    lacking = inputs(tmp_path, start='"a.xyz"', vacancies="{ Li = 1 }", vacancies_differ="true")
    assert lacking.start.n_atoms == 7
    two = inputs(tmp_path, start=BOTH["start"], vacancies="{ Li = 1 }")
    assert two.start.n_atoms == 7 and not np.array_equal(*two.start.positions)


def test_the_content_of_the_files_identifies_the_run_not_their_names(tmp_path) -> None:
    plain, one, kept = (inputs(tmp_path, **changes) for changes in ({}, {"start": BOTH["start"]}, BOTH))
    assert len({plain.identity, one.identity, kept.identity}) == 3
    (tmp_path / "c.xyz").write_bytes((tmp_path / "b.xyz").read_bytes())
    assert inputs(tmp_path, start='["a.xyz", "c.xyz"]').identity == one.identity
    moved = structure(1)
    moved.positions[0, 0] += 1e-3
    write(tmp_path / "b.xyz", moved, format="extxyz")
    assert inputs(tmp_path, start=BOTH["start"]).identity != one.identity


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": '["a.xyz", "b.xyz", "a.xyz"]'}, "start names 3 files: give one, or one for each of 2"),
        ({"start": '"a.xyz"', "keep_velocities": "true"}, "with the same velocities they would be one traj"),
        ({"keep_velocities": "true"}, "keep_velocities wants one start file for each of 2 replicas"),
        ({**BOTH, "supercell": "[2, 1, 1]"}, r"wants supercell = \[1, 1, 1\]: copies would move as one"),
        ({**BOTH, "vacancies": "{ Li = 1 }"}, "goes with neither vacancies nor relax_eV_A"),
        ({**BOTH, "relax_eV_A": "1.0"}, "goes with neither vacancies nor relax_eV_A"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, changes, message) -> None:
    with pytest.raises(ConfigError, match=message):
        inputs(tmp_path, **changes)


def test_files_that_cannot_be_are_refused(tmp_path) -> None:
    inputs(tmp_path, **BOTH)
    still = structure(1)
    del still.arrays["momenta"]
    heavy = structure(1)
    heavy.set_array("mass", heavy.get_masses() * 1.1)
    other = structure(1)[:7]
    flat = structure(1)
    flat.pbc = [True, True, False]
    for atoms, message in (
        (still, r"b\.xyz holds no velocities: leave keep_velocities out"),
        (heavy, "has masses of its own; runs take those of the elements"),
        (other, r"b\.xyz holds \S+, .*a\.xyz \S+: replicas have the same atoms"),
        (flat, "is not periodic along all three"),
    ):
        write(tmp_path / "b.xyz", atoms, format="extxyz")
        with pytest.raises(ConfigError, match=message):
            inputs(tmp_path, **BOTH)
    (tmp_path / "b.xyz").write_text("nonsense")
    with pytest.raises(ConfigError, match=r"start: .*b\.xyz: not a structure file"):
        inputs(tmp_path, **BOTH)
