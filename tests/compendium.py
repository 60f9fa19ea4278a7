"""A small compendium of a user's own: the code of this one in another folder, with one toy material."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from replication.paths import ROOT
from superionic.nep.format import write_nep
from tests.models import random_parameters

SWEEP = """
material = "material.toml"

[potentials]
A = { path = "../../../data/potentials/salt/A.txt" }
B = { path = "../../../data/potentials/salt/B.txt" }

[cells.8]
supercell = [1, 1, 1]
replicas = 8
timestep_fs = 2.0
sample_fs = 10.0
flux_fs = 20.0
snapshot_ps = 0.5
segment_ps = 10.0
max_temperature_ratio = 10.0
stages = [
  { ensemble = "nvt", duration_ps = 10.0 },
  { ensemble = "nvt", duration_ps = 20.0, thermostat_fs = 1000.0, sample = true },
]

[[grids]]
models = ["A", "B"]
temperatures_K = [300.0, 400.0]
cell = "8"
"""
"""Four runs of a second or two."""

RUNS = ("salt/A-300K-8", "salt/A-400K-8", "salt/B-300K-8", "salt/B-400K-8")


def build_compendium(root: Path, sweep: str = SWEEP) -> Path:
    """The code without its materials, and two models that only repel at short distance."""
    shutil.copytree(
        ROOT / "replication", root / "replication", ignore=shutil.ignore_patterns("materials", "__pycache__")
    )
    (root / "replication" / "materials").mkdir()
    (root / "data").mkdir()
    shutil.copy(ROOT / "data" / "registry.txt", root / "data")
    run(root, "replication.new", "salt")
    for name, seed in (("A", 1), ("B", 2)):
        model = random_parameters(("Li", "F"), zbl=(1.2, 2.4), seed=seed)
        model.w1[:] *= 0.005
        write_nep(root / "data" / "potentials" / "salt" / f"{name}.txt", model)
    (root / "replication" / "materials" / "salt" / "sweep.toml").write_text(sweep, encoding="utf-8")
    return root


def add_makefile(root: Path) -> None:
    """The Makefile, and an environment that is ready: this one."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copyfile(ROOT / name, root / name)
    tools = root / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name, module in (("python", ""), ("superionic", "-m superionic")):
        (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} {module} "$@"\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    (root / ".venv" / ".ready").touch()


def environment(root: Path) -> dict[str, str]:
    """In which the code of the folder and this superionic are imported."""
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{root}", "MPLBACKEND": "Agg"}


def run(root: Path, module: str, *words: str) -> str:
    """What `python -m module words` prints; it has to succeed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
