"""The schema of training.toml: labels, products, and a committee of models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from ..config import PathInFile, StrictModel
from .loss import Accuracies

L_MAX = 8
"""Largest angular momentum in a nep.txt."""


class ModelSettings(StrictModel):
    """One NEP4 model and how it is trained. Pairs are (radial, angular)."""

    seed: int = Field(ge=0)
    """Seed of the initial parameters, the validation frames and the order of batches."""
    cutoffs_A: tuple[float, float]
    n_max: tuple[int, int]
    basis_size: tuple[int, int]
    l_max: tuple[int, int, int] = (4, 2, 1)
    neurons: int = Field(ge=1, le=1000)
    """Neurons in the file, including the one for the constants of the species."""
    zbl_A: tuple[float, float] | None = (0.9, 1.8)
    """Inner and outer cutoff of the ZBL repulsion, the outer one below the shortest bond in MD."""
    energy_meV_per_atom: float = Field(default=30.0, gt=0, le=1e6)
    force_meV_per_A: float = Field(default=60.0, gt=0, le=1e6)
    virial_meV_per_atom: float = Field(default=100.0, gt=0, le=1e6)
    """Deviations of this size contribute equally to the loss. Forces determine energies and virials up to a
    few numbers: with little weight on these, training takes a fraction of the epochs."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Decoupled decay of w0 and c, per step and unit of learning rate."""
    validation_fraction: float = Field(default=0.1, gt=0, lt=1)
    batch_frames: int = Field(default=2, ge=1)
    epochs: int = Field(ge=1, le=1_000_000)
    patience: int = Field(default=1000, ge=1)
    """Epochs without a better validation loss after which training stops."""
    learning_rates: tuple[float, float] = (1e-2, 1e-4)
    """First and last rate, with a cosine schedule between them."""
    averaging: float = Field(default=0.99, ge=0, lt=1)
    """Decay per step of the exponential moving average of the parameters, which is validated and kept."""
    precision: Literal["float32", "float64"] = "float32"

    @model_validator(mode="after")
    def _possible(self) -> ModelSettings:
        if self.l_max[0] < 1 or self.l_max[1] not in (0, 2) or self.l_max[2] not in (0, 1):
            raise ValueError(f"l_max {self.l_max}: 3-body at least 1, 4-body 0 or 2, 5-body 0 or 1")
        if self.l_max[1] == 2 and self.l_max[0] < 2:
            raise ValueError("the 4-body rows need l_max of at least 2")
        if self.l_max[0] > L_MAX:
            raise ValueError(f"l_max {self.l_max}: NEP4 knows 3-body terms up to {L_MAX}")
        radial, angular = self.cutoffs_A
        if not 1.0 <= angular <= radial <= 20.0:
            raise ValueError(
                f"cutoffs_A {list(self.cutoffs_A)}: radial, then angular, between 1 and 20 Å, the angular "
                "one not the longer"
            )
        for name, pair in (("n_max", self.n_max), ("basis_size", self.basis_size)):
            if not all(0 <= size <= 30 for size in pair):
                raise ValueError(f"{name} {list(pair)}: each between 0 and 30")
        if self.zbl_A is not None and not 0 < self.zbl_A[0] < self.zbl_A[1] <= radial:
            raise ValueError(
                f"zbl_A {list(self.zbl_A)}: an inner radius below an outer one, within the radial cutoff"
            )
        first, last = self.learning_rates
        if not 0 < last <= first <= 1:
            raise ValueError(
                f"learning_rates {list(self.learning_rates)}: first and last, 0 < last <= first <= 1"
            )
        weights = (self.energy_meV_per_atom, self.force_meV_per_A, self.virial_meV_per_atom)
        if not all(1e-3 <= weight <= 1e6 for weight in weights):
            raise ValueError(f"accuracies {weights}: between 0.001 and 1e6 meV")
        if self.weight_decay > 1e4:
            raise ValueError(f"weight_decay {self.weight_decay:g}: at most 10000")
        if self.neurons < 2:
            raise ValueError("neurons must be at least 2: one carries the constants of the species")
        return self

    @property
    def accuracies(self) -> Accuracies:
        """The errors σ of the loss, in eV and eV/Å."""
        return Accuracies(
            self.energy_meV_per_atom / 1000, self.force_meV_per_A / 1000, self.virial_meV_per_atom / 1000
        )


class TrainingSettings(StrictModel):
    """One material's training.toml; paths are relative to that file."""

    labels: tuple[PathInFile, ...] = Field(min_length=1)
    """Folders with extxyz files, or such files."""
    potentials: PathInFile
    """Folder of the products."""
    work: PathInFile
    """Folder of checkpoints; may be deleted when no training runs."""
    models: dict[str, ModelSettings] = Field(min_length=1)

    @field_validator("models")
    @classmethod
    def _file_names(cls, models: dict[str, ModelSettings]) -> dict[str, ModelSettings]:
        odd = [name for name in models if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)]
        if odd:
            raise ValueError(f"model names {odd}: files are named after them, so letters, digits, . _ - only")
        return models

    def label_files(self) -> list[Path]:
        """Every label file, in order; raises ValueError when there is none."""
        files = [
            file
            for place in self.labels
            for file in (sorted(place.glob("*.extxyz")) if place.is_dir() else [place])
        ]
        missing = [str(file) for file in files if not file.exists()]
        if missing or not files:
            places = ", ".join(missing or map(str, self.labels))
            raise ValueError(f"no label files at {places}: make them with superionic label")
        return files
