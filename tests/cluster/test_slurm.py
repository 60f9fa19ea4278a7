"""Runs in the queue of a real SLURM, as docs/cluster.md has them; tests/cluster/single_node.sh starts one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from replication.paths import ROOT
from superionic.flux.files import read_flux
from tests.compendium import RUNS, SWEEP, add_makefile, build_compendium, environment, run
from tests.docs.markdown import blocks

pytestmark = [pytest.mark.slurm, pytest.mark.slow]

SEGMENTS = 30
LONGER = SWEEP.replace("duration_ps = 20.0", f"duration_ps = {10.0 * SEGMENTS}")
ENDLESS = SWEEP.replace("duration_ps = 20.0", "duration_ps = 100000.0")
POINTS = [name.removeprefix("salt/") for name in RUNS]


def ask(*words: str, folder: Path | None = None) -> str:
    """What a command prints; it has to succeed."""
    variables = None if folder is None else variables_of(folder)
    done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def variables_of(folder: Path) -> dict[str, str]:
    found = environment(folder)
    return {**found, "PATH": f"{folder / '.venv' / 'bin'}:{found['PATH']}"}


def wait_for(condition: Callable[[], object], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:g} s; the queue: {ask('squeue')}"
        time.sleep(0.5)


@cache
def absent() -> str:
    """Why there is no SLURM; empty where there is one. Without a controller sinfo tries for minutes."""
    try:
        words = ["sinfo", "--noheader", "--format=%T"]
        state = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    except FileNotFoundError:
        return "SLURM is not installed: tests/cluster/single_node.sh start --install"
    except subprocess.TimeoutExpired:
        return "no SLURM answers: tests/cluster/single_node.sh start"
    return (
        f"no SLURM is running: tests/cluster/single_node.sh start ({state.stderr})"
        if state.returncode
        else ""
    )


@pytest.fixture(autouse=True)
def slurm() -> Iterator[None]:
    if absent():
        pytest.skip(absent())
    before = queue()
    yield
    for job in queue() - before:
        subprocess.run(["scancel", job], check=False)
    wait_for(lambda: not queue() - before)


def queue() -> set[str]:
    return set(ask("squeue", "--noheader", "--format=%A").split())


def compendium(root: Path, sweep: str) -> Path:
    build_compendium(root, sweep)
    add_makefile(root)
    return root


# ---- through make


def test_every_missing_run_is_a_job_of_its_own(tmp_path) -> None:
    root = compendium(tmp_path / "root", SWEEP)
    run(root, "replication.flux", "salt/B-300K-8")
    flux = ["make", "-j4", "flux", "RUN=srun --job-name=made --ntasks=1 --cpus-per-task=1"]
    said = ask(*flux, folder=root)
    assert said.count("flux.npz: 8 replicas") == 3
    assert numbers_of("made") == 3
    lines = [line for line in said.splitlines() if re.search(r" \d+ s  ", line)]
    assert len(lines) == 9 and all(line.startswith(RUNS) for line in lines)

    started = time.monotonic()
    assert "flux: up to date" in ask(*flux, folder=root)
    assert time.monotonic() - started < 20.0 and numbers_of("made") == 3


def numbers_of(name: str) -> int:
    """How many jobs of that name there have been within MinJobAge, five minutes."""
    found = ask("squeue", "--noheader", "--states=all", f"--name={name}", "--format=%A")
    return len(found.split())


# ---- as a job array


@pytest.fixture
def array(tmp_path) -> Callable[[str], Path]:
    """A folder with sweep.toml and the script of docs/cluster.md."""

    def prepare(sweep: str) -> Path:
        root = compendium(tmp_path / "root", sweep)
        folder = root / "replication" / "materials" / "salt"
        (script,) = (b for b in blocks(ROOT / "docs" / "cluster.md") if "cluster submits it" in b.note)
        (folder / "array.sh").write_text(script.body, encoding="utf-8")
        (folder / "flux").mkdir()
        shutil.copytree(root / ".venv", folder / ".venv")
        return folder

    return prepare


def submit(folder: Path, *options: str) -> str:
    """The number of the job."""
    given = ["--parsable", "--cpus-per-task=1", "--output=log", *options]
    return ask("sbatch", *given, "array.sh", folder=folder)


def contents(folder: Path) -> dict[str, str]:
    """Every segment and its hash."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("stage*.npz"))
    }


def has_begun(folder: Path) -> Callable[[], bool]:
    return lambda: len(contents(folder)) >= 3


def test_an_array_survives_requeue(array) -> None:
    folder = array(LONGER)
    job = submit(folder, "--array=0-3", "--output=log-%a")
    first = folder / "segments" / POINTS[0]
    wait_for(has_begun(first))
    ask("scontrol", "requeue", f"{job}_0")
    wait_for(lambda: "ended by SIGTERM" in (folder / "log-0").read_text())
    kept = contents(first)
    assert 3 <= len(kept) < SEGMENTS
    wait_for(lambda: not queue(), 600.0)
    assert kept.items() <= contents(first).items()
    assert {len(contents(folder / "segments" / point)) for point in POINTS} == {SEGMENTS + 1}
    assert sorted(path.stem for path in folder.glob("flux/*.npz")) == POINTS

    root = folder.parents[2]
    run(root, "replication.flux", RUNS[0])
    whole, resumed = (
        read_flux(root / "data/flux" / RUNS[0] / "flux.npz"),
        read_flux(folder / "flux" / f"{POINTS[0]}.npz"),
    )
    assert all(np.array_equal(whole.currents[name], resumed.currents[name]) for name in whole.currents)


def test_cancelled_jobs_say_so_and_resume_when_submitted_again(array) -> None:
    folder = array(LONGER)
    job = submit(folder, "--array=1")
    segments = folder / "segments" / POINTS[1]
    wait_for(has_begun(segments))
    ask("scancel", job)
    wait_for(lambda: not queue())
    log = (folder / "log").read_text()
    assert "superionic md: ended by SIGTERM; what was finished is kept" in log
    assert re.search(rf"^{POINTS[1]} +\d+ s  stopped before its end$", log, re.MULTILINE)
    kept = contents(segments)
    assert 3 <= len(kept) < SEGMENTS and list(segments.glob(".*")) == []
    assert list(folder.glob("flux/*")) == []

    submit(folder, "--array=1")
    wait_for(lambda: not queue(), 300.0)
    assert kept.items() <= contents(segments).items()
    assert (folder / "flux" / f"{POINTS[1]}.npz").exists()


def test_at_the_time_limit_a_job_queues_again_by_itself(array) -> None:
    folder = array(ENDLESS)
    job = submit(folder, "--array=2", "--time=00:02:00", "--signal=INT@30")  # SLURM: up to 60 s earlier
    segments = folder / "segments" / POINTS[2]
    wait_for(lambda: (folder / "log").exists() and "ended by SIGINT" in (folder / "log").read_text())
    kept = contents(segments)
    assert len(kept) >= 3
    wait_for(lambda: len(contents(segments)) > len(kept))
    assert kept.items() <= contents(segments).items()
    assert re.search("Restarts=[1-9]", ask("scontrol", "show", "job", f"{job}_2"))
    ask("scancel", job)
    wait_for(lambda: not queue())  # a cancelled one does not


def test_a_killed_job_leaves_nothing_that_hinders_the_next(array) -> None:
    folder = array(LONGER)
    submit(folder, "--array=3")
    segments = folder / "segments" / POINTS[3]
    wait_for(has_begun(segments))
    os.kill(json.loads((segments / ".lock").read_text())["process"], signal.SIGKILL)  # scancel asks first
    wait_for(lambda: not queue())
    kept = contents(segments)
    assert (segments / ".lock").exists()
    submit(folder, "--array=3")
    wait_for(lambda: not queue(), 300.0)
    assert kept.items() <= contents(segments).items() and len(contents(segments)) == SEGMENTS + 1
    assert not (segments / ".lock").exists()


# ---- one process a run


def test_copies_that_srun_starts_leave(tmp_path) -> None:
    root = compendium(tmp_path / "root", LONGER)
    words = ["srun", "--ntasks=2", "--label", "python", "-m", "replication.flux", RUNS[0]]
    done = subprocess.run(words, cwd=root, env=variables_of(root), capture_output=True, text=True)
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines() if "replication.flux:" in line]
    assert len(errors) == 1
    assert "srun started 2 copies of this command" in errors[0] and "srun --ntasks=1" in errors[0]
    assert done.stdout.count("flux.npz: 8 replicas") == 1


def test_the_second_of_two_jobs_on_one_folder_leaves(array) -> None:
    folder = array(ENDLESS)
    first = submit(folder, "--array=0")
    wait_for(has_begun(folder / "segments" / POINTS[0]))
    second = submit(folder, "--array=0", "--output=second")
    wait_for(lambda: second not in queue())
    said = (folder / "second").read_text()
    assert f"(host {os.uname().nodename}, process " in said and f", job {first}, step 0" in said
    assert "wait for it, or give another folder" in said
    assert first in queue()


@pytest.mark.parametrize("binding", ["cores", "none"])
def test_threads_are_what_the_job_has(tmp_path, binding) -> None:
    """Also where SLURM does not bind processes to what it gives them."""
    root = compendium(tmp_path / "root", SWEEP)
    code = "import sys; from superionic.engines.native_engine import NativeEngine; "
    code += "print(NativeEngine(sys.argv[1]).threads)"
    potential = str(root / "data/potentials/salt/A.txt")
    for cpus in ("1", "2"):
        step = ["srun", "--ntasks=1", f"--cpus-per-task={cpus}", f"--cpu-bind={binding}"]
        assert ask(*step, "python", "-c", code, potential, folder=root) == cpus
