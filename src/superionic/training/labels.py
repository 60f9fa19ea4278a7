"""Energy, forces and virial of a labelled structure, under the names that people give them.

| quantity | names |
|---|---|
| energy, eV | energy, REF_energy, dft_energy; free_energy where no other is given |
| forces, eV/Å | forces, force, REF_forces, dft_forces |
| virial W, eV | virial, virials, REF_virial, REF_virials (GPUMD) |
| stress, eV/Å³ | stress, REF_stress, dft_stress (ASE, MACE), positive where the cell wants to shrink |

W = -stress·V.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from ase import Atoms
from ase.stress import voigt_6_to_full_3x3_stress

from ..conventions import Array

ENERGY = ("energy", "REF_energy", "dft_energy")
FORCES = ("forces", "force", "REF_forces", "dft_forces")
VIRIAL = ("virial", "virials", "REF_virial", "REF_virials")
STRESS = ("stress", "REF_stress", "dft_stress")

ROUNDING = 2e-3
"""Two labels of one quantity may differ by this part of their size: files hold a few digits."""


def read_labels(atoms: Atoms, place: str) -> tuple[float, Array, Array | None]:
    """Energy, forces (N, 3) and virial (3, 3) or None of an ASE structure as read from a file.

    place : name of the frame, for messages

    Raises ValueError where energy or forces are missing, are no numbers, or where two labels contradict each
    other: a virial with the sign of a stress trains a potential that expands under pressure.
    """
    energies = list(_given(atoms, ENERGY)) or list(_given(atoms, ("free_energy",)))
    forces = list(_given(atoms, FORCES))
    missing = [name for name, values in (("energy", energies), ("forces", forces)) if not values]
    if missing:
        known = ", ".join({"energy": ENERGY, "forces": FORCES}[missing[0]])
        raise ValueError(
            f"{place} has no {' and no '.join(missing)}: a training frame needs both (as {known})"
        )
    for name, value in energies:
        if value.size != 1:
            raise ValueError(f"{place}: {name} holds {value.size} numbers, a frame has one energy")
    _agree(energies, place)
    _agree(forces, place)
    virials = [(name, _matrix(value, name, place)) for name, value in _given(atoms, VIRIAL)]
    virials += [
        (f"-{name}·V", -_matrix(value, name, place) * atoms.get_volume())
        for name, value in _given(atoms, STRESS)
    ]
    _agree(virials, place)
    force = forces[0][1]
    if force.shape != (len(atoms), 3):
        raise ValueError(f"{place}: {forces[0][0]} has shape {force.shape}, the frame {len(atoms)} atoms")
    return float(energies[0][1].reshape(())), force, virials[0][1] if virials else None


def _given(atoms: Atoms, names: tuple[str, ...]) -> Iterator[tuple[str, Array]]:
    """The names a structure carries, with their values."""
    results: dict[str, Any] = atoms.calc.results if atoms.calc is not None else {}
    for name in names:
        for holder in (results, atoms.info, atoms.arrays):
            if name in holder:
                if isinstance(holder[name], (bool, np.bool_)):
                    raise ValueError(f"{name} is {holder[name]}, which is no number")
                yield name, np.asarray(holder[name], float)
                break


def _matrix(value: Array, name: str, place: str) -> Array:
    """A symmetric (3, 3) matrix from one, from nine numbers or from six in Voigt order."""
    if value.shape == (6,):
        return np.asarray(voigt_6_to_full_3x3_stress(value))
    if value.size != 9:
        raise ValueError(f"{place}: {name} has {value.size} numbers, expected 6 or 9")
    matrix = value.reshape(3, 3)
    if np.abs(matrix - matrix.T).max() > ROUNDING * max(np.abs(matrix).max(), 1e-9):
        raise ValueError(f"{place}: {name} is not symmetric")
    return matrix


def _agree(labels: list[tuple[str, Array]], place: str) -> None:
    """Refuse numbers that are not finite, and labels of one quantity that differ."""
    for name, value in labels:
        if not np.isfinite(value).all():
            raise ValueError(f"{place}: {name} holds NaN or infinity")
        first, reference = labels[0]
        if value.shape != reference.shape:
            raise ValueError(f"{place}: {first} and {name} have different shapes")
        difference = float(np.abs(value - reference).max())
        if difference > ROUNDING * float(np.abs(reference).max()) + 1e-6:
            raise ValueError(
                f"{place}: {first} and {name} contradict each other by {difference:.3g}: keep the right one "
                "(a virial is -stress times the volume)"
            )
