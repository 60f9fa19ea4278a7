"""Power laws and Arrhenius lines: exact ones come back, and their errors are the scatter of many."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.units import BOLTZMANN_EV_PER_K
from superionic.validation.fits import arrhenius, arrhenius_line, power_law

KELVIN = np.array([500.0, 600.0, 700.0, 900.0])


def test_error_of_the_exponent_is_the_scatter_of_many() -> None:
    random = np.random.default_rng(2)
    error = np.array([0.02, 0.01, 0.01, 0.03])
    exact = 0.4 * (KELVIN / 650) ** -0.3
    found = [power_law(KELVIN, exact + error * random.standard_normal(4), error) for _ in range(2000)]
    values, errors = np.array([(one.value, one.standard_error) for one in found]).T
    assert values.mean() == pytest.approx(-0.3, abs=4 * values.std() / 2000**0.5 + 0.005)
    assert errors.mean() == pytest.approx(values.std(), rel=0.08)


def test_one_temperature_or_a_negative_value_has_no_exponent() -> None:
    one = np.array([500.0])
    with pytest.raises(ValueError, match="no power law"):
        power_law(one, one, one)
    with pytest.raises(ValueError, match="no power law"):
        power_law(KELVIN, np.array([1.0, -1.0, 1.0, 1.0]), np.ones(4))


def test_error_of_an_activation_energy_is_the_scatter_of_many() -> None:
    random = np.random.default_rng(3)
    exact = 1e-7 * np.exp(-0.25 / (BOLTZMANN_EV_PER_K * KELVIN))
    error = np.array([0.05, 0.02, 0.03, 0.02]) * exact
    lines = [arrhenius_line(KELVIN, exact + error * random.standard_normal(4), error) for _ in range(2000)]
    slopes, _, variances = np.array(lines).T
    assert slopes.mean() == pytest.approx(-0.25, abs=4 * slopes.std() / 2000**0.5 + 0.0005)
    assert np.sqrt(variances.mean()) == pytest.approx(slopes.std(), rel=0.08)


def test_an_exact_line_and_too_few_points() -> None:
    value = 3.0 * np.exp(-0.25 / (BOLTZMANN_EV_PER_K * KELVIN))
    found = arrhenius(KELVIN, value, 0.01 * value)
    assert found is not None and found.value == pytest.approx(0.25, abs=1e-9)
    assert arrhenius_line(KELVIN, value, 0.01 * value)[1] == pytest.approx(np.log(3.0))
    assert arrhenius(KELVIN[:2], value[:2], value[:2]) is None
