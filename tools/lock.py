"""`make lock`: requirements-figures.txt, every package of the small environment with its exact version.

The direct ones come from requirements.txt; pip chooses the rest in an empty environment.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements-figures.txt"
HEADER = """\
# The environment of `make figures`, `claims` and `reduce`: the analysis and matplotlib, everything pinned, no
# PyTorch. Written by `make lock` from the pins of requirements.txt; do not edit.
"""

EXTRAS = ("figures", "md")
"""Optional dependencies that the figures need: matplotlib, and pooch for the registry of public files."""


def pins(text: str) -> dict[str, str]:
    """name -> version of every `name==version` of a requirements file."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", text, flags=re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def direct(project: dict[str, object]) -> list[str]:
    """Names that the analysis and the figures depend on, from the [project] table of pyproject.toml."""
    extras: dict[str, list[str]] = project["optional-dependencies"]  # type: ignore[assignment]
    wanted: list[str] = list(project["dependencies"])  # type: ignore[call-overload]
    for extra in EXTRAS:
        wanted += extras[extra]
    return [re.split(r"[<>=!~\[; ]", requirement)[0].lower() for requirement in wanted]


def project() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, object] = tomllib.load(file)["project"]
    return table


def main() -> int:
    pinned = pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    wanted = [f"{name}=={pinned[name]}" for name in direct(project())]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--no-compile", *wanted], check=True)
        freeze = [*pip, "freeze", "--exclude", "pip", "--exclude", "setuptools"]
        frozen = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout
    LOCK.write_text(HEADER + frozen, encoding="utf-8")
    print(f"{LOCK.name}: {len(frozen.splitlines())} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
