"""Every example on every page works: Python and `superionic ...` run, the rest is checked or says why not.

In a page's blocks, in order and in one folder (conftest.py):

    python     runs; the blocks of a page share their variables
    console    `superionic` runs, `make` has to know the target, `pip install` the extras
    toml       after <!-- file: NAME --> is written for the blocks that follow; stages of a run are shortened
    anything that cannot run stands after <!-- not run: why -->
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, Block, blocks, name, pages

SHOWN = {"text", "", "cpp", "{toctree}", "{math}"}
"""Languages of what is output, a formula or a drawing."""

RUNS = ("python", "console", "toml", "sh", "bash", "yaml")
NOT_RUN = re.compile(r"^not run: \w.{9,}")
FILE = re.compile(r"^file: (?P<name>[\w.-]+)")


guides = [page for page in pages() if not page.is_relative_to(ROOT / "data")]
"""All but the pages of the data, which say how these were made: with other programs, in days."""


@pytest.mark.parametrize("page", guides, ids=name)
def test_every_block_is_run_or_says_why_not(page) -> None:
    for block in blocks(page):
        where = f"{name(page)}:{block.line}"
        assert block.language in {*SHOWN, *RUNS}, f"{where}: language {block.language!r} is not known"
        if block.language in ("sh", "bash", "yaml"):
            assert NOT_RUN.match(block.note), f"{where}: write ```console, or <!-- not run: why -->"
        if block.note.startswith("not run"):
            assert NOT_RUN.match(block.note), f"{where}: 'not run:' wants a reason"


with_examples = [page for page in guides if any(block.language in RUNS for block in blocks(page))]


@pytest.mark.parametrize("page", with_examples, ids=name)
def test_examples_of_a_page_work(page, filled, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "work"
    shutil.copytree(filled, folder)
    monkeypatch.chdir(folder)
    shared: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page):
        if NOT_RUN.match(block.note) or block.language in SHOWN:
            continue
        where = f"{name(page)}:{block.line}"
        if block.language == "python":
            exec(compile(block.body, where, "exec"), shared)
        elif block.language == "toml":
            _keep(block, where)
        else:
            for command in _commands(block.body):
                _check(command, where)


def _keep(block: Block, where: str) -> None:
    """Check a TOML block; write it where its note says so."""
    tomllib.loads(block.body)
    named = FILE.match(block.note)
    if named:
        Path(named["name"]).write_text(_shortened(block.body), encoding="utf-8")


def _shortened(text: str) -> str:
    """A run file with two replicas and stages of about a picosecond; other files as they are."""
    if "[[stages]]" not in text:
        return text
    text = re.sub(r"duration_ps = [\d.]+", "duration_ps = 0.2", text)
    text = text.replace("duration_ps = 0.2\nthermostat_fs", "duration_ps = 1.2\nthermostat_fs")
    text = re.sub(r"replicas = \d+", "replicas = 2", text)
    return "segment_ps = 0.2\nsnapshot_ps = 0.02\nflux_fs = 5.0\n" + text


def _commands(body: str) -> list[str]:
    """Lines of a console block without comments; a backslash joins two."""
    lines = body.replace("\\\n", " ").splitlines()
    stripped = [re.sub(r"(^|\s+)#.*$", "", line).strip() for line in lines]
    return [line.removeprefix("$ ") for line in stripped if line]


def _check(command: str, where: str) -> None:
    words = command.split()
    if words[0] == "make":
        done = subprocess.run(
            ["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{where}: {command}\n{done.stderr}"
    elif words[:2] == ["pip", "install"]:
        _check_extras(command, where)
    elif words[0] in ("git", "cd", "source"):
        pass
    else:
        assert words[0] in ("superionic", "python"), f"{where}: {command!r} is not run: say why before it"
        _run(command, where)


def _check_extras(command: str, where: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extras in re.findall(r"\[([\w,]+)\]", command):
        for extra in extras.split(","):
            assert extra in project["optional-dependencies"], f"{where}: no extra {extra!r}"


def _run(command: str, where: str) -> None:
    """In a shell in which `superionic` is this one."""
    tools = Path("tools")
    if not tools.exists():
        tools.mkdir()
        script = tools / "superionic"
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m superionic "$@"\n')
        script.chmod(0o755)
    paths = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    environment = {**os.environ, "PATH": f"{tools.resolve()}:{os.environ['PATH']}", "PYTHONPATH": paths}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{where}: {command}\n{done.stdout}\n{done.stderr}"
