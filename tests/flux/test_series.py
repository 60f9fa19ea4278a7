"""The compact flux file: what is written comes back, equal bytes for equal series, faults are named."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.flux.files import read_flux, read_header, write_flux
from superionic.flux.series import FluxError


@pytest.mark.parametrize(("storage", "bound"), [("int16", 6e-5), ("float32", 6e-8)])
def test_round_trip_rounds_far_below_the_thermal_noise(tmp_path, storage, bound, make):
    series = make()
    rounding = write_flux(tmp_path / "flux.npz", series, storage)
    back = read_flux(tmp_path / "flux.npz")
    for name, current in series.currents.items():
        error = np.sqrt(np.mean((back.currents[name] - current) ** 2)) / np.sqrt(np.mean(current**2))
        assert error == pytest.approx(rounding[name], rel=1e-6)
        assert 0 < error < bound
    assert back.dt_fs == series.dt_fs
    assert back.masses == series.masses
    assert back.counts == series.counts
    assert back.provenance == {"seed": 0}
    np.testing.assert_array_equal(back.volume_A3, series.volume_A3)
    np.testing.assert_allclose(back.msd["Li"], series.msd["Li"])
    assert read_header(tmp_path / "flux.npz")["shape"] == [2, 500, 3]


def test_int16_rounding_is_white_noise_of_known_power(tmp_path, make):
    series = make(samples=20_000)
    write_flux(tmp_path / "flux.npz", series)
    back = read_flux(tmp_path / "flux.npz")
    current = series.currents["mass_Li"]
    error = back.currents["mass_Li"] - current
    scale = np.abs(current).max(axis=(1, 2)) / 32767
    np.testing.assert_allclose(np.mean(error**2, axis=(1, 2)), scale**2 / 12, rtol=0.02)
    assert abs(np.mean(error[:, 1:] * error[:, :-1])) < 0.02 * np.mean(error**2)


def test_equal_series_give_equal_bytes(tmp_path, make):
    write_flux(tmp_path / "a.npz", make())
    write_flux(tmp_path / "b.npz", make())
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_refused(tmp_path, kept, make):
    path = tmp_path / "flux.npz"
    write_flux(path, make())
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(FluxError, match="not a whole flux file"):
        read_flux(path)


def test_damaged_bytes_are_refused(tmp_path, make):
    path = tmp_path / "flux.npz"
    write_flux(path, make())
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(FluxError):
        read_flux(path)


def test_a_foreign_archive_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(FluxError, match="no header"):
        read_flux(tmp_path / "other.npz")


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match=r"absent\.npz"):
        read_flux(tmp_path / "absent.npz")


def test_nan_is_located(make):
    currents = dict(make().currents)
    currents["mass_S"] = currents["mass_S"].copy()
    currents["mass_S"][1, 37, 2] = np.nan
    with pytest.raises(FluxError, match=r"mass_S .* replica 1, sample 37"):
        make(currents=currents)


def test_missing_energy_current_and_wrong_shapes_are_named(make):
    currents = dict(make().currents)
    with pytest.raises(FluxError, match="energy_potential is missing"):
        make(currents={"energy_kinetic": currents["energy_kinetic"]})
    with pytest.raises(FluxError, match="mass_Li has shape"):
        make(currents={**currents, "mass_Li": currents["mass_Li"][:, :-1]})
    with pytest.raises(FluxError, match="masses and counts must name"):
        make(masses={"Li": 6.94})
    with pytest.raises(FluxError, match="temperature_K"):
        make(temperature_K=-1.0)
    with pytest.raises(FluxError, match="msd_dt_fs"):
        make(msd_dt_fs=None)
