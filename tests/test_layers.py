"""The order of the layers: a module imports only from layers before its own."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import superionic

PACKAGE = Path(superionic.__file__).parent
LAYERS = (
    {"units", "conventions", "config", "provenance", "frames", "tables"},
    {"flux"},
    {"transport"},
    {"registry", "system", "occupancy", "materials", "crystals"},
    {"neighbors"},
    {"nep"},
    {"potentials"},
    {"engines"},
    {"calculator"},
    {"dft", "training", "md"},
    {"testing"},
    {"gauge"},
    {"command_gauge"},
    {"validation"},
    {"completion"},
    {"cli"},
    {"__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def imported_modules(path: Path) -> set[str]:
    """Names of the package's own top-level modules that a file imports."""
    depth = len(path.relative_to(PACKAGE).parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("superionic."):
            found.add(node.module.split(".")[1])
    return found & set(LEVEL)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    assert own in LEVEL, f"{own} has no place in the order of the layers"
    later = {name for name in imported_modules(path) if LEVEL[name] > LEVEL[own]}
    peers = {n for n in imported_modules(path) if LEVEL[n] == LEVEL[own] and n != own}
    assert not later, f"{path.name} imports from later layers: {later}"
    if LEVEL[own] >= LEVEL["engines"]:
        assert not peers, f"{path.name} imports from layers beside its own: {peers}"


@pytest.mark.parametrize("module", ["superionic.md.from_segments", "superionic.transport.command"])
def test_analysis_needs_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


USE_ALONE = """
import sys
import numpy as np
from superionic.flux.series import FluxSeries
from superionic.flux.readers import READERS
from superionic.transport.analysis import analyse
from superionic.transport.text import table

random = np.random.default_rng(0)
names = ("energy_kinetic", "energy_potential", "mass_Li")
currents = {name: random.standard_normal((8, 400, 3)) for name in names}
series = FluxSeries(currents, 1.0, 1000.0, 300.0, {"Li": 6.9}, {"Li": 50})
print(table(analyse(series, "Li", shorten=True)))
others = {"torch", "matplotlib", "vesin", "pooch"} & set(sys.modules)
assert not others, others
"""


def test_flux_and_transport_are_a_package_of_their_own(tmp_path: Path) -> None:
    """Copied out with the six small modules before them, and nothing else, they read and analyse."""
    alone = tmp_path / "superionic"
    alone.mkdir()
    for name in ("__init__", *LAYERS[0]):
        shutil.copy(PACKAGE / f"{name}.py", alone)
    for name in ("flux", "transport"):
        shutil.copytree(PACKAGE / name, alone / name)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", USE_ALONE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Green-Kubo" in done.stdout
