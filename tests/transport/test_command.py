"""`superionic analyse` from files to numbers, without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.io import write as write_structure

from superionic.cli import main
from superionic.flux.files import write_flux
from superionic.transport.analysis import analyse
from superionic.transport.figure import draw

LAGS = ["--max-lag-ps", "0.2", "--plateau-ps", "0.1", "0.2"]


@pytest.fixture
def flux_file(tmp_path, smooth_series):
    msd = np.arange(40.0)[None].repeat(4, 0) * np.array([1.0, 1.1, 0.9, 1.0])[:, None]
    write_flux(tmp_path / "flux.npz", replace(smooth_series, msd={"Li": msd}, msd_dt_fs=10.0), "float32")
    return str(tmp_path / "flux.npz")


def test_json_holds_everything_with_standard_errors(flux_file, smooth_series, capsys):
    assert (
        main(["analyse", flux_file, "--mobile", "Li", "--charges", "Li=1", "--json", "--plan", "0.01", *LAGS])
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    expected = analyse(smooth_series, ["Li"], max_lag_ps=0.2, plateau_ps=(0.1, 0.2))
    green_kubo = found["green_kubo"]
    assert green_kubo["kappa_W_per_mK"]["value"] == pytest.approx(
        expected.green_kubo.onsager.kappa.value, rel=1e-5
    )
    assert set(green_kubo["onsager"]) == {"L00", "L01", "L11"}
    assert set(green_kubo["parts_W_per_mK"]) == {"kk", "pp", "kp"}
    naive = sum(part["value"] for part in green_kubo["parts_W_per_mK"].values())
    assert green_kubo["naive_kappa_W_per_mK"]["value"] == pytest.approx(naive, rel=1e-9)
    for method in ("spectral", "cepstral"):
        assert set(found[method]["onsager"]) == {"L00", "L01", "L11"}
        assert found[method]["kappa_W_per_mK"]["standard_error"] > 0
        assert found[method]["naive_kappa_W_per_mK"]["interval_95"][0] > 0
    assert len(found["spectral"]["kappa_along_axes_W_per_mK"]) == 3
    for key in ("conductivity_S_per_m", "nernst_einstein_S_per_m", "haven_ratio"):
        assert found[key]["standard_error"] > 0
    assert found["self_diffusion_m2_per_s"]["Li"]["value"] == pytest.approx(1 / 6 * 1e-6, rel=1e-6)
    ratio = (
        found["spectral"]["kappa_W_per_mK"]["standard_error"] / found["spectral"]["kappa_W_per_mK"]["value"]
    )
    assert found["plan"]["spectral_ps"] == pytest.approx(found["total_ps"] * (ratio / 0.01) ** 2)


MATRIX_KEYS = {
    "onsager",
    "naive_kappa_W_per_mK",
    "kappa_W_per_mK",
    "coupled_fraction",
    "heat_of_transport_J_per_kg",
    "heat_of_transport_eV_per_ion",
}
METHOD_KEYS = {
    "green_kubo": {"units", "plateau_ps", "parts_W_per_mK"},
    "cepstral": {"cutoff_THz", "terms", "freedom"},
    "spectral": {
        "kappa_error_from_fit",
        "kappa_error_from_replicas",
        "kappa_along_axes_W_per_mK",
        "band_THz",
        "lowest_frequencies_over_kappa",
        "lowest_frequencies_error",
        "lowest_frequencies_THz",
    },
}
OTHER_KEYS = {
    "mobile",
    "dropped_by_momentum_conservation",
    "temperature_K",
    "volume_A3",
    "total_ps",
    "doubts",
    "self_diffusion_m2_per_s",
    "conductivity_S_per_m",
    "nernst_einstein_S_per_m",
    "haven_ratio",
}


def test_keys_of_the_json_stay(smooth_series):
    """Programs read them: a new key is welcome, a lost or renamed one breaks what others have written."""
    content = analyse(smooth_series, "Li", max_lag_ps=0.2, plateau_ps=(0.1, 0.2)).as_dict()
    assert OTHER_KEYS | set(METHOD_KEYS) <= set(content)
    for method, keys in METHOD_KEYS.items():
        assert keys | MATRIX_KEYS <= set(content[method])
    json.dumps(content)


def test_table_names_units_and_methods(flux_file, capsys):
    assert main(["analyse", flux_file, "--mobile", "Li", *LAGS]) == 0
    text = capsys.readouterr().out
    for word in (
        "κ (Onsager)",
        "κ naive",
        "along x",
        "W/m/K",
        "kg/m/s/K",
        "kg s/m³/K",
        "spectral",
        "Green-Kubo",
    ):
        assert word in text


@pytest.mark.parametrize(("suffix", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_figure_is_a_file_of_the_kind_its_name_says(flux_file, tmp_path, suffix, begins):
    picture = tmp_path / "new" / f"analysis.{suffix}"
    assert main(["analyse", flux_file, "--mobile", "Li", "--figure", str(picture), *LAGS]) == 0
    assert picture.read_bytes().startswith(begins)
    assert list(picture.parent.iterdir()) == [picture]


def test_figure_shows_the_integrals_and_their_limits(smooth_series):
    result = analyse(smooth_series, ["Li"], max_lag_ps=0.2, plateau_ps=(0.1, 0.2))
    integrals, spectra = draw(result).axes
    naive, expected = integrals.get_lines()[0], result.green_kubo.integrals
    assert np.allclose(naive.get_xdata(), expected.time_ps)
    assert np.allclose(naive.get_ydata(), expected.naive()[0])
    quoted = result.quoted
    for axes in (integrals, spectra):
        points = [line.get_ydata()[0] for line in axes.get_lines() if len(line.get_ydata()) == 1]
        assert {quoted.naive_kappa.value, quoted.kappa.value} <= set(points)


def test_figure_of_an_unknown_kind_is_refused(flux_file, capsys):
    with pytest.raises(SystemExit):
        main(["analyse", flux_file, "--mobile", "Li", "--figure", "analysis.doc"])
    assert "should end in .png, .pdf or .svg" in capsys.readouterr().err


def test_gpumd_files_give_what_the_flux_file_gives(tmp_path, smooth_series, capsys):
    paths = []
    for replica in range(4):
        rows = [
            smooth_series.currents[name][replica]
            for name in ("energy_potential", "energy_kinetic", "mass_Li")
        ]
        # two groups: one Li atom each, the currents split between them
        split = np.stack([0.25 * np.array(rows), 0.75 * np.array(rows)], axis=-1)
        table = np.moveaxis(split, 1, 0).reshape(smooth_series.n_samples, -1)
        paths.append(str(tmp_path / f"compute{replica}.out"))
        np.savetxt(paths[-1], table, fmt="%.12e")
    write_structure(tmp_path / "model.xyz", Atoms("Li2", [[0, 0, 0], [5, 5, 5]], cell=[10] * 3, pbc=True))
    options = ["--format", "gpumd", "--structure", str(tmp_path / "model.xyz"), "--temperature-K", "300"]
    options += ["--dt-fs", "1", "--groups", "Li,Li", "--mobile", "Li", "--json", *LAGS]
    assert main(["analyse", *paths, *options]) == 0
    found = json.loads(capsys.readouterr().out)
    expected = analyse(smooth_series, ["Li"], max_lag_ps=0.2, plateau_ps=(0.1, 0.2)).as_dict()
    for method in ("green_kubo", "spectral", "cepstral"):
        left, right = found[method]["kappa_W_per_mK"], expected[method]["kappa_W_per_mK"]
        assert left["value"] == pytest.approx(right["value"], rel=1e-6)
        assert left["standard_error"] == pytest.approx(right["standard_error"], rel=1e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--mobile", "Cu"],
            "no mass current of Cu: mobile species are among those of the series, Li",
        ),
        (["--mobile", "Li", "--charges", "Li=1,Xx=2"], "charges name Xx; the series holds Li"),
        (["--mobile", "Li", "--temperature-K", "300"], "--temperature-K: not used with a flux file"),
        (["--mobile", "Li", "--max-lag-ps", "100"], "lower max_lag_ps"),
        (
            ["--mobile", "Li", "--format", "gpumd"],
            "compute.out of GPUMD needs --structure, --temperature-K, --dt-fs, --groups",
        ),
        (["--mobile", "Li", "--format", "lammps"], "a table of LAMMPS needs --columns"),
    ],
)
def test_bad_requests_end_with_one_message(flux_file, capsys, options, message):
    assert main(["analyse", flux_file, *options]) == 2
    assert message in capsys.readouterr().err


def test_the_analysis_imports_without_torch():
    code = (
        "import sys, superionic.transport.command, superionic.flux.decimate, superionic.flux.lammps\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--mobile", ","),
        ("--max-lag-ps", "inf"),
        ("--max-lag-ps", "-1"),
        ("--plan", "inf"),
        ("--plan", "nan"),
        ("--plan", "1e-300"),
        ("--plan", "1e300"),
        ("--charges", "Li=nan"),
        ("--charges", "Li=1e300"),
        ("--charges", "Li=0"),
        ("--charges", "Li=1,Li=2"),
        ("--charges", "Li"),
    ],
)
def test_options_without_sense_are_refused(flux_file, option, value, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["analyse", flux_file, "--mobile", "Li", option, value])
    assert stop.value.code == 2
    assert f"argument {option}: " in capsys.readouterr().err


def test_one_trajectory_twice_is_no_second_replica(tmp_path, capsys):
    for name in ("a.out", "b.out"):
        (tmp_path / name).write_text("1 2 3\n")
    files = [str(tmp_path / name) for name in ("a.out", "b.out")]
    assert main(["analyse", *files, "--format", "gpumd", "--mobile", "Li"]) == 2
    assert "have the same content" in capsys.readouterr().err
