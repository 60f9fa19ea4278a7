"""Equations of state of the committed labels, and pressures that belong to their energies."""

from __future__ import annotations

import numpy as np
import pytest

from replication import crystal
from superionic.units import GPA_PER_EV_PER_A3


def parabola(pulay: float) -> crystal.Crystal:
    """Four atoms around 100 Å³, B = 80 GPa, the calculator's pressure too low by `pulay` eV per atom."""
    modulus = 80.0 / GPA_PER_EV_PER_A3
    volumes = np.linspace(95.0, 105.0, 9)
    added = np.full(9, 0.5)
    pressures = -modulus * (volumes - 100.0) / 100.0 - pulay * 4 / volumes
    return crystal.Crystal(
        4,
        volumes,
        0.5 * modulus * (volumes - 100.0) ** 2 / 100.0,
        pressures * GPA_PER_EV_PER_A3 + added,
        added,
    )


def test_pulay_correction_is_what_stress_lacks_of_the_slope_of_the_energies() -> None:
    np.testing.assert_allclose(crystal.pulay_eV_per_atom(parabola(0.3)), 0.3, atol=0.02)


def test_pulay_correction_needs_an_equation_of_state() -> None:
    whole = parabola(0.3)
    part = crystal.Crystal(4, *(column[:4] for column in (
        whole.volumes, whole.energies, whole.pressures, whole.pulay_GPa)))  # fmt: skip
    with pytest.raises(ValueError, match="needs 5 volumes"):
        crystal.pulay_eV_per_atom(part)


@pytest.mark.parametrize(("material", "within_GPa"), [("cu2se", 0.1), ("li3ps4", 0.15)])
def test_committed_labels_have_the_pressure_of_their_energies(material: str, within_GPa: float) -> None:
    labels = crystal.read_crystal(material)
    fit = labels.equation_of_state()
    assert fit is not None
    np.testing.assert_allclose(labels.pressures, fit.pressures(labels.volumes), rtol=0, atol=within_GPa)
