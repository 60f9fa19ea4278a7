"""A small flux series to write, read and damage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from superionic.flux.series import FluxSeries


def _make(seed: int = 0, replicas: int = 2, samples: int = 500, **changes: object) -> FluxSeries:
    rng = np.random.default_rng(seed)
    names = ("energy_kinetic", "energy_potential", "mass_Li", "mass_S")
    given: dict[str, object] = {
        "currents": {
            name: rng.standard_normal((replicas, samples, 3)) * 10.0**k for k, name in enumerate(names)
        },
        "dt_fs": 5.0,
        "volume_A3": np.linspace(1000.0, 1001.0, replicas),
        "temperature_K": 650.0,
        "masses": {"Li": 6.94, "S": 32.06},
        "counts": {"Li": 3, "S": 4},
        "msd": {"Li": np.arange(20.0)[None].repeat(replicas, 0)},
        "msd_dt_fs": 50.0,
        "provenance": {"seed": seed},
    }
    return FluxSeries(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def make() -> Callable[..., FluxSeries]:
    """`make(seed, replicas, samples, **changes)`: white noise of very different sizes per current."""
    return _make
