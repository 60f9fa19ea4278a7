"""What a run starts from: the material's crystal, or structure files, with their velocities if asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from ..config import ConfigError, relative_to
from ..conventions import Array
from ..crystals import drawn_supercell, draws_differ, supercell, unit_cell, with_vacancies
from ..frames import read_structure
from ..materials import Material
from ..system import System
from ..units import FS_PER_TIME_UNIT
from .config import RunConfig
from .thermostats import temperature, without_drift

DRAWN_EV_A = 1.0
"""Largest force of a start that was drawn from partial occupancies, unless the run file says otherwise."""

UNIT_MISTAKE = 10.0
"""Velocities whose temperature is off by this factor are in other units: Å/ps for Å/fs make a million."""


@dataclass(frozen=True)
class Start:
    """The state before the first step; fields as in RunInputs."""

    system: System
    velocities: Array | None
    relax_eV_A: float | None


def begin(config: RunConfig, run_file: Path, material: Material, elements: tuple[str, ...]) -> Start:
    """All replicas: of the files that the run file names, else of its material.

    Raises ConfigError, ValueError, OSError.
    """
    paths = [relative_to(run_file, name) for name in config.start_files]
    if not paths:
        drawn = draws_differ(material)

        def crystal(replica: int, rng: np.random.Generator) -> Atoms:
            if drawn:
                return drawn_supercell(material, config.supercell, rng)
            return supercell(unit_cell(material), config.supercell)

        apart = drawn or config.vacancies_differ
        system = _replicas(config, elements, crystal, differ=apart, own_draws=apart)
        return Start(system, None, config.relax_eV_A or (DRAWN_EV_A if drawn else None))
    found = [_read(path) for path in paths]
    _refuse_other_atoms(paths, found)

    def of_file(replica: int, rng: np.random.Generator) -> Atoms:
        return supercell(found[replica % len(found)], config.supercell)

    apart = config.vacancies_differ
    system = _replicas(config, elements, of_file, differ=apart or len(found) > 1, own_draws=apart)
    velocities = _velocities(config, paths, found, system) if config.keep_velocities else None
    return Start(system, velocities, config.relax_eV_A)


def _replicas(
    config: RunConfig,
    elements: tuple[str, ...],
    crystal: Callable[[int, np.random.Generator], Atoms],
    differ: bool,
    own_draws: bool,
) -> System:
    """`crystal` of every replica, without the vacancies.

    differ    : whether replicas differ at all
    own_draws : whether what is drawn for them differs: sites, vacancies
    """
    systems = []
    for replica in range(config.replicas if differ else 1):
        rng = np.random.default_rng([config.seed, replica] if own_draws else config.seed)
        atoms = with_vacancies(crystal(replica, rng), config.vacancies, rng)
        _refuse_absurd(config, len(atoms))
        _refuse_leftovers(atoms, config)
        systems.append(System.from_atoms(atoms, elements, 1 if differ else config.replicas))
    return systems[0].moved(
        np.concatenate([system.positions for system in systems]),
        np.concatenate([system.cell for system in systems]),
    )


def _read(path: Path) -> Atoms:
    """The one periodic structure of a file. Raises ConfigError that names it."""
    try:
        atoms = read_structure(path)
    except (OSError, ValueError) as error:
        what = f"{path} does not exist" if isinstance(error, OSError) else str(error)
        raise ConfigError(f"start: {what}") from None
    if not atoms.pbc.all() or atoms.cell.rank < 3:
        raise ConfigError(f"start: {path} is not periodic along all three lattice vectors")
    standard = Atoms(atoms.symbols).get_masses()
    for name in ("mass", "masses"):
        if name in atoms.arrays and np.abs(atoms.arrays[name] / standard - 1).max() > 1e-3:
            raise ConfigError(f"start: {path} has masses of its own; runs take those of the elements")
    bare = Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
    if "vel" in atoms.arrays:  # GPUMD, Å/fs
        bare.set_velocities(atoms.arrays["vel"] * FS_PER_TIME_UNIT)
    elif atoms.has("momenta"):
        bare.set_velocities(atoms.get_velocities())
    return bare


def _refuse_other_atoms(paths: Sequence[Path], found: Sequence[Atoms]) -> None:
    """Raise ConfigError where the files do not hold replicas of one system."""
    for path, atoms in zip(paths, found, strict=True):
        if sorted(atoms.numbers) != sorted(found[0].numbers):
            own, first = atoms.get_chemical_formula(), found[0].get_chemical_formula()
            raise ConfigError(f"start: {path} holds {own}, {paths[0]} {first}: replicas have the same atoms")


def _velocities(config: RunConfig, paths: Sequence[Path], found: Sequence[Atoms], system: System) -> Array:
    """(R, N, 3) of the files, turned with their cells as `supercell` turns these; total momentum zero.

    Raises ConfigError: a file without velocities, or with some that are in another unit.
    """
    turned = []
    for path, atoms, cell in zip(paths, found, system.cell, strict=True):
        if not atoms.has("momenta"):
            raise ConfigError(f"start: {path} holds no velocities: leave keep_velocities out")
        rows = atoms.cell.array
        if np.linalg.det(rows) < 0:  # made right-handed by its third vector
            rows = rows * np.array([[1.0], [1.0], [-1.0]])
        order = np.argsort(atoms.numbers, kind="stable")
        turned.append(atoms.get_velocities()[order] @ np.linalg.solve(rows, cell))
    velocities = without_drift(system, np.stack(turned))
    for path, kelvin in zip(paths, temperature(system, velocities), strict=True):
        ratio = kelvin / config.temperature_K
        if not 1 / UNIT_MISTAKE < ratio < UNIT_MISTAKE:
            raise ConfigError(
                f"start: velocities of {path} make {kelvin:.3g} K, the run is at {config.temperature_K:g} K: "
                "columns `vel` are in Å/fs, `momenta` in the units of ASE"
            )
    return velocities


def _refuse_leftovers(atoms: Atoms, config: RunConfig) -> None:
    """Raise ValueError for a cell that lacks an element altogether, or has hardly an atom."""
    gone = sorted(set(config.vacancies) - set(atoms.symbols))
    if gone:
        raise ValueError(f"vacancies {config.vacancies} leave no {', '.join(gone)} in the cell: take fewer")
    if len(atoms) < 2:
        raise ValueError(f"the cell holds {len(atoms)} atom: molecular dynamics wants two or more")


MEMORY_PER_ATOM = 4000
"""Bytes that a replica of a simulation takes per atom: positions, forces, lists, what is recorded."""


def _refuse_absurd(config: RunConfig, n_atoms: int) -> None:
    """Raise ValueError where a run would not fit into memory, before it is tried."""
    needed = MEMORY_PER_ATOM * n_atoms * config.replicas
    held = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > held:
        raise ValueError(
            f"{config.replicas} replicas of {n_atoms} atoms need about {needed / 1e9:.0f} GB of memory, this "
            f"machine has {held / 1e9:.0f}: give fewer replicas or a smaller supercell"
        )
