"""Pulay corrections: pressures that belong to their energies."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.units import GPA_PER_EV_PER_A3
from superionic.validation.equation_of_state import Crystal, pulay_eV_per_atom


def parabola(pulay: float) -> Crystal:
    """Four atoms around 100 Å³, B = 80 GPa, the calculator's pressure too low by `pulay` eV per atom."""
    modulus = 80.0 / GPA_PER_EV_PER_A3
    volumes = np.linspace(95.0, 105.0, 9)
    added = np.full(9, 0.5)
    pressures = -modulus * (volumes - 100.0) / 100.0 - pulay * 4 / volumes
    return Crystal(
        4,
        volumes,
        0.5 * modulus * (volumes - 100.0) ** 2 / 100.0,
        pressures * GPA_PER_EV_PER_A3 + added,
        added,
    )


def test_pulay_correction_is_what_stress_lacks_of_the_slope_of_the_energies() -> None:
    np.testing.assert_allclose(pulay_eV_per_atom(parabola(0.3)), 0.3, atol=0.02)


def test_pulay_correction_needs_an_equation_of_state() -> None:
    whole = parabola(0.3)
    part = Crystal(4, *(column[:4] for column in (
        whole.volumes, whole.energies, whole.pressures, whole.pulay_GPa)))  # fmt: skip
    with pytest.raises(ValueError, match="needs 5 volumes"):
        pulay_eV_per_atom(part)
