"""Skips without a marker fail (the rule of tests/conftest.py)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

SUITE = """
import pytest

def test_skips(): pytest.skip("no luck")

@pytest.mark.skipif(True, reason="not today")
def test_skips_by_mark(): pass

@pytest.fixture
def missing(): pytest.skip("no such file")

def test_skips_in_a_fixture(missing): pass

@pytest.mark.network
def test_may_skip(missing): pass

@pytest.mark.xfail(reason="known")
def test_is_known_to_fail(): assert False

def test_passes(): pass
"""


def test_only_marked_tests_may_skip(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parent / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  network: fetches\n")
    (tmp_path / "test_some.py").write_text(SUITE)
    (tmp_path / "test_whole.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
    ]
    done = subprocess.run([*words, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1]
    assert all(count in last for count in ("1 failed", "1 passed", "1 skipped", "1 xfailed", "3 errors")), (
        last
    )
    for reason in ("no luck", "not today", "no such file", "no_such_module"):
        assert reason in done.stdout
    assert "may skip: mark this one" in done.stdout
