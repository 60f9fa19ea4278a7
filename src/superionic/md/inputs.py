"""A run file and everything it names, read and checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ase.neighborlist import neighbor_list

from ..config import load_toml, relative_to
from ..conventions import Array
from ..engines import load_engine
from ..materials import load_material
from ..potentials import Potential, load_potential
from ..provenance import sha256_file, sha256_json
from ..registry import fetch, registered_sha256
from ..system import System
from .config import PotentialSource, RunConfig
from .simulate import Run
from .start import begin


@dataclass(frozen=True)
class RunInputs:
    """A run file and everything it names, read and checked; no engine bound yet."""

    config: RunConfig
    parameters: Potential
    potential_sha256: str
    start: System
    identity: str
    """Hash of everything that determines the trajectory but the engine."""
    relax_eV_A: float | None = None
    """Relax the start until no force exceeds this; None: start as it is."""
    framework_msd_A2: Mapping[str, float] = field(default_factory=dict)
    """How far the ions of a framework species may move before a warning."""
    velocities: Array | None = None
    """(R, N, 3) that the run begins with; None: drawn from its seed."""

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
            relax_eV_A=self.relax_eV_A,
            velocities=self.velocities,
        )


def prepare_inputs(run_file: Path) -> RunInputs:
    """Read a run file and what it names. Raises ConfigError, NEPFormatError, ValueError, OSError."""
    return prepare_config(load_toml(run_file, RunConfig), run_file)


def prepare_config(config: RunConfig, run_file: Path) -> RunInputs:
    """Read what a configuration names, its paths as seen from `run_file`."""
    material = load_material(relative_to(run_file, config.material))
    parameters = load_potential(locate_potential(run_file, config.potential))
    identified = identify(config, run_file)
    start = begin(config, run_file, material, parameters.elements)
    return RunInputs(
        config=config,
        parameters=parameters,
        potential_sha256=identified.potential_sha256,
        start=start.system,
        velocities=start.velocities,
        relax_eV_A=start.relax_eV_A,
        identity=identified.identity,
        framework_msd_A2=material.framework_msd_A2,
    )


@dataclass(frozen=True)
class RunIdentity:
    """What a trajectory depends on beside the engine, known without reading a potential or building a cell.

    structure : of the material: its description, or the hash of its file
    start     : hashes of the files that the run starts from; empty where the material is the start
    """

    config: RunConfig
    structure: dict[str, Any]
    potential_sha256: str
    start: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """One hash of it all."""
        return self._hash(self.config.identity())

    def made(self, provenance: Mapping[str, Any]) -> bool:
        """Whether flux with this provenance is of this run, whatever its length.

        Older headers hash the paths of material and potential, too; they are taken from the header.
        """
        made_from = provenance.get("run", {})
        paths = {name: made_from.get(name) for name in ("material", "potential")}
        return provenance.get("identity") in (
            self.identity,
            self._hash(self.config.identity() | paths),
        )

    def is_whole(self, provenance: Mapping[str, Any]) -> bool:
        """Whether it is as long as the run file says, too."""
        total = round(self.config.stages[-1].duration_ps / self.config.segment_ps)
        return self.made(provenance) and provenance.get("segments") == total

    def _hash(self, run: dict[str, Any]) -> str:
        content = {"run": run, "material": self.structure, "potential": self.potential_sha256}
        # omitted where there are none so that identities of older runs stay valid
        return sha256_json(content | ({"start": list(self.start)} if self.start else {}))


def identify(config: RunConfig, run_file: Path) -> RunIdentity:
    """The identity of a run; of a registered potential the registry tells the hash, nothing is fetched.

    Raises ConfigError, ValueError, OSError.
    """
    material = load_material(relative_to(run_file, config.material))
    if material.structure is not None:
        structure = material.structure.model_dump(mode="json")
    else:
        structure = {"sha256": sha256_file(material.structure_file or "")}
    source = config.potential
    if source.path is not None:
        sha256 = sha256_file(relative_to(run_file, source.path))
    else:
        sha256 = registered_sha256(relative_to(run_file, source.registry or ""), source.name or "")
    start = tuple(sha256_file(relative_to(run_file, name)) for name in config.start_files)
    return RunIdentity(config, structure, sha256, start)


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
