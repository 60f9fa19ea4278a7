"""Equations of state of the committed labels, and pressures that belong to their energies."""

from __future__ import annotations

import numpy as np
import pytest

from replication import crystal


@pytest.mark.parametrize(("material", "within_GPa"), [("cu2se", 0.1), ("li3ps4", 0.15)])
def test_committed_labels_have_the_pressure_of_their_energies(material: str, within_GPa: float) -> None:
    labels = crystal.read_crystal(material)
    fit = labels.equation_of_state()
    assert fit is not None
    np.testing.assert_allclose(labels.pressures, fit.pressures(labels.volumes), rtol=0, atol=within_GPa)
