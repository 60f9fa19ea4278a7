"""What moves and what stays whole in a crystal."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.validation.lattice import Groups, fraction_whole, largest_site_shift


def test_vibrations_do_not_count_as_moving_but_a_hop_does() -> None:
    time = np.arange(400)
    positions = np.zeros((400, 3, 3))
    positions[:, 0, 0] = 0.4 * np.sin(1.3 * time)
    assert largest_site_shift(positions) < 0.1
    positions += np.linspace(0, 3, 400)[:, None, None]  # all drift together
    assert largest_site_shift(positions) < 0.1
    positions[200:, 1, 2] += 3.0
    assert largest_site_shift(positions) == pytest.approx(2.0, abs=0.1)  # from the mean of the three, 1 Å


def test_groups_are_whole_through_the_boundaries_of_a_skew_cell() -> None:
    cell = np.array([[8.0, 0.0, 0.0], [2.0, 7.0, 0.0], [0.0, 1.0, 9.0]])
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * 2.05 / np.sqrt(3)
    atoms = np.concatenate([[[0.1, 0.1, 0.1]], 0.1 + corners])
    atoms[2] += cell[0] - 2 * cell[1]  # unwrapped ligands may be anywhere
    symbols = np.array(["P", "S", "S", "S", "S"])
    groups = Groups(centre="P", ligand="S", number=4, within_A=2.7)
    broken = atoms.copy()
    broken[4] *= 1.8
    assert fraction_whole(atoms[None], symbols, cell, groups) == 1.0
    assert fraction_whole(np.stack([atoms, broken]), symbols, cell, groups) == 0.5
