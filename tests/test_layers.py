"""The order of the layers: a module imports only from layers before its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import superionic

PACKAGE = Path(superionic.__file__).parent
LAYERS = (
    {"units", "conventions", "config", "provenance", "registry", "frames"},
    {"system", "occupancy", "materials", "crystals"},
    {"neighbors"},
    {"nep"},
    {"engines"},
    {"calculator"},
    {"dft", "training", "md"},
    {"testing"},
    {"flux"},
    {"transport"},
    {"gauge", "completion"},
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


@pytest.mark.parametrize(
    "module", ["superionic.flux.series", "superionic.flux.store", "superionic.transport.command"]
)
def test_analysis_needs_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
