"""Stability trials: the settings of a material's trials.toml and the results of finished trials."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from superionic.config import StrictModel, load_toml
from superionic.system import Array
from superionic.transport.uncertainty import Estimate
from superionic.validation.fits import arrhenius
from superionic.validation.lattice import Groups

from ..paths import MATERIALS, POTENTIALS
from ..potential_files import potential_sha256


class Hottest(StrictModel):
    """One long run at the highest temperature at which the potentials are used; one replica."""

    temperature_K: float = Field(gt=0)
    sample_ps: float = Field(gt=0)


class Trials(StrictModel):
    """A material's trials.toml."""

    supercell: tuple[int, int, int]
    vacancies: dict[str, int] = Field(default_factory=dict)
    replicas: int = Field(ge=3)
    timestep_fs: float = Field(gt=0)
    temperatures_K: tuple[float, ...] = Field(min_length=2)
    npt_ps: float = Field(gt=0)
    nvt_ps: float = Field(gt=0)
    sample_ps: float = Field(gt=0)
    quoted_K: float
    """Temperature of the diffusion coefficient that is quoted; one of temperatures_K."""
    hottest: Hottest
    framework: str
    """The element whose atoms must stay on their sites."""
    groups: Groups | None = None
    reference_volume_A3: float = Field(gt=0)
    """Per atom of the perfect crystal, at reference_temperature_K."""
    reference_temperature_K: float
    reference: str
    published: tuple[str, ...] = ()
    """Public potentials that are run as well: NAME for <material>/NAME.txt of data/registry.txt."""

    def in_use(self, temperature_K: Array) -> NDArray[np.bool_]:
        """Whether the potentials are used at these temperatures (any shape)."""
        return np.asarray(temperature_K) <= self.hottest.temperature_K


def load_trials(material: str) -> Trials:
    """The trials of a material; raises ConfigError that lists every fault."""
    return load_toml(MATERIALS / material / "trials.toml", Trials)


def trials_file(material: str, model: str) -> Path:
    """The results of a model's trials."""
    return POTENTIALS / material / f"{model}_trials.json"


def read_trials(material: str, model: str) -> list[dict[str, Any]]:
    """Finished trials of the current potential, coldest first and the long run last; empty without any."""
    path = trials_file(material, model)
    if not path.exists():
        return []
    content = json.loads(path.read_text(encoding="utf-8"))
    if content["potential_sha256"] != potential_sha256(material, model):
        return []
    results: list[dict[str, Any]] = content["trials"]
    return sorted(results, key=lambda trial: (trial["replicas"] == 1, trial["temperature_K"]))


def activation(results: Sequence[dict[str, Any]], trials: Trials, element: str) -> Estimate | None:
    """Activation energy (eV) of the diffusion of an element, from the temperatures in use."""
    points = [
        (t["temperature_K"], *t["diffusion_m2_per_s"][element])
        for t in results
        if t["replicas"] > 1 and "diffusion_m2_per_s" in t and trials.in_use(t["temperature_K"])
    ]
    return arrhenius(*np.array(points).reshape(-1, 3).T)
