"""The schema of sampling.toml, and the structures that need no potential: disordered and scaled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import ase.io
import numpy as np
from ase import Atoms
from pydantic import Field, model_validator

from ..config import Parameters, PathInFile, StrictModel, load_toml
from ..crystals import supercell, unit_cell, with_vacancies
from ..materials import Material
from ..provenance import write_atomically
from .disorder import Contacts, Disorder, VolumeStrain, disordered

Rows = tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]


NAME = r"^[\w.+-]+$"
"""Pattern of the names of rounds and sets, which are used in file names."""


class DisorderedSet(StrictModel):
    """Structures of one shape with the same amplitudes of disorder."""

    name: str = Field(pattern=NAME)
    shape: str
    count: int = Field(ge=1)
    split: str = Field(default="train", pattern="^(train|test)$")
    vacancies: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    amplitudes: Disorder


class ScaledSet(StrictModel):
    """The perfect crystal at a list of volumes: an equation of state."""

    name: str = Field(pattern=NAME)
    shape: str
    volume_strain: tuple[VolumeStrain, ...] = Field(min_length=1)
    """Relative changes of volume, the same along all axes."""


Temperature = Annotated[float, Field(gt=0, le=20000)]


class TrajectorySet(StrictModel):
    """Runs of sampling MD, each from a disordered structure; every segment yields one structure."""

    name: str = Field(pattern=NAME)
    shape: str
    runs: int = Field(ge=1)
    segments: int = Field(ge=1)
    steps: int = Field(ge=1)
    """Time steps in one segment."""
    timestep_fs: float = Field(gt=0)
    friction_per_fs: float = Field(gt=0)
    temperature_K: tuple[Temperature, Temperature]
    """Each segment draws its temperature uniformly between these two."""
    volume_strain: tuple[VolumeStrain, VolumeStrain]
    """Each segment draws its volume change, relative to the crystal, uniformly between these two."""
    strain: float = Field(ge=0)
    """Standard deviation of the symmetric random strain of each segment, per component."""
    start: Disorder
    split: str = Field(default="train", pattern="^(train|test)$")
    vacancies: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    discard: int = Field(default=1, ge=0)
    """Initial segments used only for equilibration."""


class SamplingCalculator(StrictModel):
    """An ASE calculator that drives sampling MD."""

    calculator: str = Field(pattern=r"^[\w.]+:\w+$")
    parameters: Parameters = Field(default_factory=dict)
    """Keyword arguments; a string that starts with ./ or ../ is a path relative to the sampling.toml."""
    closest_A: float = Field(gt=0)
    """A run ends when two atoms come closer than this."""


class Selection(StrictModel):
    """Selection among the candidates for training; test frames are never selected."""

    keep: int = Field(ge=1)
    committee: tuple[PathInFile, ...] = Field(min_length=1)
    """NEP files; the descriptors are those of the first."""
    disagreement: tuple[float, float]
    """Range in eV/Å: below it candidates add no information, above it they are broken structures."""


class Round(StrictModel):
    """The structures of one round."""

    seed: int = Field(ge=0)
    scaled: tuple[ScaledSet, ...] = ()
    disorder: tuple[DisorderedSet, ...] = ()
    potential: SamplingCalculator | None = None
    trajectories: tuple[TrajectorySet, ...] = ()
    selection: Selection | None = None

    @model_validator(mode="after")
    def _can_run(self) -> Round:
        if self.selection is not None and self.selection.disagreement[0] > self.selection.disagreement[1]:
            raise ValueError(f"selection.disagreement {list(self.selection.disagreement)}: lowest first")
        if bool(self.trajectories) != (self.potential is not None):
            raise ValueError("trajectories need a potential, and a potential trajectories")
        return self


def _refuse_falling(one: ScaledSet | DisorderedSet | TrajectorySet) -> None:
    """Raise ValueError for a range whose end lies below its beginning."""
    ranges = {"volume_strain": one.amplitudes.volume_strain} if isinstance(one, DisorderedSet) else {}
    if isinstance(one, TrajectorySet):
        ranges = {"volume_strain": one.volume_strain, "temperature_K": one.temperature_K}
    for key, (low, high) in ranges.items():
        if low > high:
            raise ValueError(f"{one.name}: {key} runs from {low:g} down to {high:g}: lowest first")


class Sampling(StrictModel):
    """One material's sampling; paths are relative to the sampling.toml."""

    structures: PathInFile
    work: PathInFile
    """Folder of requests, trajectories and logs of sampling MD; may be deleted."""
    shapes: dict[str, Rows]
    """Rows of each supercell in terms of the material's unit cell."""
    contacts: Contacts
    rounds: dict[str, Round]

    @model_validator(mode="after")
    def _known(self) -> Sampling:
        for name, plan in self.rounds.items():
            if not re.fullmatch(NAME, name):
                raise ValueError(f"rounds: {name!r}: files are named after it, use letters, digits and -")
            sets: list[ScaledSet | DisorderedSet | TrajectorySet]
            sets = [*plan.scaled, *plan.disorder, *plan.trajectories]
            for one in sets:
                _refuse_falling(one)
            names = [one.name for one in sets]
            if not sets:
                raise ValueError(f"rounds.{name} makes nothing: give scaled, disorder or trajectories")
            if twice := sorted({one for one in names if names.count(one) > 1}):
                raise ValueError(f"rounds.{name} has several sets named {', '.join(twice)}")
            if unknown := sorted({one.shape for one in sets} - self.shapes.keys()):
                known = ", ".join(self.shapes)
                raise ValueError(f"rounds.{name} needs the shapes {', '.join(unknown)}; [shapes] has {known}")
        return self


def load_sampling(path: str | Path) -> Sampling:
    """Read a sampling.toml; raises ConfigError with every fault listed."""
    return load_toml(path, Sampling)


def scaled_crystals(sampling: Sampling, material: Material, name: str) -> list[Atoms]:
    """Round `name`: its perfect crystals, in the order of their volumes."""
    structures = []
    for one_set in sampling.rounds[name].scaled:
        crystal = supercell(unit_cell(material), sampling.shapes[one_set.shape])
        for number, strain in enumerate(one_set.volume_strain):
            atoms = crystal.copy()
            atoms.set_cell(crystal.cell.array * np.cbrt(1.0 + strain), scale_atoms=True)
            atoms.info = _described(name, one_set, number, "train", f"crystal {one_set.name}")
            structures.append(atoms)
    return structures


def disordered_round(sampling: Sampling, material: Material, name: str) -> list[Atoms]:
    """Round `name`: every set of disordered structures, interleaved so that any first part is balanced."""
    plan = sampling.rounds[name]
    generators = np.random.default_rng(plan.seed).spawn(len(plan.disorder))
    sets = []
    for one_set, rng in zip(plan.disorder, generators, strict=True):
        crystal = supercell(unit_cell(material), sampling.shapes[one_set.shape])
        structures = []
        for number in range(one_set.count):
            atoms = disordered(
                with_vacancies(crystal, one_set.vacancies, rng),
                material.mobile,
                sampling.contacts,
                one_set.amplitudes,
                rng,
            )
            atoms.info = _described(name, one_set, number, one_set.split, f"disorder {one_set.name}")
            structures.append(atoms)
        sets.append(structures)
    return interleaved(sets)


def _described(
    round_name: str, one_set: ScaledSet | DisorderedSet, number: int, split: str, origin: str
) -> dict[str, str]:
    return {
        "id": f"{round_name}-{one_set.name}-{number:03d}",
        "shape": one_set.shape,
        "split": split,
        "origin": origin,
    }


def interleaved(sets: Iterable[list[Atoms]]) -> list[Atoms]:
    """Interleave the structures of all sets: the k-th of n is placed at the fraction (k + 1/2)/n."""
    placed = [
        ((k + 0.5) / len(structures), number, atoms)
        for number, structures in enumerate(sets)
        for k, atoms in enumerate(structures)
    ]
    return [atoms for _, _, atoms in sorted(placed, key=lambda entry: entry[:2])]


def write_structures(path: Path, structures: list[Atoms]) -> None:
    """Write one round of structures, positions only."""
    write_atomically(path, lambda temporary: ase.io.write(temporary, structures, format="extxyz"))
