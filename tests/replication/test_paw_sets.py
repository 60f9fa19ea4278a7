"""The table of settings behind what data/dft/README.md says of the pressures of Cu2Se."""

from __future__ import annotations

import numpy as np

from replication.paw_sets import AS_LABELLED, compare, equations_of_state


def test_frozen_cores_move_the_pressure_and_nothing_else_does() -> None:
    rows = {row.settings: row for row in compare()}
    assert rows[AS_LABELLED].pressure_GPa == 0
    assert abs(rows[AS_LABELLED].lattice_constant_A - 5.853) < 0.002  # as the labels of the 12-atom cell
    for name, row in rows.items():
        if "electrons" not in name:
            assert abs(row.pressure_GPa) < 0.05, name
    assert -0.6 < rows["Cu with 19 electrons"].pressure_GPa < -0.4
    assert -0.35 < rows["Cu with 19, Se with 16 electrons"].pressure_GPa < -0.15
    assert 0.3 < rows["Cu with 11 electrons, new set"].pressure_GPa < 0.5


def test_fits_go_through_their_points() -> None:
    for name, fit in equations_of_state().items():
        error = np.abs(fit.curve(np.asarray(fit.fit.v)) - fit.fit.e).max()
        assert error < 1e-3, name
