"""The run file: one TOML describes one molecular dynamics run from start structure to flux."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from ..config import StrictModel


class PotentialSource(StrictModel):
    """A nep.txt: either a `path`, or a `name` in a `registry` of public files. Relative to the run file."""

    path: str | None = None
    registry: str | None = None
    name: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> PotentialSource:
        if (self.path is None) == (self.registry is None) or (self.registry is None) != (self.name is None):
            raise ValueError('give either path = "..." or registry = "..." and name = "..."')
        return self


class Stage(StrictModel):
    """A stretch of the run. NPT stages end in the mean cell of their second half, over all replicas."""

    ensemble: Literal["npt", "nvt", "nve"]
    duration_ps: float = Field(gt=0, le=1e9)
    thermostat_fs: float = Field(default=100.0, ge=1, le=1e6)
    """Relaxation time of stochastic velocity rescaling (npt, nvt)."""
    barostat_fs: float = Field(default=1000.0, ge=1, le=1e6)
    """Relaxation time of stochastic cell rescaling (npt)."""
    temperature_K: float | None = Field(default=None, ge=0.01, le=20000)
    """Temperature of this stage where it differs from the run's, as for annealing. Not of the sampled one."""
    coupling: Literal["isotropic", "anisotropic"] = "anisotropic"
    """What the barostat moves (npt): the volume alone, or the whole cell."""
    sample: bool = False
    """Whether to record currents. Only the last stage may."""


MOST_REPEATS = 1000.0


class RunConfig(StrictModel):
    """One run. Times in fs and ps, temperature in K, pressure in GPa."""

    material: str
    """Path of the material.toml, relative to the run file."""
    potential: PotentialSource
    supercell: tuple[int, int, int] | tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    start: str | tuple[str, ...] | None = None
    """Structure file to start from instead of the material's unit cell, in any format that ASE reads,
    relative to the run file; or one file for every replica. `supercell` repeats it."""
    keep_velocities: bool = False
    """Whether to begin with the velocities of the start files, one for every replica."""
    vacancies: dict[str, int] = Field(default_factory=dict)
    """Atoms of these elements to leave out, at places that `seed` decides."""
    vacancies_differ: bool = False
    """Whether every replica lacks atoms at places of its own."""
    relax_eV_A: float | None = Field(default=None, gt=0, le=100)
    """Relax the start until no force exceeds this. A structure drawn from partial occupancies is relaxed to
    1 eV/Å unless this says otherwise."""
    replicas: int = Field(ge=1, le=100_000)
    temperature_K: float = Field(ge=0.01, le=20000)
    pressure_GPa: float = Field(default=0.0, ge=-5, le=1000)
    """Far below zero a crystal only waits to tear."""
    bulk_modulus_GPa: float = Field(default=25.0, gt=0.01, le=5000)
    """Rough value; it sets the barostat's speed, not its ensemble."""
    timestep_fs: float = Field(default=1.0, ge=1e-3, le=5)
    sample_fs: float = Field(default=5.0, gt=0)
    """Time between samples of the currents."""
    snapshot_ps: float = Field(default=0.5, gt=0)
    """Time between stored positions of the sampled stage (for mean squared displacements)."""
    flux_fs: float = Field(default=20.0, gt=0, le=1000)
    """Sampling time of the packed flux file, after an anti-alias filter."""
    segment_ps: float = Field(default=25.0, gt=0)
    """Length of one segment: what is lost at most when the run is killed."""
    seed: int = Field(ge=0, lt=2**63)
    max_temperature_ratio: float = Field(default=2.0, gt=1, le=1000)
    """The run stops when a block's final temperature exceeds this multiple of the target."""
    max_drift_meV_per_atom: float = Field(default=20.0, gt=0, le=1e6)
    """The run stops when the conserved energy of a segment (nvt, nve) moves by more than this."""
    closest_contact: float = Field(default=0.5, ge=0, le=1)
    """The run stops where two atoms are nearer than this part of the sum of their covalent radii: in a
    hole of the potential. The hottest collisions of a superionic stay above 0.7."""
    stages: tuple[Stage, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _a_cell(self) -> RunConfig:
        rows = np.array(self.supercell, dtype=float)
        if np.abs(rows).max() > MOST_REPEATS:
            raise ValueError(f"supercell {self.supercell}: repeats beyond {MOST_REPEATS:g} fit no machine")
        if rows.ndim == 1 and rows.min() < 1:
            raise ValueError(f"supercell {rows.tolist()}: repeat the unit cell at least once each way")
        if rows.ndim == 2 and round(abs(np.linalg.det(rows))) < 1:
            raise ValueError(f"supercell {rows.tolist()}: its vectors lie in one plane")
        few = {element: count for element, count in self.vacancies.items() if count < 1}
        if few:
            raise ValueError(f"vacancies {few}: give how many atoms to leave out, or leave the element out")
        return self

    @property
    def start_files(self) -> tuple[str, ...]:
        """Files to start from; none where the material is the start."""
        if self.start is None:
            return ()
        return (self.start,) if isinstance(self.start, str) else self.start

    @model_validator(mode="after")
    def _starts(self) -> RunConfig:
        files = len(self.start_files)
        if self.start is not None and files not in (1, self.replicas):
            raise ValueError(
                f"start names {files} files: give one, or one for each of {self.replicas} replicas"
            )
        if not self.keep_velocities:
            return self
        if files != self.replicas:
            raise ValueError(
                f"keep_velocities wants one start file for each of {self.replicas} replicas: with the same "
                "velocities they would be one trajectory; or leave it out, velocities are then drawn"
            )
        if np.any(np.array(self.supercell) != (1 if np.ndim(self.supercell) == 1 else np.eye(3))):
            raise ValueError("keep_velocities wants supercell = [1, 1, 1]: copies would move as one")
        if self.vacancies or self.relax_eV_A is not None:
            raise ValueError("keep_velocities goes with neither vacancies nor relax_eV_A")
        return self

    @model_validator(mode="after")
    def _commensurate(self) -> RunConfig:
        for name, whole, part in (
            ("sample_fs / timestep_fs", self.sample_fs, self.timestep_fs),
            ("flux_fs / sample_fs", self.flux_fs, self.sample_fs),
            ("snapshot_ps / sample_fs", self.snapshot_ps * 1000, self.sample_fs),
            ("segment_ps / snapshot_ps", self.segment_ps, self.snapshot_ps),
            *(
                (f"stages.{i}.duration_ps / segment_ps", s.duration_ps, self.segment_ps)
                for i, s in enumerate(self.stages)
            ),
        ):
            ratio = whole / part
            if round(ratio) < 1 or abs(ratio - round(ratio)) > 1e-9:
                raise ValueError(f"{name} must be a whole number, is {ratio:g}")
        if any(stage.sample for stage in self.stages[:-1]):
            raise ValueError("only the last stage may have sample = true")
        if self.stages[-1].sample and self.stages[-1].temperature_K is not None:
            raise ValueError("the sampled stage runs at the temperature_K of the run: leave its own out")
        if self.stages[-1].sample and self.stages[-1].ensemble == "npt":
            raise ValueError("currents are sampled in a fixed cell: the last stage must be nvt or nve")
        return self

    def identity(self) -> dict:
        """What determines the trajectory beside material and potential, whose content is hashed wherever they
        lie: everything but the length of the last stage (it may grow), the bounds at which a run is stopped,
        and settings that act only on what is packed afterwards."""
        left_out = {"material", "potential", "flux_fs", "closest_contact"}
        content = self.model_dump(mode="json", exclude=left_out)
        for bound in ("max_temperature_ratio", "max_drift_meV_per_atom"):  # when to stop is not where to go
            content[bound] = type(self).model_fields[bound].default
        content["stages"][-1].pop("duration_ps")
        content.pop("start")  # its content is hashed beside this
        if not self.keep_velocities:
            content.pop("keep_velocities")
        if not self.vacancies:  # omitted when empty so that identities of older runs stay valid
            content.pop("vacancies")
        if not self.vacancies_differ:
            content.pop("vacancies_differ")
        if self.relax_eV_A is None:
            content.pop("relax_eV_A")
        for stage in content["stages"]:
            if stage["temperature_K"] is None:
                stage.pop("temperature_K")
        return content
