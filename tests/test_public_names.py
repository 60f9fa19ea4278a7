"""`import superionic`: every public name is there, and none costs more than it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import superionic


def output(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", superionic.__all__)
def test_every_name_exists_and_calls_itself_so(name) -> None:
    value = getattr(superionic, name)
    assert name == "__version__" or value.__name__ == name
    assert name in dir(superionic)


def test_the_three_lists_of_names_agree() -> None:
    """Those for Python (_HOME, __all__) and that for type checkers."""
    tree = ast.parse(Path(superionic.__file__).read_text(encoding="utf-8"))
    checked = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert checked == superionic._HOME
    assert set(superionic.__all__) == {"__version__", *checked}


def test_importing_the_package_imports_nothing_else() -> None:
    loaded = output("import sys, superionic; print(*{'numpy', 'scipy', 'ase', 'torch'} & set(sys.modules))")
    assert loaded == ""


def test_the_analysis_needs_no_torch() -> None:
    names = "analyse, read_flux, read_gpumd, read_gpumd_runs, read_lammps, FluxSeries"
    assert output(f"import sys; from superionic import {names}; print('torch' in sys.modules)") == "False"


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'analyze'; it has .*analyse"):
        _ = superionic.analyze


@pytest.mark.parametrize("arguments", [["-m", "superionic"], ["-m", "superionic.cli"]])
def test_the_version_on_the_command_line(arguments) -> None:
    done = subprocess.run(
        [sys.executable, *arguments, "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"superionic {superionic.__version__}\n"
