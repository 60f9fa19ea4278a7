"""A material of a user's own: from `make new` to figures and a page, by the same code as the paper's two."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from replication.paths import ROOT
from superionic.nep.format import write_nep
from superionic.tables import read_columns, read_table
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


@pytest.fixture(scope="module")
def compendium(tmp_path_factory) -> Path:
    """The code of the compendium without its materials, and two models that only repel at short distance."""
    root = tmp_path_factory.mktemp("compendium")
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
    (root / "replication" / "materials" / "salt" / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    return root


def run(root: Path, module: str, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{root}", "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, "-m", module, *words], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_from_a_sweep_to_figures_and_a_page(compendium: Path) -> None:
    said = run(compendium, "replication.flux", "--threads", "1")
    assert said.count("flux.npz: 8 replicas x 19.14 ps") == 4
    assert "up to date: 4 of 4 runs" in run(compendium, "replication.flux")
    assert run(compendium, "replication.reduce").count("reduced") == 4
    table = read_table(compendium / "data" / "reduced" / "salt" / "A-300K-8.csv")
    assert {row["quantity"] for row in table} >= {"kappa_onsager", "kappa_naive", "L01"}

    drawn = run(compendium, "replication.figures", "salt")
    for kind in ("conductivity", "committee", "decomposition"):
        assert f"figures/salt/{kind}.pdf" in drawn
        picture = np.asarray(Image.open(compendium / "figures" / "salt" / f"{kind}.png").convert("L"))
        assert picture.shape[1] > 500 and 0.005 < (picture < 128).mean() < 0.2
    assert "salt/trials: nothing to draw yet" in drawn
    shown = read_columns(compendium / "figures" / "salt" / "conductivity.csv")
    assert shown["salt_kappa_onsager_B_K"] == pytest.approx([300, 400], abs=30)

    run(compendium, "replication.potentials")
    page = (compendium / "data" / "potentials" / "README.md").read_text(encoding="utf-8")
    assert "## salt" in page and "No potential yet" in page

    assert "salt.html" in run(compendium, "replication.web", "salt")
    report = (compendium / "build" / "report" / "salt.html").read_text(encoding="utf-8")
    assert report.count("<td class") == 4 * 10 and "salt-conductivity.csv" in report
