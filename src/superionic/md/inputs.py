"""A run file and everything it names, read and checked before anything starts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase.neighborlist import neighbor_list

from ..config import load_toml
from ..engines import load_engine
from ..materials import load_material, supercell, unit_cell, with_vacancies
from ..nep.format import NEPParameters, read_nep
from ..provenance import sha256_file, sha256_json
from ..registry import fetch
from ..system import System
from .config import PotentialSource, RunConfig, relative_to
from .simulate import Run


@dataclass(frozen=True)
class RunInputs:
    """A run file and everything it names, read and checked; no engine bound yet."""

    config: RunConfig
    parameters: NEPParameters
    potential_sha256: str
    start: System
    identity: str
    """Hash of everything that determines the trajectory but the engine."""
    framework_msd_A2: Mapping[str, float] = field(default_factory=dict)
    """How far the ions of a framework species may move before a warning."""

    def bind(
        self,
        folder: Path,
        engine: str = "auto",
        threads: int | None = None,
        device: str = "auto",
        mix_engines: bool = False,
    ) -> Run:
        """A run ready for `simulate`, with its segments in `folder`. Raises what `load_engine` raises."""
        return Run(
            config=self.config,
            engine=load_engine(self.parameters, engine, threads, device),
            start=self.start,
            folder=folder,
            identity=self.identity,
            mix_engines=mix_engines,
            framework_msd_A2=self.framework_msd_A2,
        )


def prepare_inputs(run_file: Path) -> RunInputs:
    """Read a run file and what it names. Raises ConfigError, NEPFormatError, ValueError, OSError."""
    return prepare_config(load_toml(run_file, RunConfig), run_file)


def prepare_config(config: RunConfig, run_file: Path) -> RunInputs:
    """Read what a configuration names, its paths as seen from `run_file`."""
    material = load_material(relative_to(run_file, config.material))
    potential = locate_potential(run_file, config.potential)
    parameters = read_nep(potential)
    crystal = supercell(unit_cell(material), config.supercell)
    atoms = with_vacancies(crystal, config.vacancies, np.random.default_rng(config.seed))
    _refuse_absurd(config, len(atoms))
    sha256 = sha256_file(potential)
    structure = material.structure.model_dump(mode="json")
    return RunInputs(
        config=config,
        parameters=parameters,
        potential_sha256=sha256,
        start=System.from_atoms(atoms, parameters.elements, config.replicas),
        identity=sha256_json({"run": config.identity(), "material": structure, "potential": sha256}),
        framework_msd_A2=material.framework_msd_A2,
    )


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


def describe(system: System) -> str:
    """Number of atoms, formula and closest distance, which tell a mistyped structure."""
    atoms = system.to_atoms()
    distances = neighbor_list("d", atoms, 4.0)
    closest = f", closest {distances.min():.2f} Å" if len(distances) else ""
    return f"{system.n_atoms} atoms ({atoms.get_chemical_formula()}{closest})"


def locate_potential(run_file: Path, source: PotentialSource) -> Path:
    """The nep.txt a run file names, fetched from its public address if it is a registered one."""
    if source.path is not None:
        return relative_to(run_file, source.path)
    return fetch(relative_to(run_file, source.registry or ""), source.name or "")
