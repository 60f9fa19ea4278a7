"""Small random NEP models of any size, for tests that must not depend on a trained potential."""

from __future__ import annotations

from pathlib import Path

import _nepy  # of calorine
import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list

from superionic.nep.format import NEPParameters, NEPShape
from superionic.nep.screening import SCREENING, screened_pairs


def random_parameters(
    elements: tuple[str, ...] = ("Li", "P", "S"),
    *,
    cutoffs: tuple[float, float] = (5.0, 4.0),
    n_max: tuple[int, int] = (4, 3),
    basis_size: tuple[int, int] = (5, 4),
    l_max: tuple[int, ...] = (4, 2, 1),
    neurons: int = 7,
    zbl: tuple[float, float] | None = None,
    zbl_factor: float | None = None,
    species_cutoffs: tuple[tuple[float, float], ...] | None = None,
    cutoff_factors: tuple[float, float] | None = None,
    seed: int = 0,
) -> NEPParameters:
    """A model with parameters of order one and descriptors scaled to order one.

    zbl (0, 0) gives every pair of species a screening of its own, up to 1.6 to 2.4 Å.
    """
    rng = np.random.default_rng(seed)
    if species_cutoffs is not None:
        cutoffs = max(c[0] for c in species_cutoffs), max(c[1] for c in species_cutoffs)
    shape = NEPShape(
        elements,
        *cutoffs,
        n_max,
        basis_size,
        l_max,
        neurons,
        zbl,
        zbl_factor=zbl_factor,
        species_cutoffs=species_cutoffs,
        cutoff_factors=cutoff_factors,
    )
    arrays = shape.array_shapes
    return NEPParameters(
        shape=shape,
        w0=rng.normal(size=arrays["w0"]),
        b0=rng.normal(size=arrays["b0"]),
        w1=rng.normal(size=arrays["w1"]),
        b1=float(rng.normal()),
        c_radial=rng.normal(size=arrays["c_radial"]),
        c_angular=rng.normal(size=arrays["c_angular"]),
        q_scaler=rng.uniform(0.05, 0.2, size=shape.n_descriptors),
        max_neighbors=(200, 200),
        zbl_pairs=_screenings(rng, shape.n_pairs) if shape.zbl_flexible else None,
    )


def _screenings(rng: np.random.Generator, n_pairs: int) -> np.ndarray:
    """(P, 10): cutoffs and screening of each pair, the latter like the universal one."""
    radii = [rng.uniform(0.5, 1.2, n_pairs), rng.uniform(1.6, 2.4, n_pairs)]
    return np.column_stack([*radii, np.ravel(SCREENING) * rng.uniform(0.8, 1.2, (n_pairs, 8))])


def random_structure(
    elements: tuple[str, ...], n_atoms: int, edge_A: float, *, seed: int = 0, pbc: object = True
) -> Atoms:
    """Atoms at random in a triclinic cell, none closer than 1.6 Å to another."""
    rng = np.random.default_rng(seed)
    cell = edge_A * (np.eye(3) + 0.25 * np.tril(rng.uniform(-1, 1, (3, 3)), -1))
    atoms = Atoms(cell=cell, pbc=pbc)
    while len(atoms) < n_atoms:
        trial = atoms + Atoms(rng.choice(elements), positions=[rng.uniform(size=3) @ cell])
        if len(trial) == 1 or trial.get_distances(-1, range(len(trial) - 1), mic=True).min() > 1.6:
            atoms = trial
    return atoms


def calorine_results(path: Path, atoms: Atoms) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Site energies (N,), forces (N, 3) and per-atom virials (N, 3, 3) from calorine's C++ part.

    The Python in front of it takes nep4 alone.
    """
    cell = list(atoms.cell.array.T.ravel())
    symbols, places = atoms.get_chemical_symbols(), list(atoms.positions.T.ravel())
    nep = _nepy.NEPY(str(path), len(atoms), cell, symbols, places, list(atoms.get_masses()))
    energies, forces, virials = nep.get_potential_forces_and_virials()
    by_atom = np.array(virials).reshape(3, 3, -1).transpose(2, 0, 1)
    return np.array(energies), np.array(forces).reshape(3, -1).T, by_atom


def agreement_with_calorine(parameters: NEPParameters, atoms: Atoms) -> float:
    """How closely forces can agree with calorine's, over the largest one.

    calorine types e²/(4πε₀) and the screening length of ZBL with 7 to 8 digits, which shows where atoms are
    within its reach.
    """
    shape = parameters.shape
    reach = screened_pairs(shape, parameters.zbl_pairs)[..., 1].max() if shape.zbl else 0.0
    return 5e-7 if len(neighbor_list("i", atoms, reach)) else 1e-10
