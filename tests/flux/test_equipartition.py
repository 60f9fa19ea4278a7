"""Momenta against temperature and masses: what is refused, and how often a right series is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from superionic.flux.equipartition import check_equipartition
from superionic.flux.series import FluxError
from superionic.units import BOLTZMANN_EV_PER_K

MASSES = {"Li": 333.0, "P": 496.0, "S": 2052.0}


def momenta(seed: int, samples: int = 2000, memory: float = 0.9) -> dict[str, np.ndarray]:
    """Total momentum zero, canonical at 650 K, correlated in time; (2, samples, 3) each."""
    rng = np.random.default_rng(seed)
    total = sum(MASSES.values())
    noise = rng.standard_normal((len(MASSES), 2, samples + 200, 3)) * np.sqrt(1 - memory**2)
    free = lfilter([1.0], [1.0, -memory], noise, axis=2)[:, :, 200:]
    sizes = np.sqrt(np.array(list(MASSES.values())) * BOLTZMANN_EV_PER_K * 650.0)
    free *= sizes[:, None, None, None]
    drift = free.sum(axis=0) / total
    return {name: p - mass * drift for (name, mass), p in zip(MASSES.items(), free, strict=True)}


def test_a_right_series_is_refused_less_than_once_in_a_hundred() -> None:
    refused = 0
    for seed in range(300):
        try:
            check_equipartition(momenta(seed, samples=800), MASSES, 650.0)
        except FluxError:
            refused += 1
    assert refused <= 2


@pytest.mark.parametrize("temperature", [65.0, 450.0, 900.0])
def test_another_temperature_is_refused_and_the_right_one_named(temperature) -> None:
    with pytest.raises(FluxError, match=r"Li 6\d\d K"):
        check_equipartition(momenta(1, 20_000), MASSES, temperature)


def test_groups_without_momenta_count_in_the_total_mass() -> None:
    found = momenta(2, 20_000)
    del found["P"], found["S"]
    check_equipartition(found, MASSES, 650.0)
    heavy = {**MASSES, "S": 200.0}
    with pytest.raises(FluxError, match="total momentum was set to zero"):
        check_equipartition(found, heavy, 650.0)


def test_slow_sampling_that_averages_the_fast_motion_away_passes() -> None:
    found = {name: 0.95 * p for name, p in momenta(3, 20_000).items()}
    check_equipartition(found, MASSES, 650.0)
