"""The schema of dft.toml: calculator, parameters for each cell shape, folders of structures and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ase import Atoms
from pydantic import Field

from ..config import ConfigError, PathInFile, StrictModel, load_toml
from ..provenance import sha256_json
from ..units import GPA_PER_EV_PER_A3


class Preparation(StrictModel):
    """Files that a command prepares once for the calculator, such as PAW sets for another functional."""

    command: tuple[str, ...] = Field(min_length=1)
    creates: tuple[str, ...] = Field(min_length=1)
    search_path: str = Field(pattern=r"^\w+$")
    """Search-path variable to which the folder of these files is prepended."""
    search_path_rest: str
    """Default of that variable when the environment does not set it."""


class DftSettings(StrictModel):
    """One material's labelling; folders are relative to the dft.toml."""

    structures: PathInFile
    """Folder of the structure files; every file is a round, labelled in the order of its frames."""
    labels: PathInFile
    """Folder of the labels: one extxyz file per round, of the same name."""
    work: PathInFile
    """Folder of requests, answers, locks and logs; may be deleted when no worker runs."""
    calculator: str = Field(pattern=r"^[\w.]+:\w+$")
    """The ASE calculator as "module:Class"."""
    parameters: dict[str, Any]
    """Keyword arguments of the calculator, passed unchanged, since they identify the labels: a relative path
    among them refers to the working directory."""
    shapes: dict[str, dict[str, Any]]
    """Keyword arguments that depend on the `shape` of a structure: mainly k-points."""
    tight: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)
    """Tighter settings by name, for `--check N --tight NAME`: the keyword arguments that replace those above,
    by shape, or for every shape under `all`."""
    pulay_GPa: float = Field(default=0.0, ge=-100, le=100)
    """Pulay pressure: isotropic pressure missing at this plane-wave cutoff, added to that of every label."""
    pulay_eV_per_atom: float = Field(default=0.0, ge=-100, le=100)
    """Pulay pressure times the volume per atom: 2/3 E_cut dE/dE_cut (Francis and Payne, J. Phys.: Condens.
    Matter 2, 4395, 1990)."""
    pulay_source: str = ""
    preparation: Preparation | None = None

    def parameters_for(self, shape: str, tight: str | None = None) -> dict[str, Any]:
        """All keyword arguments for one cell shape, with the tighter settings of that name.

        Raises ConfigError for a shape or a name that is not listed.
        """
        if shape not in self.shapes:
            raise ConfigError(f"no shape {shape!r} under [shapes]; listed: {', '.join(sorted(self.shapes))}")
        if tight is None:
            return {**self.parameters, **self.shapes[shape]}
        if tight not in self.tight:
            raise ConfigError(
                f"no {tight!r} under [tight]; listed: {', '.join(sorted(self.tight)) or 'none'}"
            )
        replaced = {**self.tight[tight].get("all", {}), **self.tight[tight].get(shape, {})}
        return {**self.parameters, **self.shapes[shape], **replaced}

    def pulay_pressure_GPa(self, atoms: Atoms) -> float:
        """Pulay pressure of a label of these atoms, GPa, to 0.1 MPa."""
        density = len(atoms) / atoms.get_volume()
        return round(self.pulay_GPa + self.pulay_eV_per_atom * density * GPA_PER_EV_PER_A3, 4)

    def fingerprint(self, shape: str) -> str:
        """Sixteen hexadecimal digits: hash of everything that determines a label of this shape."""
        return sha256_json([self.calculator, self.parameters_for(shape)])[:16]


def load_settings(path: str | Path) -> DftSettings:
    """Read a dft.toml; raises ConfigError with every fault listed."""
    return load_toml(path, DftSettings)
