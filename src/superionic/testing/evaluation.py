"""Contracts of one evaluation: derivatives of the energy, equality with the oracle, smooth cutoffs."""

from __future__ import annotations

import numpy as np

from ..conventions import Array
from ..system import System
from .subject import STENCIL, Subject, agree, largest, nine_components, replicas, slopes


def forces_are_the_slope_of_the_energy(subject: Subject) -> None:
    """F = -∂U/∂r: for one atom of every species along x, y, z, and for all atoms at once."""
    system, step = subject.first, subject.step_A
    exact = subject.engine.compute(system).forces[0]
    atoms = [int(np.flatnonzero(system.species == s)[-1]) for s in np.unique(system.species)]
    directions = np.zeros((3 * len(atoms) + 1, system.n_atoms, 3))
    for number, atom in enumerate(atoms):
        directions[3 * number + np.arange(3), atom, np.arange(3)] = 1.0
    directions[-1] = np.random.default_rng(2).normal(size=(system.n_atoms, 3))
    directions[-1] /= np.linalg.norm(directions[-1])
    places = [system.positions + n * step * directions for n in STENCIL]
    energies = subject.engine.compute(replicas(system, np.concatenate(places))).energy
    numerical = -slopes(energies.reshape(4, -1), step)
    expected = np.einsum("dia,ia->d", directions, exact)
    agree("forces and energy slope, eV/Å", expected, numerical, subject.slope_error * largest(exact))


def virial_is_the_slope_of_the_energy(subject: Subject) -> None:
    """W_ab = -∂U/∂ε_ab, r_b → r_b + r_a ε_ab for positions and cell, all nine components."""
    system = subject.first
    radius = largest(system.positions - system.positions.mean(axis=1, keepdims=True))
    step = subject.step_A / radius
    exact = subject.engine.compute(system).virial[0]
    strains = np.eye(3) + step * np.array([n * unit for n in STENCIL for unit in np.eye(9).reshape(9, 3, 3)])
    strained = system.moved(system.positions @ strains, system.cell @ strains)
    numerical = -slopes(subject.engine.compute(strained).energy.reshape(4, 3, 3), step)
    scale = largest(exact) + largest(subject.engine.compute(system).forces)
    agree("virial and energy slope, eV", exact, numerical, subject.slope_error * scale)


def results_equal_the_oracle(subject: Subject) -> None:
    """Site energies, forces, virial and all nine components of every atom's virial."""
    result = subject.engine.compute(subject.system, atomic_virials=True)
    expected = subject.believed().compute(subject.system, atomic_virials=True)
    parts = largest(nine_components(subject.believed(), subject.system))
    for name in ("site_energies", "forces", "virial", "atomic_virials"):
        values = getattr(expected, name)
        # a sum over the atoms may cancel, its terms do not
        scale = parts if name == "virial" else largest(values)
        agree(name, getattr(result, name), values, subject.rounding * max(1.0, scale))


def atomic_virials_add_up_to_the_virial(subject: Subject) -> None:
    """Σ_i W_i = W, requested or not; W is symmetric, since the energy is invariant under rotation."""
    parts = nine_components(subject.engine, subject.system)
    whole = subject.engine.compute(subject.system)
    if whole.atomic_virials is not None:
        raise ValueError("atomic virials were returned without being asked for")
    scale = max(1.0, largest(parts))
    agree("Σ W_i", parts.sum(axis=1), whole.virial, subject.rounding * scale)
    agree("Wᵀ", whole.virial.transpose(0, 2, 1), whole.virial, 3 * subject.rounding * scale)


def nothing_jumps_at_the_cutoffs(subject: Subject) -> None:
    """A third atom moved through a cutoff: energies and forces extrapolated from both sides agree there.

    Four values on one side, spaced by h, extrapolate up to h⁴ times the fourth derivative, which their third
    difference bounds; a jump is not part of it.
    """
    extrapolate, third = np.array([-1, 4, -6, 4]), np.array([-1, 3, -3, 1])
    for cutoff in subject.cutoffs:
        h = cutoff / 500 if subject.engine.precision == "float64" else min(0.03, cutoff / 100)
        offsets = h * np.array([4, 3, 2, 1])
        distances = cutoff + np.concatenate([-offsets, offsets])
        result = subject.engine.compute(_trimers(subject, cutoff, distances))
        for name, values in (("energy", result.site_energies), ("forces", result.forces)):
            sides = values.reshape(2, 4, -1)
            below, above = np.einsum("k,skc->sc", extrapolate, sides)
            curved = largest(np.einsum("k,skc->sc", third, sides))
            # the extrapolation sums 15 rounding errors
            allowed = curved + 15 * subject.rounding * max(1.0, largest(sides))
            agree(f"{name} either side of {cutoff:g} Å", below, above, allowed)


def _trimers(subject: Subject, cutoff: float, distances: Array) -> System:
    """Three free atoms: first and last species bound, one more of the last at `distances` from the first."""
    system = subject.system
    species = np.array([0, len(system.elements) - 1, len(system.elements) - 1])
    masses = np.array([system.masses[system.species == s][0] for s in species])
    for bond in np.arange(2.0, 4.0, 0.05):  # no other pair may cross a cutoff at the same time
        other = np.sqrt(cutoff**2 + bond**2 + 1.6 * cutoff * bond)
        if all(min(abs(bond - c), abs(other - c)) > 0.15 for c in subject.cutoffs):
            break
    positions = np.zeros((len(distances), 3, 3))
    positions[:, 1] = -bond * np.array([0.6, 0.8, 0.0])
    positions[:, 2] = distances[:, None] * np.array([0.48, 0.64, 0.6])
    edge = 4 * (distances.max() + 3.0)
    return System(
        positions=positions + edge / 2,
        cell=np.repeat(edge * np.eye(3)[None], len(distances), axis=0),
        species=species,
        masses=masses,
        elements=system.elements,
        pbc=(False, False, False),
    )
