"""Farthest-point selection and committee disagreement."""

import numpy as np
import pytest

from superionic.dft.selection import farthest_points


def single(*points):
    """Structures of one atom of one species, one descriptor each."""
    return [[np.array([[float(point)]])] for point in points]


def test_the_farthest_comes_first_then_the_farthest_from_both():
    """On a line with 0 labelled: 10 is farthest; then 5 (5 from both) beats 1 and 9 (1 from one of them)."""
    novelty, order = farthest_points(single(1, 5, 9, 10), single(0), np.ones(4, dtype=bool), keep=2)
    assert order.tolist() == [-1, 1, -1, 0]
    scale = np.std([1, 5, 9, 10, 0])
    assert novelty == pytest.approx(np.array([1, 5, 1, 10]) / scale)


def test_a_copy_of_a_labelled_structure_has_no_novelty():
    rng = np.random.default_rng(0)
    structures = [[rng.normal(size=(5, 3)), rng.normal(size=(2, 3))] for _ in range(4)]
    novelty, order = farthest_points(structures, [structures[2]], np.ones(4, dtype=bool), keep=3)
    assert order[2] == -1
    assert novelty[2] == pytest.approx(0, abs=1e-6)


def test_one_unusual_atom_makes_a_structure_new():
    usual = [np.zeros((8, 2)) + np.arange(2)]
    unusual = [usual[0].copy()]
    unusual[0][3] += 4.0
    _, order = farthest_points([usual, unusual], [usual], np.ones(2, dtype=bool), keep=1)
    assert order.tolist() == [-1, 0]


def test_the_order_of_atoms_does_not_matter():
    rng = np.random.default_rng(1)
    structures = [[rng.normal(size=(6, 4))] for _ in range(5)]
    shuffled = [[rows[0][rng.permutation(6)]] for rows in structures]
    allowed = np.ones(5, dtype=bool)
    first = farthest_points(structures, structures[:1], allowed, keep=4)
    second = farthest_points(shuffled, structures[:1], allowed, keep=4)
    assert first[0] == pytest.approx(second[0])
    assert first[1].tolist() == second[1].tolist()


def test_candidates_that_are_not_allowed_are_scored_but_not_chosen():
    allowed = np.array([True, True, False])
    novelty, order = farthest_points(single(1, 2, 50), single(0), allowed, keep=3)
    assert order.tolist() == [1, 0, -1]
    assert novelty[2] == novelty.max()
