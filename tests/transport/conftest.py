"""Processes with a closed answer, as fixtures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

_FOLDER = Path(__file__).parent


def _load(name: str) -> ModuleType:
    """A module beside this file, which also serves as a script and lies in no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, _FOLDER / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def yardstick_module() -> ModuleType:
    return _load("yardsticks")


@pytest.fixture(scope="session")
def calibration_module(yardstick_module) -> ModuleType:
    return _load("calibrate")


@pytest.fixture
def smooth_series(yardstick_module):
    """One species, 4 replicas of 8000 samples."""
    return yardstick_module.yardsticks()["smooth2"].series(np.random.default_rng(11), 4, 8000)


@pytest.fixture
def three_current_series(yardstick_module):
    """Two species, 3 replicas of 6000 samples."""
    return yardstick_module.yardsticks()["smooth3"].series(np.random.default_rng(12), 3, 6000)


@pytest.fixture(scope="session")
def bake_module() -> ModuleType:
    return _load("bake_sportran")
