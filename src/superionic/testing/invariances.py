"""Contracts of symmetry: independence of translation, rotation, order of atoms and periodic copies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..conventions import Array
from ..system import System
from .subject import Subject, agree, largest, nine_components, replicas


@dataclass(frozen=True)
class Results:
    """Results of an engine for R replicas of N atoms, the nine components of every atom's virial included."""

    site_energies: Array
    forces: Array
    virial: Array
    atomic_virials: Array


def translation_changes_nothing(subject: Subject) -> None:
    """All atoms translated by the same vector."""
    shift = np.array([3.1, -8.7, 0.4])
    moved = subject.system.moved(subject.system.positions + shift)
    _same(subject, "translated", _compute(subject, moved), _compute(subject, subject.system))


def wrapping_changes_nothing(subject: Subject) -> None:
    """Atoms displaced by lattice vectors: engines apply the periodic images themselves."""
    system = subject.system
    cells = np.random.default_rng(3).integers(-4, 5, size=system.positions.shape).astype(float)
    moved = system.moved(system.positions + cells @ system.cell)
    _same(subject, "wrapped", _compute(subject, moved), _compute(subject, system))


def rotation_turns_the_results(subject: Subject) -> None:
    """r → r Q takes forces to F Q and virials to Qᵀ W Q, whatever the orientation of the cell."""
    system = subject.system
    rotation, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    rotated = _compute(subject, system.moved(system.positions @ rotation, system.cell @ rotation))
    reference = _compute(subject, system)
    expected = Results(
        site_energies=reference.site_energies,
        forces=reference.forces @ rotation,
        virial=rotation.T @ reference.virial @ rotation,
        atomic_virials=rotation.T @ reference.atomic_virials @ rotation,
    )
    _same(subject, "rotated", rotated, expected)


def order_changes_nothing(subject: Subject) -> None:
    """Permutation of the atoms."""
    system = subject.system
    order = np.random.default_rng(5).permutation(system.n_atoms)
    shuffled = replace(
        system,
        positions=system.positions[:, order],
        species=system.species[order],
        masses=system.masses[order],
    )
    _same(subject, "in another order", _compute(subject, shuffled), _taken(_compute(subject, system), order))


def supercells_repeat_the_results(subject: Subject) -> None:
    """The cell doubled along a: every atom and its copy have the results of the small cell."""
    system = subject.first
    twice = System(
        positions=np.concatenate([system.positions, system.positions + system.cell[:, :1]], axis=1),
        cell=system.cell * np.array([2.0, 1.0, 1.0])[:, None],
        species=np.tile(system.species, 2),
        masses=np.tile(system.masses, 2),
        elements=system.elements,
        pbc=system.pbc,
    )
    once = _compute(subject, system)
    expected = _taken(once, np.tile(np.arange(system.n_atoms), 2))
    _same(subject, "in a supercell", _compute(subject, twice), replace(expected, virial=2 * once.virial))


def replicas_do_not_see_each_other(subject: Subject) -> None:
    """Each replica of a batch has the results it has alone; replicas differ in positions and cell."""
    system = subject.system
    strain = np.eye(3) + 0.01 * np.random.default_rng(6).normal(size=(system.n_replicas, 3, 3))
    system = system.moved(system.positions @ strain, system.cell @ strain)
    together = _compute(subject, system)
    for number in range(system.n_replicas):
        one = slice(number, number + 1)
        alone = _compute(subject, replicas(system, system.positions[one], system.cell[one]))
        parts = Results(
            together.site_energies[one],
            together.forces[one],
            together.virial[one],
            together.atomic_virials[one],
        )
        _same(subject, f"replica {number}", parts, alone)


def open_boundaries_are_a_vacuum(subject: Subject) -> None:
    """A free cluster equals the same atoms in a periodic box with vacuum wider than the cutoff."""
    open_ = subject.cluster
    closed = replace(open_, pbc=(True, True, True))
    _same(subject, "free", _compute(subject, open_), _compute(subject, closed))


def _compute(subject: Subject, system: System) -> Results:
    result = subject.engine.compute(system)
    virials = nine_components(subject.engine, system)
    return Results(result.site_energies, result.forces, result.virial, virials)


def _taken(result: Results, order: np.ndarray) -> Results:
    return Results(
        site_energies=result.site_energies[:, order],
        forces=result.forces[:, order],
        virial=result.virial,
        atomic_virials=result.atomic_virials[:, order],
    )


def _same(subject: Subject, what: str, result: Results, expected: Results) -> None:
    for name in ("site_energies", "forces", "virial", "atomic_virials"):
        values = getattr(expected, name)
        scale = largest(expected.atomic_virials) if name == "virial" else largest(values)
        # both sides have an error; a shift by tens of Å adds rounding of the positions
        agree(f"{name}, {what}", getattr(result, name), values, 2 * subject.rounding * max(1.0, scale))
