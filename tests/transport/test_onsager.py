"""Schur complement and gauge, on matrices and on spectra at every frequency."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from superionic.conventions import ENERGY_KINETIC, mass_current
from superionic.transport.analysis import analyse
from superionic.transport.current_set import select_currents
from superionic.transport.onsager import coupled_fraction, gauge_transform, schur_complement


def positive(seed: int, size: int) -> np.ndarray:
    root = np.random.default_rng(seed).standard_normal((size, size))
    return root @ root.T + 0.1 * np.eye(size)


@given(st.integers(0, 2**31), st.integers(1, 4))
def test_equals_one_over_the_element_of_the_inverse(seed, size):
    matrix = positive(seed, size)
    assert schur_complement(matrix) == pytest.approx(1 / np.linalg.inv(matrix)[0, 0], rel=1e-9)


@given(st.integers(0, 2**31), st.integers(2, 4), st.floats(-3, 3))
def test_gauge_leaves_it_alone(seed, size, shift):
    matrix = positive(seed, size)
    moved = gauge_transform(matrix, np.full(size - 1, shift))
    assert schur_complement(moved) == pytest.approx(schur_complement(matrix), rel=1e-9)
    assert moved[0, 0] >= schur_complement(matrix) * (1 - 1e-9)


@given(st.integers(0, 2**31), st.floats(1e-20, 1e20))
def test_units_of_the_mass_current_do_not_matter(seed, factor):
    matrix = positive(seed, 3)
    scale = np.array([1.0, factor, factor**0.5])
    scaled = matrix * np.outer(scale, scale)
    assert schur_complement(scaled) == pytest.approx(schur_complement(matrix), rel=1e-9)


@given(st.integers(0, 2**31))
def test_order_of_species_does_not_matter(seed):
    matrix = positive(seed, 4)
    order = [0, 2, 3, 1]
    assert schur_complement(matrix[np.ix_(order, order)]) == pytest.approx(schur_complement(matrix), rel=1e-9)


def test_one_species_by_hand():
    matrix = np.array([[2.0, 0.6], [0.6, 0.3]])
    assert schur_complement(matrix) == pytest.approx(2.0 - 0.36 / 0.3)
    assert coupled_fraction(matrix) == pytest.approx(0.36 / (2.0 * 0.3))


@pytest.mark.parametrize("shift", [-2.0, 0.5, 7.0])
def test_gauge_invariance_of_the_reduced_spectrum_at_every_frequency(smooth_series, shift):
    before = select_currents(smooth_series, ["Li"]).spectra.graded
    after = select_currents(moved(smooth_series, shift), ["Li"]).spectra.graded
    np.testing.assert_allclose(
        schur_complement(after.mean()[0]),
        schur_complement(before.mean()[0]),
        rtol=1e-12 * (1 + shift**2) ** 2,
    )
    assert not np.allclose(after.mean()[0][:, 0, 0], before.mean()[0][:, 0, 0], rtol=0.05)


def moved(series, shift):
    """The same run of a potential whose site energies of Li are shifted by c m_Li."""
    kinetic = series.currents[ENERGY_KINETIC] + shift * series.currents[mass_current("Li")]
    return replace(series, currents={**series.currents, ENERGY_KINETIC: kinetic})


def test_every_estimate_of_kappa_is_gauge_invariant_and_the_naive_one_is_not(smooth_series):
    before = analyse(smooth_series, ["Li"], max_lag_ps=0.2, plateau_ps=(0.1, 0.2))
    after = analyse(moved(smooth_series, 1.5), ["Li"], max_lag_ps=0.2, plateau_ps=(0.1, 0.2))
    for pick in (
        lambda a: a.green_kubo.onsager.kappa,
        lambda a: a.spectral.fit.kappa,
        lambda a: a.cepstral.onsager.kappa,
    ):
        assert pick(after).value == pytest.approx(pick(before).value, rel=1e-9)
        assert pick(after).standard_error == pytest.approx(pick(before).standard_error, rel=1e-7)
    assert after.quoted.naive_kappa.value > 1.2 * before.quoted.naive_kappa.value


def test_a_redundant_species_is_dropped_and_changes_nothing(three_current_series):
    series = three_current_series
    total = series.currents["mass_Li"] + series.currents["mass_Na"]
    closed = replace(
        series,
        currents={**series.currents, "mass_S": -total},
        masses={**series.masses, "S": 1.0},
        counts={**series.counts, "S": 1},
    )
    options = {"max_lag_ps": 0.2, "plateau_ps": (0.1, 0.2)}
    two = analyse(closed, ["Li", "Na"], **options)
    three = analyse(closed, ["Li", "Na", "S"], **options)
    other = analyse(closed, ["Na", "S"], **options)
    assert three.mobile == ("Li", "Na")
    assert three.dropped == ("S",)
    for method, result in three.estimates.items():
        assert result.onsager.kappa.value == two.estimates[method].onsager.kappa.value
    assert other.green_kubo.onsager.kappa.value == pytest.approx(two.green_kubo.onsager.kappa.value, rel=1e-9)
    assert other.quoted.kappa.value == pytest.approx(two.quoted.kappa.value, rel=1e-9)
