"""Formats are recognised by what the files hold, and what does not fit is refused with the remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from superionic.cli import main
from superionic.flux.files import write_flux
from superionic.flux.reader import Reader
from superionic.flux.readers import READERS, read_series, recognise
from superionic.flux.series import FluxError

LOG = "LAMMPS (2 Aug 2023)\nunits metal\n" + "# preamble\n" * 20 + "Step Temp c_f[1]\n0 300 1.0\n"
AVE_TIME = "# Time-averaged data for fix out\n# TimeStep c_flux[1] c_flux[2]\n0 1.0 2.0\n"
YAML = "---\nkeywords: ['Step', 'Temp', ]\ndata:\n  - [0, 300.0, ]\n"


@pytest.fixture
def places(tmp_path, make) -> dict[str, Path]:
    """One path per format, all without a telling name."""
    write_flux(tmp_path / "a", make())
    np.savetxt(tmp_path / "b", np.ones((3, 18)))
    (tmp_path / "c").mkdir()
    for name, text in (
        ("d", LOG),
        ("e", AVE_TIME),
        ("f", YAML),
        ("g", "1 2 3\n"),
        ("h", ""),
        ("i", "hello\n"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: tmp_path / name for name in "abcdefghi"}


@pytest.mark.parametrize(
    ("name", "reader"),
    [("a", "flux"), ("b", "gpumd"), ("c", "gpumd-run"), *((one, "lammps") for one in "def")],
)
def test_formats_are_recognised_by_their_content(places, name, reader) -> None:
    path = places[name]
    assert recognise(path).name == reader
    readers = [one for one in READERS.values() if path.is_dir() == (one.currents is not None)]
    assert [one.name for one in readers if one.recognises(path)] == [reader]  # no two claim one path


@pytest.mark.parametrize("name", ["g", "h", "i"])
def test_what_is_in_no_format_is_refused_with_those_there_are(places, name) -> None:
    with pytest.raises(
        FluxError, match=r"none of the formats flux .*, gpumd-run .*, gpumd .*, lammps .*--format"
    ):
        recognise(places[name])


def test_a_missing_file_is_missing(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        recognise(tmp_path / "absent")


@pytest.mark.parametrize(
    ("names", "options", "reader", "message"),
    [
        ("b", {}, None, "compute.out of GPUMD needs --structure, --temperature-K, --dt-fs, --groups"),
        ("d", {}, None, "a table of LAMMPS needs --columns"),
        ("a", {"dt_fs": 1.0}, None, "--dt-fs: not used with a flux file; leave it out"),
        ("b", {"columns": "map.toml"}, None, "--columns: not used with compute.out of GPUMD"),
        ("c", {}, "gpumd", "c is a folder: --format gpumd reads compute.out of GPUMD"),
        ("b", {}, "gpumd-run", "b is no folder: --format gpumd-run reads a folder"),
        ("ab", {}, None, "is a flux file, .*b compute.out of GPUMD: give all replicas in one format"),
        ("aa", {}, None, "have the same content"),
        ("c", {}, None, "run.in is missing"),
        ("a", {}, "yours", "as reader one of flux, gpumd-run, gpumd, lammps"),
        ("", {}, None, "at least one path"),
    ],
)
def test_what_does_not_fit_is_refused(places, names, options, reader, message) -> None:
    with pytest.raises(FluxError, match=message):
        read_series([places[name] for name in names], reader, **options)


def test_a_flux_file_is_read_as_it_was_written(places, make) -> None:
    series = read_series(places["a"])
    assert series.counts == make().counts
    write_flux(places["b"], make(seed=1))
    assert read_series([places["a"], places["b"]]).n_replicas == 2 * series.n_replicas


def test_a_new_reader_is_found_and_offered(places, make, monkeypatch, capsys) -> None:
    mine = Reader(
        "mine", "my format", lambda path: path.read_text() == "hello\n", lambda paths, options: make()
    )
    monkeypatch.setitem(READERS, "mine", mine)
    assert read_series([places["i"]]).n_replicas == make().n_replicas
    with pytest.raises(SystemExit):
        main(["analyse", str(places["i"]), "--mobile", "Li", "--format", "yours"])
    assert "mine" in capsys.readouterr().err
