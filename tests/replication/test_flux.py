"""The committed flux belongs to the sweep files as they stand: nobody starts hours of MD by accident."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from replication import flux, reduce
from replication.flux import is_current
from replication.paths import ROOT, flux_file
from replication.runs import described_runs, find_run
from superionic.config import validate
from superionic.flux.files import read_header
from superionic.md.config import RunConfig
from superionic.md.inputs import identify
from superionic.md.sweep import changed

WITH_FLUX = [run for run in described_runs() if flux_file(run).exists()]


def test_committed_flux_is_current() -> None:
    assert len(WITH_FLUX) > 50
    assert [run for run in WITH_FLUX if not is_current(run)] == []


CHANGES = {
    "temperature_K": 651.0,
    "seed": 4,
    "timestep_fs": 0.5,
    "sample_fs": 10.0,
    "supercell": [3, 3, 2],
    "vacancies": {"Li": 1},
    "replicas": 9,
    "stages": [{"ensemble": "nvt", "duration_ps": 25.0, "sample": True}],
    "pressure_GPa": 0.1,
    "max_temperature_ratio": None,
    "flux_fs": None,
}
"""Key -> another value; None for what is no part of a trajectory."""


@pytest.mark.parametrize("key", CHANGES)
def test_what_identifies_a_run_is_noticed(key: str) -> None:
    point = find_run("li3ps4/A-650K-192")
    made_from = read_header(flux_file("li3ps4/A-650K-192"))["provenance"]
    content = point.config.model_dump(mode="json", exclude_none=True)
    value = CHANGES[key]
    content[key] = 2 * content[key] if value is None else value
    changed = identify(validate(content, RunConfig, "changed"), point.file)
    assert changed.made(made_from) == (value is None)


def test_another_potential_material_or_length_is_noticed() -> None:
    point = find_run("li3ps4/A-650K-192")
    made_from = read_header(flux_file("li3ps4/A-650K-192"))["provenance"]
    own = identify(point.config, point.file)
    other = find_run("li3ps4/B-650K-192")
    assert own.is_whole(made_from)
    assert not identify(other.config, other.file).made(made_from)
    assert not own.is_whole({**made_from, "segments": made_from["segments"] - 1})
    copper = find_run("cu2se/A-700K-322")
    moved = identify(point.config, copper.file)  # the material.toml beside the other sweep
    assert not moved.made(made_from)


def test_the_check_of_all_runs_needs_no_network_and_no_potential() -> None:
    """Where no public file can be fetched, and in one process."""
    blocked = "import socket; socket.socket.connect = None; socket.create_connection = None; "
    run = "import sys; from replication import flux; sys.argv = ['flux', '--list']; sys.exit(flux.main())"
    answer = subprocess.run(
        [sys.executable, "-c", blocked + run],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "HOME": "/nonexistent"},
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("up to date") == len(WITH_FLUX)


def test_flux_of_another_length_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer: the run resumes; what there is stays of use until then."""
    run = "li3ps4/A-650K-192"
    point = find_run(run)
    content = changed(point.config.model_dump(mode="json", exclude_none=True), {"sample_ps": 200.0})
    longer = replace(point, config=validate(content, RunConfig, "longer"))
    assert is_current(run)
    monkeypatch.setattr(flux, "find_run", lambda name: longer)
    monkeypatch.setattr(reduce, "find_run", lambda name: longer)
    assert not is_current(run)
    assert reduce.matches_sweep(run)
