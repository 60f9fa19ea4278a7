"""NEP as an ASE calculator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from .conventions import VOIGT
from .engines import load_engine
from .engines.base import Engine
from .potentials import Potential
from .system import System


class NEPCalculator(Calculator):
    """ASE calculator for a NEP potential.

    path   : a potential file, the result of `load_potential`, or an existing engine
    engine : "auto" (the fastest available; see `self.engine.name`) or a name of `engines.ENGINES`
    device : "auto", "cpu", or "cuda"
    precision : "auto", or "mixed", "float64", "float32" where an engine has it: "float64" for phonons and
                other small differences of forces

    Results: energy, free_energy (eV), energies (N,), forces (N, 3) eV/Å, stress (6,) eV/Å³ in ASE's sign
    and Voigt order (periodic in three directions only), virials (N, 9) eV, unsymmetrised, in the order
    xx xy xz yx yy yz zx zy zz. Any cell: triclinic, smaller than the cutoff, partly periodic.
    """

    implemented_properties = [  # noqa: RUF012  (ASE declares it so)
        "energy",
        "free_energy",
        "energies",
        "forces",
        "stress",
        "virials",
    ]

    def __init__(
        self,
        path: str | Path | Potential | Engine,
        engine: str = "auto",
        device: str = "auto",
        precision: str = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        from_file = isinstance(path, (str, Path, Potential))
        self.engine: Engine = (
            load_engine(path, engine, device=device, precision=precision) if from_file else path  # type: ignore[arg-type,assignment]
        )

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] = all_changes,
    ) -> None:
        super().calculate(atoms, properties, system_changes)
        system = System.from_atoms(self.atoms, self.engine.elements)
        result = self.engine.compute(system, atomic_virials="virials" in (properties or ()))
        energy = float(result.energy[0])
        self.results = {
            "energy": energy,
            "free_energy": energy,
            "energies": result.site_energies[0],
            "forces": result.forces[0],
        }
        if all(system.pbc):
            stress = -result.virial[0] / system.volume[0]
            self.results["stress"] = np.array([0.5 * (stress[a, b] + stress[b, a]) for a, b in VOIGT])
        if result.atomic_virials is not None:
            self.results["virials"] = result.atomic_virials[0].reshape(-1, 9)
