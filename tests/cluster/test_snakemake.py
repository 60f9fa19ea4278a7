"""The scan and the Snakefile of docs/cluster.md: planned whole, and run small with one run killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from replication.paths import ROOT
from tests.compendium import RUNS, SWEEP, add_makefile, build_compendium, environment
from tests.docs.markdown import blocks

pytestmark = [pytest.mark.snakemake, pytest.mark.slow]

PAGE = ROOT / "docs" / "cluster.md"
POINTS = [name.removeprefix("salt/") for name in RUNS]


@pytest.fixture
def folder(tmp_path) -> Path:
    """Of the toy material, with the Snakefile and its scan.toml."""
    root = build_compendium(tmp_path / "root", SWEEP.replace("duration_ps = 20.0", "duration_ps = 100.0"))
    add_makefile(root)
    folder = root / "replication" / "materials" / "salt"
    shutil.copytree(root / ".venv", folder / ".venv")
    for note, name in (("tests/cluster runs it", "Snakefile"), ("file: scan.toml", "scan.toml")):
        (block,) = (block for block in blocks(PAGE) if note in block.note)
        (folder / name).write_text(block.body, encoding="utf-8")
    return folder


def snakemake(folder: Path, *words: str) -> subprocess.Popen[str]:
    program = shutil.which("snakemake", path=str(Path(sys.executable).parent)) or shutil.which("snakemake")
    if program is None:
        pytest.skip("Snakemake is not installed: pip install snakemake, in an environment of its own")
    found = environment(folder)
    variables = {**found, "PATH": f"{folder / '.venv' / 'bin'}:{found['PATH']}"}
    del variables["PYTHONPATH"]  # Snakemake's Python is another
    for tool in ("superionic", "python"):
        path = folder / ".venv" / "bin" / tool
        path.write_text(path.read_text().replace("exec ", f"PYTHONPATH={ROOT / 'src'} exec "))
    return subprocess.Popen(
        [program, *words],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_scan_is_500_runs(folder) -> None:
    process = snakemake(folder, "--dry-run")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert said.count("rule flux:") == 500
    assert "flux/A-505K-48.npz" in said and "flux/E-1000K-48.npz" in said


def test_a_run_that_is_killed_resumes_at_the_next_try(folder) -> None:
    words = ["--cores", "1", "--set-threads", "flux=1", "--config", "sweep=sweep.toml"]
    process = snakemake(folder, *words)
    end = time.monotonic() + 120.0
    while not list(folder.glob("segments/*/stage1-00002.npz")):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.1)
    (segments,) = folder.glob("segments/*")
    os.kill(json.loads((segments / ".lock").read_text())["process"], signal.SIGKILL)
    kept = {path: path.stat().st_mtime_ns for path in segments.glob("stage*.npz")}
    assert 4 <= len(kept) < 11
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert "Trying to restart job" in said
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    assert sorted(path.stem for path in folder.glob("flux/*.npz")) == POINTS
