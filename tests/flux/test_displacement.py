"""Mean squared displacement by FFT against the double loop."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.flux import displacement
from superionic.flux.displacement import mean_squared_displacement


@pytest.mark.parametrize("at_once", [2, 256])
def test_displacement_equals_the_double_loop(monkeypatch, at_once) -> None:
    monkeypatch.setattr(displacement, "ATOMS_AT_ONCE", at_once)
    positions = np.cumsum(np.random.default_rng(0).normal(size=(23, 5, 3)), axis=0)
    expected = [
        np.mean([((positions[t + lag] - positions[t]) ** 2).sum(-1) for t in range(23 - lag)])
        for lag in range(12)
    ]
    assert np.allclose(mean_squared_displacement(positions, 12), expected, rtol=1e-10, atol=1e-10)
    with pytest.raises(ValueError, match="only 23 stored positions"):
        mean_squared_displacement(positions, 24)
