"""Fixtures shared by all tests."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: test processes share the cores

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def reference() -> Callable[[str], Path]:
    """The path of a public reference file ("li3ps4/nepA.txt"), or a skip that says how to have it."""

    def locate(name: str) -> Path:
        mirror = os.environ.get("SUPERIONIC_MIRROR")
        path = Path(mirror) / name if mirror else None
        if path is None or not path.exists():
            pytest.skip(f"reference file {name} absent: set SUPERIONIC_MIRROR to a folder that holds it")
        return path

    return locate
