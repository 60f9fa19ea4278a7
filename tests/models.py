"""Small random NEP models of any size, for tests that must not depend on a trained potential."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list

from superionic.nep.format import NEPParameters, NEPShape


def random_parameters(
    elements: tuple[str, ...] = ("Li", "P", "S"),
    *,
    cutoffs: tuple[float, float] = (5.0, 4.0),
    n_max: tuple[int, int] = (4, 3),
    basis_size: tuple[int, int] = (5, 4),
    l_max: tuple[int, int, int] = (4, 2, 1),
    neurons: int = 7,
    zbl: tuple[float, float] | None = None,
    seed: int = 0,
) -> NEPParameters:
    """A model with parameters of order one and descriptors scaled to order one."""
    rng = np.random.default_rng(seed)
    shape = NEPShape(elements, *cutoffs, n_max, basis_size, l_max, neurons, zbl)
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
    )


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


def agreement_with_calorine(parameters: NEPParameters, atoms: Atoms) -> float:
    """How closely forces can agree with calorine's, over the largest one.

    calorine types e²/(4πε₀) and the screening length of ZBL with 7 to 8 digits, which shows where atoms are
    within its reach.
    """
    reach = parameters.shape.zbl[1] if parameters.shape.zbl else 0.0
    return 5e-7 if len(neighbor_list("i", atoms, reach)) else 1e-10
