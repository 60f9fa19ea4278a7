"""A run file and everything it names, read and checked before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..config import load_toml
from ..engines import load_engine
from ..materials import load_material, supercell, unit_cell
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


def prepare_inputs(run_file: Path) -> RunInputs:
    """Read a run file and what it names. Raises ConfigError, NEPFormatError, ValueError, OSError."""
    config = load_toml(run_file, RunConfig)
    material = load_material(relative_to(run_file, config.material))
    potential = locate_potential(run_file, config.potential)
    parameters = read_nep(potential)
    atoms = supercell(unit_cell(material), config.supercell)
    sha256 = sha256_file(potential)
    structure = material.structure.model_dump(mode="json")
    return RunInputs(
        config=config,
        parameters=parameters,
        potential_sha256=sha256,
        start=System.from_atoms(atoms, parameters.elements, config.replicas),
        identity=sha256_json({"run": config.identity(), "material": structure, "potential": sha256}),
    )


def prepare(run_file: Path, out: Path, engine: str = "auto", threads: int | None = None) -> Run:
    """A run ready for `simulate`. Raises what `prepare_inputs` and `load_engine` raise."""
    inputs = prepare_inputs(run_file)
    return Run(
        config=inputs.config,
        engine=load_engine(inputs.parameters, engine, threads),
        start=inputs.start,
        folder=out,
        identity=inputs.identity,
    )


def locate_potential(run_file: Path, source: PotentialSource) -> Path:
    """The nep.txt a run file names, fetched from its public address if it is a registered one."""
    if source.path is not None:
        return relative_to(run_file, source.path)
    return fetch(relative_to(run_file, source.registry or ""), source.name or "")
