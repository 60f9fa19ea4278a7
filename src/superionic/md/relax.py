"""A gentle start: positions relaxed in a fixed cell, so that drawn or rattled structures do not explode."""

from __future__ import annotations

import numpy as np
from ase.optimize import FIRE

from ..calculator import NEPCalculator
from ..engines.base import Engine
from ..system import System
from .guards import UnstableTrajectoryError

MOST_STEPS = 500


def relaxed(engine: Engine, system: System, largest_eV_A: float) -> System:
    """Every replica relaxed until no force exceeds the bound; those that are there already stay as they are.

    By FIRE (Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006)) as ASE has it.

    Raises UnstableTrajectoryError, naming the replica, after MOST_STEPS.
    """
    positions = system.positions.copy()
    for replica in range(system.n_replicas):
        atoms = system.to_atoms(replica)
        atoms.calc = NEPCalculator(engine)
        if not FIRE(atoms, logfile=None).run(fmax=largest_eV_A, steps=MOST_STEPS):
            force = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
            raise UnstableTrajectoryError(
                f"replica {replica} has a force of {force:.1f} eV/Å after {MOST_STEPS} steps of relaxation: "
                "raise relax_eV_A, draw again with another seed, or look at the structure"
            )
        positions[replica] = atoms.positions
    return system.moved(positions)
