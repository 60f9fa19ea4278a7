"""Molecular dynamics with a compiled engine needs no PyTorch: tried where importing it fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ase.io
import numpy as np

from superionic.engines.native_engine import NativeEngine
from superionic.system import System
from tests.subjects import committed, crystal

ROOT = Path(__file__).parent.parent

BLOCKED = """
import sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "vesin"):
            raise ImportError(f"No module named {name!r}")

sys.meta_path.insert(0, NoTorch())
try:
    import torch
except ImportError:
    pass
else:
    sys.exit("torch could be imported: this test would see nothing")
"""

RUN = """
material = "{material}"
potential = {{ path = "{potential}" }}
supercell = [1, 1, 1]
replicas = 1
temperature_K = 300.0
timestep_fs = 1.0
snapshot_ps = 0.02
segment_ps = 0.04
seed = 1
stages = [
  {{ ensemble = "npt", duration_ps = 0.04 }},
  {{ ensemble = "nve", duration_ps = 0.04, sample = true }},
]
"""


def run_without_torch(code: str) -> str:
    """Standard output of a program that cannot import torch."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_calculator_gives_the_same_forces(tmp_path: Path) -> None:
    structure, forces = tmp_path / "structure.xyz", tmp_path / "forces.npy"
    atoms = crystal("li3ps4")
    atoms.rattle(0.05, seed=1)
    atoms.write(structure)
    run_without_torch(f"""
import ase.io, numpy as np
from superionic.calculator import NEPCalculator
atoms = ase.io.read({str(structure)!r})
atoms.calc = NEPCalculator({str(committed("li3ps4/A"))!r}, device="cpu")
assert atoms.calc.engine.name == "native"
np.save({str(forces)!r}, atoms.get_forces())
""")
    engine = NativeEngine(committed("li3ps4/A"))
    system = System.from_atoms(ase.io.read(structure), engine.elements)
    assert np.array_equal(np.load(forces), engine.compute(system).forces[0])


def test_a_block_of_the_native_engine_runs() -> None:
    said = run_without_torch(f"""
import numpy as np
from superionic.engines import load_engine
from superionic.engines.base import BlockPlan
from superionic.md.integrators import advance
from superionic.md.thermostats import maxwell_velocities
from superionic.system import System
from ase.io import read
from superionic.crystals import unit_cell
from superionic.materials import load_material
atoms = unit_cell(load_material({str(ROOT / "replication/materials/li3ps4/material.toml")!r}))
engine = load_engine({str(committed("li3ps4/A"))!r}, "native", threads=1)
system = System.from_atoms(atoms, engine.elements, 2)
velocities = maxwell_velocities(system, 300.0, np.random.default_rng(0))
end = advance(engine, system, velocities, engine.compute(system), BlockPlan(20, 0.1, 5))
print(end.currents.shape, np.isfinite(end.currents).all())
""")
    assert said.strip() == "(2, 4, 5, 3) True"


def test_md_verb_runs(tmp_path: Path) -> None:
    run_file = tmp_path / "run.toml"
    material = ROOT / "replication/materials/li3ps4/material.toml"
    run_file.write_text(RUN.format(material=material, potential=committed("li3ps4/A")))
    words = ["md", str(run_file), "--out", str(tmp_path / "segments"), "--engine", "native"]
    run_without_torch(f"from superionic.cli import main\nassert main({words!r}) == 0")
    assert len(list((tmp_path / "segments").glob("*.npz"))) == 2


def test_contracts_can_be_tried() -> None:
    """Of an engine by itself: the oracle alone needs PyTorch."""
    said = run_without_torch(f"""
from superionic.crystals import unit_cell
from superionic.engines import load_engine
from superionic.materials import load_material
from superionic.system import System
from superionic.testing import Subject, contracts_for
atoms = unit_cell(load_material({str(ROOT / "replication/materials/li3ps4/material.toml")!r}))
atoms.rattle(0.1, seed=2)
engine = load_engine({str(committed("li3ps4/A"))!r}, "native", threads=1)
subject = Subject(engine, System.from_atoms(atoms, engine.elements, 2))
for contract in contracts_for(subject)[:3]:
    contract(subject)
    print(contract.__name__)
""")
    assert "forces_are_the_slope_of_the_energy" in said


def test_the_torch_engine_says_how_to_install_it() -> None:
    said = run_without_torch(f"""
from superionic.engines import ENGINES, EngineUnavailable, load_engine
assert "superionic[torch]" in ENGINES["torch"].unavailable()
try:
    load_engine({str(committed("li3ps4/A"))!r}, "torch")
except EngineUnavailable as error:
    print(error)
""")
    assert "torch engine needs more packages" in said and "pip install 'superionic[torch]'" in said
