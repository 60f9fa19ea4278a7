"""A folder in which GPUMD has run is enough: run.in, model.xyz, thermo.out and compute.out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase.io import write

from superionic.cli import main
from superionic.flux.gpumd import read_gpumd
from superionic.flux.gpumd_run import read_gpumd_runs
from superionic.flux.series import FluxError
from tests.flux.test_gpumd import ARGUMENTS, STRUCTURE, table

RUN_IN = """
potential       ./nep.txt
time_step       2
velocity        650
ensemble        npt_scr 650 650 100 0 0 0 0 0 0 50 50 50 25 25 25 1000
dump_thermo     100
run             1000

ensemble        nvt_bdp 600 650 100   # sampled
dump_thermo     10
compute         0 5 1 jk jp momentum
run             2000
"""


def folder(path: Path, seed: int = 0, columns: int = 18, run_in: str = RUN_IN) -> Path:
    """400 rows of compute.out; 10 rows of thermo.out at 900 K before the 200 sampled ones at 650 K."""
    path.mkdir()
    np.savetxt(path / "compute.out", table(samples=400, seed=seed)[1], fmt="%.12e")
    (path / "run.in").write_text(run_in)
    atoms = STRUCTURE.copy()
    atoms.arrays["group"] = np.array([("Li", "P", "S").index(s) for s in atoms.get_chemical_symbols()])
    write(path / "model.xyz", atoms, format="extxyz", columns=["symbols", "positions", "group"])
    rows = np.zeros((210, columns))
    rows[:, 0] = np.where(np.arange(210) < 10, 900.0, 650.0)
    edges = (11.0, 11.0, 12.0)
    rows[:, -3:] = edges
    if columns == 18:
        rows[:, -9:] = np.diag(edges).ravel()
    np.savetxt(path / "thermo.out", rows)
    return path


@pytest.mark.parametrize("columns", [12, 18])
def test_two_folders_are_two_replicas(tmp_path, columns) -> None:
    runs = [folder(tmp_path / str(seed), seed, columns) for seed in range(2)]
    series = read_gpumd_runs(runs)
    expected = read_gpumd([run / "compute.out" for run in runs], **{**ARGUMENTS, "dt_fs": 10.0})
    for name, current in expected.currents.items():
        np.testing.assert_array_equal(series.currents[name], current)
    assert series.dt_fs == 10.0
    assert series.temperature_K == pytest.approx(650.0)
    assert series.volume_A3 == pytest.approx(11 * 11 * 12)
    assert series.provenance["warnings"] == []


def test_the_command_takes_a_folder(tmp_path, capsys) -> None:
    run = str(folder(tmp_path / "run"))
    options = ["--mobile", "Li", "--max-lag-ps", "0.2", "--plateau-ps", "0.1", "0.2"]
    assert main(["analyse", run, *options]) == 0
    assert "4 ps in all, T = 650 K, mobile: Li" in capsys.readouterr().out
    assert main(["analyse", run, run, *options]) == 2
    assert "give each replica once" in capsys.readouterr().err


def test_a_framework_in_one_group(tmp_path) -> None:
    run = folder(tmp_path / "run")
    atoms = STRUCTURE.copy()
    atoms.arrays["group"] = np.array([int(s != "Li") for s in atoms.get_chemical_symbols()])
    write(run / "model.xyz", atoms, format="extxyz", columns=["symbols", "positions", "group"])
    _, rows = table(samples=400)
    values = rows.reshape(400, 3, 3, 3)
    merged = np.stack([values[..., 0], values[..., 1] + values[..., 2]], axis=-1)
    merged[:, 2, :, 1] = -merged[:, 2, :, 0]
    np.savetxt(run / "compute.out", merged.reshape(400, -1), fmt="%.12e")
    assert read_gpumd_runs([run]).species == ("Li",)


def test_a_run_cut_short_and_one_off_its_temperature_are_named(tmp_path) -> None:
    run = folder(tmp_path / "run", run_in=RUN_IN.replace("2000", "4000").replace("600 650", "650 700"))
    short, off = read_gpumd_runs([run], temperature_K=650.0).provenance["warnings"]
    assert "400 of 800 rows: the run was cut short" in short
    assert "where 700 K is asked for" in off


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda run: (run / "run.in").unlink(), "run.in is missing"),
        (lambda run: (run / "model.xyz").unlink(), "model.xyz is missing"),
        (lambda run: (run / "run.in").write_text("run 100"), "no `compute` of jp, jk and momentum"),
        (lambda run: (run / "run.in").write_text(RUN_IN.replace(" momentum", "")), "no `compute`"),
        (lambda run: (run / "run.in").write_text(RUN_IN + RUN_IN), "several `compute`"),
        (lambda run: (run / "run.in").write_text("run many"), "line 1, 'run many', is not as GPUMD wants it"),
        (
            lambda run: (run / "run.in").write_text(RUN_IN.replace("2000", "1000")),
            r"has 400 rows, run.in writes 200: GPUMD appends",
        ),
        (lambda run: (run / "thermo.out").unlink(), "give --volume-A3"),
        (lambda run: write(run / "model.xyz", STRUCTURE, format="extxyz"), "no column group: give --groups"),
    ],
)
def test_what_a_folder_lacks_is_said(tmp_path, change, message) -> None:
    run = folder(tmp_path / "run")
    change(run)
    with pytest.raises(FluxError, match=message):
        read_gpumd_runs([run])


def test_without_thermo_the_restart_file_tells_the_volume(tmp_path) -> None:
    run = folder(tmp_path / "run")
    (run / "thermo.out").unlink()
    atoms = STRUCTURE.copy()
    atoms.set_cell([10.5, 11.0, 12.0])
    write(run / "restart.xyz", atoms, format="extxyz")
    series = read_gpumd_runs([run])
    assert series.volume_A3 == pytest.approx(10.5 * 11 * 12)
    assert series.temperature_K == 650.0


def test_folders_that_are_no_replicas_are_refused(tmp_path) -> None:
    first, second = folder(tmp_path / "a"), folder(tmp_path / "b", 1)
    read_gpumd_runs([first, second])
    atoms = STRUCTURE.copy()
    atoms.arrays["group"] = np.array([("S", "P", "Li").index(s) for s in atoms.get_chemical_symbols()])
    write(second / "model.xyz", atoms, format="extxyz", columns=["symbols", "positions", "group"])
    with pytest.raises(FluxError, match=r"groups of .*a are Li, P, S, of .*b S, P, Li"):
        read_gpumd_runs([first, second])
    atoms = atoms[:-1]
    write(second / "model.xyz", atoms, format="extxyz", columns=["symbols", "positions", "group"])
    with pytest.raises(FluxError, match="no replicas"):
        read_gpumd_runs([first, second])
    third = folder(tmp_path / "c", 2)
    table_of = np.loadtxt(third / "thermo.out")
    table_of[:, 0] = 550.0
    np.savetxt(third / "thermo.out", table_of)
    with pytest.raises(FluxError, match=r"temperature of .*a is 650, of .*c 550: no replicas"):
        read_gpumd_runs([first, third])


@pytest.mark.parametrize(
    "options", [["--structure", "model.xyz"], ["--columns", "x"], ["--format", "lammps"]]
)
def test_options_that_a_folder_would_ignore_are_refused(tmp_path, options, capsys) -> None:
    assert main(["analyse", str(folder(tmp_path / "run")), "--mobile", "Li", *options]) == 2
    assert options[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [("hello", "not a table of numbers"), ("1 2 3\n" * 20, "3 columns"), ("", "all from before")],
)
def test_a_damaged_thermo_file_is_named(tmp_path, text, message) -> None:
    run = folder(tmp_path / "run")
    (run / "thermo.out").write_text(text)
    with pytest.raises(FluxError, match=message):
        read_gpumd_runs([run])


def test_every_replica_keeps_its_own_volume_and_temperature(tmp_path) -> None:
    """Barostats leave replicas in cells that differ a little; their currents are divided by their own."""
    runs = [folder(tmp_path / str(seed), seed, 18) for seed in range(2)]
    thermo = np.loadtxt(runs[1] / "thermo.out")
    thermo[:, 0] *= 1.01
    thermo[:, -9:] *= 1.01
    np.savetxt(runs[1] / "thermo.out", thermo)
    series = read_gpumd_runs(runs)
    np.testing.assert_allclose(series.temperature_K, [650.0, 656.5])
    np.testing.assert_allclose(series.volume_A3, 1452.0 * np.array([1.0, 1.01**3]))
