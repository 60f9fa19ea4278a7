"""Disordered structures: bonded groups stay whole, contacts open, volume and strain as asked."""

import numpy as np
import pytest
from ase.build import bulk
from ase.spacegroup import crystal

from superionic.dft.disorder import Contacts, Disorder, bonded_groups, disordered, random_deformation

NONE = {
    "group_shift": 0.0,
    "group_turn": 0.0,
    "distortion": 0.0,
    "mobile_shift": 0.0,
    "hop_fraction": 0.0,
    "strain": 0.0,
    "volume_strain": (0.0, 0.0),
}
CONTACTS = Contacts(bonds={"P-S": 2.5}, minimum={"Li-Li": 2.3, "Li-S": 2.2, "Li-P": 2.7, "S-S": 3.0})


@pytest.fixture
def thiophosphate():
    """32 atoms of the hot lattice of Li3PS4."""
    return crystal(
        ["Li", "Li", "P", "S", "S"],
        basis=[(0.2, 0, 0), (0, 0.665, 0.25), (0, 0.32, 0.25), (0.1944, 0.4512, 0.25), (0, 0.1888, 0.4487)],
        spacegroup=63,
        cellpar=[8.6125, 9.0211, 8.42621, 90, 90, 90],
    )


def bond_lengths(atoms):
    """(P, 4) distances of every P to its four nearest S."""
    phosphorus, sulphur = (np.flatnonzero(atoms.symbols == symbol) for symbol in ("P", "S"))
    distances = atoms.get_all_distances(mic=True)[np.ix_(phosphorus, sulphur)]
    return np.sort(distances, axis=1)[:, :4]


def test_groups_are_the_tetrahedra_and_single_ions(thiophosphate):
    group = bonded_groups(thiophosphate, CONTACTS.bonds)
    sizes = np.bincount(group)
    assert sorted(sizes) == [1] * 12 + [5] * 4


def test_no_amplitude_gives_the_crystal_back(thiophosphate):
    contacts = Contacts(bonds=CONTACTS.bonds, minimum={"Li-Li": 1.0})
    same = disordered(thiophosphate, ("Li",), contacts, Disorder(**NONE), np.random.default_rng(0))
    difference = same.get_all_distances(mic=True) - thiophosphate.get_all_distances(mic=True)
    assert np.abs(difference).max() < 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_turned_and_strained_tetrahedra_keep_their_bonds(thiophosphate, seed):
    """Without distortion the groups are rigid: strain, turns and opened contacts leave P-S as it was."""
    amplitudes = NONE | {
        "group_shift": 0.15,
        "group_turn": 15.0,
        "strain": 0.02,
        "volume_strain": (-0.05, 0.05),
    }
    amplitudes |= {"mobile_shift": 0.3, "hop_fraction": 0.3}
    moved = disordered(thiophosphate, ("Li",), CONTACTS, Disorder(**amplitudes), np.random.default_rng(seed))
    assert bond_lengths(moved) == pytest.approx(bond_lengths(thiophosphate), abs=1e-9)
    assert -0.05 <= moved.get_volume() / thiophosphate.get_volume() - 1 <= 0.05
    assert np.abs(moved.positions - thiophosphate.positions).max() > 0.1


@pytest.mark.parametrize("seed", range(3))
def test_all_contacts_are_open(thiophosphate, seed):
    amplitudes = NONE | {"group_shift": 0.15, "mobile_shift": 0.4, "hop_fraction": 0.5}
    moved = disordered(thiophosphate, ("Li",), CONTACTS, Disorder(**amplitudes), np.random.default_rng(seed))
    group = bonded_groups(moved, CONTACTS.bonds)
    distances = moved.get_all_distances(mic=True)
    symbols = np.array(moved.get_chemical_symbols())
    for pair, minimum in CONTACTS.minimum.items():
        first, second = pair.split("-")
        chosen = (symbols[:, None] == first) & (symbols[None] == second) & (group[:, None] != group[None])
        assert distances[chosen].min() >= minimum


def test_impossible_contacts_are_refused():
    with pytest.raises(ValueError, match="lower the minimum distances"):
        disordered(
            bulk("Cu", cubic=True),
            ("Cu",),
            Contacts(bonds={}, minimum={"Cu-Cu": 3.5}),
            Disorder(**NONE),
            np.random.default_rng(0),
            draws=1,
        )


def test_deformation_has_the_volume_drawn_and_no_rotation():
    deformation = random_deformation(0.02, (0.03, 0.03), np.random.default_rng(3))
    assert np.linalg.det(deformation) == pytest.approx(1.03)
    assert deformation == pytest.approx(deformation.T)
