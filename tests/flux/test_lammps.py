"""LAMMPS tables: units, joined runs, and faults named."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import constants

from superionic.flux.lammps import LammpsMap, read_lammps
from superionic.flux.series import FluxError
from superionic.units import FS_PER_TIME_UNIT

HEADER = "TimeStep c_flux[1] c_flux[2] c_flux[3] c_flux[4] c_flux[5] c_flux[6] c_p[1] c_p[2] c_p[3]"


def column_map(**changes: object) -> LammpsMap:
    given = {
        "units": "metal",
        "timestep_fs": 2.0,
        "temperature_K": 300.0,
        "volume_A3": 1000.0,
        "step": "TimeStep",
        "energy_total": ("c_flux[1]", "c_flux[2]", "c_flux[3]"),
        "energy_kinetic": ("c_flux[4]", "c_flux[5]", "c_flux[6]"),
        "momentum": {"Li": ("c_p[1]", "c_p[2]", "c_p[3]")},
        "masses": {"Li": 6.94},
        "counts": {"Li": 10},
    }
    return LammpsMap(**{**given, **changes})  # type: ignore[arg-type]


def write(path, values, steps, header=HEADER):
    rows = "\n".join(
        f"{step} " + " ".join(f"{v:.12e}" for v in row) for step, row in zip(steps, values, strict=True)
    )
    path.write_text(f"# Time-averaged data for fix out\n# {header}\n{rows}\n")


def test_fix_file_in_metal_units_with_replicas(tmp_path):
    values = np.random.default_rng(1).standard_normal((2, 20, 9))
    for replica in range(2):
        write(tmp_path / f"{replica}.dat", values[replica], np.arange(20) * 5)
    series = read_lammps([tmp_path / "0.dat", tmp_path / "1.dat"], column_map())
    assert series.dt_fs == 10.0
    per_ps = FS_PER_TIME_UNIT * 1e-3
    np.testing.assert_allclose(series.energy_current, values[..., :3] * per_ps, rtol=1e-10)
    np.testing.assert_allclose(series.currents["energy_kinetic"], values[..., 3:6] * per_ps, rtol=1e-10)
    np.testing.assert_allclose(series.currents["mass_Li"], values[..., 6:] * per_ps, rtol=1e-10)


def test_real_and_metal_units_describe_the_same_current(tmp_path):
    values = np.random.default_rng(1).standard_normal((20, 9))
    write(tmp_path / "metal.dat", values, np.arange(20))
    in_real = values * 1e-3
    in_real[:, :6] *= constants.e * constants.N_A / (constants.calorie * 1e3)
    write(tmp_path / "real.dat", in_real, np.arange(20))
    metal = read_lammps([tmp_path / "metal.dat"], column_map())
    real = read_lammps([tmp_path / "real.dat"], column_map(units="real"))
    for name in metal.currents:
        np.testing.assert_allclose(real.currents[name], metal.currents[name], rtol=1e-9)


def test_a_log_of_two_runs_is_joined_and_the_repeated_step_dropped(tmp_path):
    header = HEADER.replace("TimeStep", "Step")
    rows = [" ".join([str(step), *["2.0"] * 3, *["1.0"] * 6]) for step in (0, 5, 10, 10, 15)]
    text = "\n".join(
        [
            "LAMMPS",
            header,
            *rows[:3],
            "Loop time of 1 on 1 procs",
            "run 5",
            header,
            *rows[3:],
            "Loop time of 1",
        ]
    )
    (tmp_path / "log.lammps").write_text(text)
    series = read_lammps([tmp_path / "log.lammps"], column_map(step="Step"))
    assert series.n_samples == 4
    assert series.dt_fs == 10.0


def test_faults_are_named(tmp_path):
    values = np.ones((5, 9))
    write(tmp_path / "uneven.dat", values, [0, 5, 10, 20, 25])
    with pytest.raises(FluxError, match="not evenly spaced after step 10"):
        read_lammps([tmp_path / "uneven.dat"], column_map())
    write(tmp_path / "good.dat", values, np.arange(5))
    with pytest.raises(FluxError, match=r"no column c_q\[1\]"):
        read_lammps([tmp_path / "good.dat"], column_map(momentum={"Li": ("c_q[1]", "c_p[2]", "c_p[3]")}))
    with pytest.raises(FluxError, match="no table with a column 'Time'"):
        read_lammps([tmp_path / "good.dat"], column_map(step="Time"))


def log(rows, header: str, style: str = "plain") -> str:
    if style == "yaml":
        names = ", ".join(f"'{name}'" for name in header.split())
        lines = [f"  - [{', '.join(row.split())}, ]" for row in rows]
        return "\n".join(["---", f"keywords: [{names}, ]", "data:", *lines, "..."])
    return "\n".join([header, *rows])


@pytest.mark.parametrize("case", ["warning", "other table first", "yaml", "other order"])
def test_what_logs_hold_beside_the_table_does_not_matter(tmp_path, case):
    header = HEADER.replace("TimeStep", "Step")
    values = np.random.default_rng(4).standard_normal((15, 9))
    rows = [f"{5 * k} " + " ".join(f"{v:.9e}" for v in row) for k, row in enumerate(values)]
    end = "Loop time of 1 on 1 procs for 4000 steps with 8 atoms"
    (tmp_path / "clean.log").write_text(log(rows, header) + "\n" + end)
    noise = ["WARNING: cutoff is short (comm.cpp:730)", "fix 3 rebuilt"]
    text = {
        "warning": log([*rows[:6], *noise, *rows[6:]], header),
        "other table first": log(["-10 300", "-5 300"], "Step Temp") + f"\n{end}\n" + log(rows, header),
        "yaml": log(rows, header, "yaml"),
        "other order": log(rows[:7], header) + f"\n{end}\n"
        + log([f"{r} 1.5" for r in rows[7:]], f"{header} Temp"),
    }[case]  # fmt: skip
    (tmp_path / "case.log").write_text(f"LAMMPS (2 Aug 2023)\n{text}\n{end}\n")
    clean, found = (
        read_lammps([tmp_path / f"{name}.log"], column_map(step="Step")) for name in ("clean", "case")
    )
    assert found.n_samples == 15
    for name in clean.currents:
        np.testing.assert_array_equal(found.currents[name], clean.currents[name])


def test_a_row_lost_inside_a_table_is_not_passed_over(tmp_path):
    values = np.random.default_rng(4).standard_normal((15, 9))
    write(tmp_path / "whole.dat", values, np.arange(15) * 5)
    lines = (tmp_path / "whole.dat").read_text().splitlines()
    lines[9] = lines[9][:40]
    (tmp_path / "cut.dat").write_text("\n".join(lines))
    with pytest.raises(FluxError, match="not evenly spaced after step 30"):
        read_lammps([tmp_path / "cut.dat"], column_map())


def test_a_pair_style_without_a_virial_of_each_atom_is_refused(tmp_path):
    values = np.random.default_rng(4).standard_normal((15, 9))
    values[:, :3] = values[:, 3:6]
    write(tmp_path / "a.dat", values, np.arange(15))
    with pytest.raises(FluxError, match="its convective part alone: the pair style gives"):
        read_lammps([tmp_path / "a.dat"], column_map())


def test_every_species_has_mass_and_count(tmp_path):
    write(tmp_path / "a.dat", np.ones((15, 9)), np.arange(15))
    for changes in ({"masses": {"S": 32.0}}, {"counts": {}}, {"counts": {"Li": 10, "S": 4}}):
        with pytest.raises(FluxError, match="mass and count of every species"):
            read_lammps([tmp_path / "a.dat"], column_map(**changes))
