"""Lists of dependencies agree with each other, and a wheel holds every file of the package."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tools.lock import LOCK, ROOT, direct, pins, project

PROJECT = project()
PINNED = pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))


def lowest(requirement: str) -> tuple[str, str]:
    name, version = re.match(r"([\w-]+)>=([\d.]+)", requirement).groups()
    return name, version + ".0" * (2 - version.count("."))


def test_the_lock_of_the_small_environment_has_the_pins_of_the_large_one() -> None:
    locked = pins(LOCK.read_text(encoding="utf-8"))
    assert {name: locked[name] for name in direct(PROJECT)} == {
        name: PINNED[name] for name in direct(PROJECT)
    }
    assert not {"torch", "vesin", "pytest"} & locked.keys()


def test_the_site_is_built_with_the_pins_of_the_large_environment() -> None:
    docs = pins((ROOT / "docs/requirements.txt").read_text(encoding="utf-8"))
    shared = docs.keys() & PINNED.keys()
    assert {"numpy", "scipy", "ase", "pydantic", "tqdm"} <= shared
    assert {name: docs[name] for name in shared} == {name: PINNED[name] for name in shared}


def test_the_lowest_versions_tested_are_those_promised() -> None:
    promised = dict(map(lowest, [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["figures"]]))
    assert pins((ROOT / "constraints-lowest.txt").read_text(encoding="utf-8")) == promised


@pytest.mark.parametrize("extra", sorted(PROJECT["optional-dependencies"]))
def test_the_analysis_and_the_engines_bring_no_more_than_they_need(extra) -> None:
    names = {re.split(r"[<>=\[]", requirement)[0] for requirement in PROJECT["optional-dependencies"][extra]}
    if extra in ("md", "figures", "cuda", "test"):
        assert "torch" not in names
    assert names, f"[{extra}] is empty"


def test_a_wheel_holds_every_file_that_is_not_python() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    package = ROOT / "src/superionic"
    packed = {path for pattern in table["package-data"]["superionic"] for path in package.glob(pattern)}
    files = {path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in files if path.suffix != ".py"} == packed
    folders = {path.parent for path in files if path.suffix in (".py", ".cpp", ".h", ".cuh")}
    assert all((folder / "__init__.py").exists() for folder in folders), "find_packages would pass it over"


def test_python_versions_named_are_those_required() -> None:
    named = [c for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert named[0].endswith(PROJECT["requires-python"].removeprefix(">="))
    workflow = Path(ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    for classifier in named:
        assert f'"{classifier.split()[-1]}"' in workflow, f"{classifier}: no such job"
