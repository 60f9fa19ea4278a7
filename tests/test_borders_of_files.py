"""Files of our own that were damaged or edited: every field is checked as it is read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from superionic.conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from superionic.flux.files import read_flux, read_header, write_flux
from superionic.flux.series import FluxError, FluxSeries
from superionic.md.segments import SegmentError, read_segment, read_segment_header, segment_path
from superionic.md.simulate import simulate
from superionic.transport.current_set import select_currents
from tests.md.test_simulate import make_run


def series(replicas: int = 3, samples: int = 400) -> FluxSeries:
    rng = np.random.default_rng(1)
    names = (ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current("Li"))
    currents = {name: rng.normal(size=(replicas, samples, 3)) for name in names}
    msd = {"Li": np.cumsum(rng.random((replicas, 12)), axis=1)}
    return FluxSeries(currents, 10.0, 1000.0, 300.0, {"Li": 6.94}, {"Li": 20}, msd, 100.0)


def edited(folder: Path, change) -> Path:
    """A flux file whose header or arrays `change` has edited."""
    path = folder / "flux.npz"
    write_flux(path, series())
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    header = json.loads(arrays["header"].tobytes())
    header = change(header, arrays) or header
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **arrays)
    return path


def without(key: str):
    return lambda header, arrays: header.pop(key) and None


def having(**entries):
    return lambda header, arrays: header.update(entries)


def holding(name: str, make):
    return lambda header, arrays: arrays.update({name: make(arrays[name])})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *[
            (without(key), rf"{key}: .*required")
            for key in ("dt_fs", "volume_A3", "masses", "provenance", "msd")
        ],
        (having(dt_fs="x"), "dt_fs: .*number"),
        (having(dt_fs=None), "dt_fs"),
        (having(dt_fs=-1.0), "dt_fs: .*greater than 0"),
        (having(dt_fs=True), "dt_fs"),
        (having(volume_A3={}), "volume_A3"),
        (having(temperature_K=[300.0, -1.0, 300.0]), "temperature_K"),
        (having(msd_dt_fs=-1.0), "msd_dt_fs"),
        (having(masses={"Li": "x"}), "masses.Li"),
        (having(counts={"Li": 1.5}), "counts.Li"),
        (having(currents=[1, 2]), "currents"),
        (having(provenance="x"), "provenance"),
        (having(units={"energy currents": "W"}), "units .*this version reads"),
        (having(shape=[3, 399, 3]), r"is int16 \(3, 400, 3\), the header promises int16 \(3, 399, 3\)"),
        (having(storage="float32"), "is int16 .*promises float32"),
        (lambda header, arrays: [1, 2], "its header is no table"),
        (holding("current/mass_Li", lambda a: a.astype(complex)), "is complex128"),
        (holding("scale/mass_Li", lambda a: -a), "scale of mass_Li must be one positive number"),
        (holding("msd/Li", lambda a: -a), "msd of Li is negative"),
        (having(volume_A3=1e-3), "Å³ per atom is none of a solid"),
    ],
)
def test_an_edited_flux_file_is_refused_by_field(tmp_path, change, message) -> None:
    path = edited(tmp_path, change)
    with pytest.raises(FluxError, match=message):
        read_flux(path)


def test_headers_are_checked_when_read_alone(tmp_path) -> None:
    with pytest.raises(FluxError, match="dt_fs"):
        read_header(edited(tmp_path, without("dt_fs")))
    assert read_header(edited(tmp_path, having()))["shape"] == [3, 400, 3]


def test_the_same_trajectory_twice_is_refused() -> None:
    good = series()
    select_currents(good, ["Li"])
    twin = {name: np.concatenate([c, c[1:2]]) for name, c in good.currents.items()}
    with pytest.raises(FluxError, match="replicas 1 and 3 are the same"):
        select_currents(replace(good, currents=twin, msd=None), ["Li"])
    appended = {name: np.concatenate([c, c[:, :150]], axis=1) for name, c in good.currents.items()}
    with pytest.raises(FluxError, match="replica 0 begins anew at sample 400: it was appended to itself"):
        select_currents(replace(good, currents=appended), ["Li"])


def test_a_current_that_stands_still_is_refused() -> None:
    good = series()
    padded = {name: c.copy() for name, c in good.currents.items()}
    for current in padded.values():
        current[1, 200:] = 0.0
    with pytest.raises(FluxError, match="energy_kinetic of replica 1 does not change from sample 200 to 399"):
        replace(good, currents=padded)
    flat = {**good.currents, ENERGY_KINETIC: np.ones((3, 400, 3))}
    with pytest.raises(FluxError, match="of replica 0 does not change from sample 0 to 399"):
        replace(good, currents=flat)
    replace(good, currents={**good.currents, ENERGY_KINETIC: np.zeros((3, 400, 3))})  # only the sum is known
    along_z = {name: c * [1.0, 1.0, 0.0] for name, c in good.currents.items()}
    with pytest.raises(FluxError, match="no energy flows along z"):
        select_currents(replace(good, currents=along_z), ["Li"])


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    simulate(make_run(folder))
    return folder


def damaged(folder: Path, source: Path, change) -> Path:
    """A copy of a segment, its arrays and header edited by `change`."""
    with np.load(segment_path(source, 2, 0)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    header = json.loads(arrays["header"].tobytes())
    header = change(header, arrays) or header
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    path = segment_path(folder, 2, 0)
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("engine"), "its header lacks engine"),
        (without("summary"), "its header lacks summary"),
        (lambda header, arrays: [1], "unreadable segment"),
        (holding("positions", lambda a: a[:, :-1]), "is damaged"),
        (holding("velocities", lambda a: a * np.nan), "velocities is damaged"),
        (holding("currents", lambda a: a[:, :-1]), "is damaged"),
        (holding("positions", lambda a: a.astype(complex)), "positions is damaged"),
        (holding("snapshots", lambda a: a[:, :, :-1]), "snapshots is damaged"),
        (holding("cell", lambda a: 0 * a), "cell is damaged"),
    ],
)
def test_a_damaged_segment_is_refused(tmp_path, finished, change, message) -> None:
    path = damaged(tmp_path, finished, change)
    with pytest.raises(SegmentError, match=message):
        read_segment(path)


def test_another_array_file_is_no_segment(tmp_path) -> None:
    with segment_path(tmp_path, 0, 0).open("wb") as handle:
        np.save(handle, np.zeros(3))
    for read in (read_segment, read_segment_header):
        with pytest.raises(SegmentError, match="unreadable segment"):
            read(segment_path(tmp_path, 0, 0))


def test_a_stage_is_not_made_anew_under_later_ones(tmp_path) -> None:
    run = make_run(tmp_path)
    simulate(run)
    segment_path(tmp_path, 1, 0).unlink()
    with pytest.raises(SegmentError, match="stage 1 is not whole though stage 2 has segments"):
        simulate(run)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (having(provenance={"warnings": 1}), "provenance.warnings"),
        (having(provenance={"framework_msd_A2": {"S": "x"}}), "provenance.framework_msd_A2"),
        (having(masses={"Li": 6.94, "P": 30.97}), "masses and counts must name the same species"),
        (holding("msd/Li", lambda a: a[:, :0]), "msd of Li must be"),
    ],
)
def test_what_an_analysis_reads_of_a_header_is_checked(tmp_path, change, message) -> None:
    with pytest.raises(FluxError, match=message):
        read_flux(edited(tmp_path, change))


def test_provenance_comes_back_as_it_went(tmp_path) -> None:
    given = {"run": {"seed": 1}, "warnings": ["hot"], "framework_msd_A2": {"S": 3.0}}
    for provenance in (given, {}, {"identity": "x"}):
        write_flux(tmp_path / "flux.npz", replace(series(), provenance=provenance))
        found = dict(read_flux(tmp_path / "flux.npz").provenance)
        assert (
            {**found, "warnings": list(found["warnings"])} == given
            if "warnings" in found
            else found == provenance
        )
        assert read_header(tmp_path / "flux.npz")["provenance"] == provenance
