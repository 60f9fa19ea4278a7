"""Small random NEP models of any size, for tests that must not depend on a trained potential."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list

from superionic.nep.format import NEPParameters, n_descriptors


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
    types, descriptors = len(elements), n_descriptors(n_max, l_max)
    return NEPParameters(
        version="nep4_zbl" if zbl else "nep4",
        elements=elements,
        cutoff_radial=cutoffs[0],
        cutoff_angular=cutoffs[1],
        max_neighbors_radial=200,
        max_neighbors_angular=200,
        n_max=n_max,
        basis_size=basis_size,
        l_max=l_max,
        w0=rng.normal(size=(types, neurons, descriptors)),
        b0=rng.normal(size=(types, neurons)),
        w1=rng.normal(size=(types, neurons)),
        b1=float(rng.normal()),
        c_radial=rng.normal(size=(n_max[0] + 1, basis_size[0] + 1, types, types)),
        c_angular=rng.normal(size=(n_max[1] + 1, basis_size[1] + 1, types, types)),
        q_scaler=rng.uniform(0.05, 0.2, size=descriptors),
        zbl=zbl,
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
    reach = parameters.zbl[1] if parameters.zbl else 0.0
    return 5e-7 if len(neighbor_list("i", atoms, reach)) else 1e-10
