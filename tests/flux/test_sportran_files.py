"""The published examples of the program sportran, as they are, against the values that it gives.

The data come with its source distribution; nothing of it is stored here.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from superionic.flux.lammps import LammpsMap, read_lammps
from superionic.transport.analysis import Analysis, analyse

pytestmark = pytest.mark.network

SALT = {
    "units": "metal",
    "dt_fs": 5.0,
    "temperature": "Temp",
    "volume_A3": 65013.301261,
    "energy_total": ("c_flux[1]", "c_flux[2]", "c_flux[3]"),
    "velocity": {"Na": ("c_vcm[1][1]", "c_vcm[1][2]", "c_vcm[1][3]")},
    "masses": {"Na": 22.98977, "Cl": 35.453},
    "counts": {"Na": 864, "Cl": 864},
}
GLASS = {
    "units": "metal",
    "temperature": "Temp",
    "volume_A3": 3130.431110818,
    "energy_total": ("c_flux1[1]", "c_flux1[2]", "c_flux1[3]"),
    "masses": {"Si": 28.0855, "O": 15.9994},
    "counts": {"Si": 72, "O": 144},
}
SAVED = {"energy_total": ("flux1[1]", "flux1[2]", "flux1[3]"), "temperature": "Temperature", "dt_fs": 1.0}


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """The folder examples/data of sportran."""
    folder = tmp_path_factory.mktemp("sportran")
    words = ["-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder), "sportran==1.0.0rc4"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *words], capture_output=True, text=True, check=False
    )
    archives = list(folder.glob("*.tar.gz"))
    if not archives:
        pytest.skip(f"sportran could not be fetched: {done.stderr.strip().splitlines()[-1:]}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("sportran-*/examples/data"))


def analysis(path: Path, mobile: tuple[str, ...], **columns: object) -> Analysis:
    return analyse(read_lammps([path], LammpsMap(**columns)), mobile, shorten=True)  # type: ignore[arg-type]


def agrees(result: Analysis, kappa: float, error: float) -> None:
    """One trajectory analysed in two ways: within one of their error bars."""
    for found in (result.quoted.kappa, result.cepstral.onsager.kappa):
        assert found.value == pytest.approx(kappa, abs=error)


def test_molten_salt(data) -> None:
    agrees(analysis(data / "NaCl/NaCl.dat", ("Na",), **SALT), 0.498310, 0.028018)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Silica.dat", {"dt_fs": 1.0}),
        ("Silica.npy", SAVED),
        ("lammps/silica.out", {"timestep_fs": 1.0}),
    ],
)
def test_silica_glass(data, name, changes) -> None:
    agrees(analysis(data / "Silica" / name, (), **{**GLASS, **changes}), 2.205099, 0.215248)
