"""Parts of L_00 and the family of gauges, against series transformed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superionic.conventions import ENERGY_KINETIC, mass_current
from superionic.transport.current_set import select_currents
from superionic.transport.decomposition import gauge_family, parts
from superionic.transport.running_integrals import running_integrals


def basis(series, mobile):
    return running_integrals(select_currents(series, mobile), 0.2).plateau((0.1, 0.2)).mean(axis=0)


def test_parts_add_up_to_the_naive_value(smooth_series):
    matrix = basis(smooth_series, ["Li"])
    assert parts(matrix).sum() == pytest.approx(matrix[:2, :2].sum(), rel=1e-12)
    assert parts(matrix)[0] == matrix[0, 0]


@pytest.mark.parametrize("species", [0, 1])
def test_the_family_equals_an_analysis_of_every_transformed_series(three_current_series, species):
    series, mobile = three_current_series, ["Li", "Na"]
    shifts = np.array([-2.0, 0.0, 0.7])
    family = gauge_family(basis(series, mobile), shifts, species)
    for index, shift in enumerate(shifts):
        kinetic = series.currents[ENERGY_KINETIC] + shift * series.currents[mass_current(mobile[species])]
        moved = replace(series, currents={**series.currents, ENERGY_KINETIC: kinetic})
        expected = parts(basis(moved, mobile))
        found = [family.kk[index], family.pp[index], family.kp[index]]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * abs(expected).max())
    np.testing.assert_allclose(family.kappa, family.kappa[1], rtol=1e-9)
    np.testing.assert_allclose(family.pp, family.pp[1], rtol=1e-12)
    assert np.ptp(family.naive) > 0.01 * abs(family.naive[1])
