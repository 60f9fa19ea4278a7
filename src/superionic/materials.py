"""A material: its crystal structure, mobile species and charges, read from a material.toml."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase.data import atomic_numbers
from pydantic import Field, model_validator

from .config import StrictModel, load_toml


class Site(StrictModel):
    """One Wyckoff site: an element at fractional coordinates of the conventional cell."""

    element: str
    position: tuple[float, float, float]


class Structure(StrictModel):
    """A crystal by space group, conventional cell and occupied sites."""

    space_group: int = Field(ge=1, le=230)
    cell: tuple[float, float, float, float, float, float]
    """a, b, c in Å and alpha, beta, gamma in degrees."""
    unit: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    """Rows of the working unit cell in terms of the primitive (or conventional) lattice vectors."""
    primitive: bool
    """Whether `unit` counts in primitive vectors."""
    sites: tuple[Site, ...]
    source: str


class Material(StrictModel):
    """What the pipeline must know of a material; `elements` is the order of the potential's types."""

    name: str
    title: str
    elements: tuple[str, ...]
    mobile: tuple[str, ...] = Field(min_length=1)
    charges: dict[str, float]
    """Formal charge of every element, for the ionic conductivity; they add up to zero."""
    formula: str = ""
    """What the sites must make up, as Li3PS4: a coordinate mistyped in its last digits doubles a site."""
    structure: Structure | None = None
    structure_file: str | None = None
    """Instead of `structure`: a file that ASE reads (CIF, POSCAR, extxyz), relative to the material.toml.
    Partly occupied sites of a CIF become ordered supercells, another for each replica."""
    plateau_ps: tuple[float, float] = (5.0, 10.0)
    """Lags over which the running Green-Kubo integrals are averaged; the longest lag is the second."""
    framework_msd_A2: dict[str, float] = Field(default_factory=dict)
    """Mean squared displacement in Å² that framework species stay below while the crystal stands."""

    @model_validator(mode="after")
    def _consistent(self) -> Material:
        known = set(self.elements)
        for what, names in (("elements", self.elements), ("mobile", self.mobile)):
            if len(set(names)) != len(names):
                raise ValueError(f"{what} names one twice: {', '.join(names)}")
        if unknown := sorted(known - atomic_numbers.keys()):
            raise ValueError(f"elements names {', '.join(unknown)}, which no periodic table has")
        if not 0 <= self.plateau_ps[0] < self.plateau_ps[1] < 1e6:
            raise ValueError("plateau_ps must be two rising times in ps")
        if flowing := sorted(set(self.mobile) & self.framework_msd_A2.keys()):
            raise ValueError(f"framework_msd_A2 names {', '.join(flowing)}, which flows: bound the others")
        if not all(0 < bound < 1e6 for bound in self.framework_msd_A2.values()):
            raise ValueError("framework_msd_A2 must be positive, in Å²")
        if not any(self.charges.values()):
            raise ValueError("charges are all zero: give formal charges, for the ionic conductivity")
        if (self.structure is None) == (self.structure_file is None):
            raise ValueError("give either [structure] or structure_file")
        if self.structure is not None:
            _check_cell(self.structure.cell)
        sites = () if self.structure is None else self.structure.sites
        for what, symbols in (
            ("mobile", self.mobile),
            ("charges", self.charges),
            ("framework_msd_A2", self.framework_msd_A2),
            ("structure.sites", [site.element for site in sites]),
        ):
            strange = set(symbols) - known
            if strange:
                raise ValueError(f"{what} names {', '.join(sorted(strange))}, not among elements")
        if set(self.charges) != known:
            raise ValueError(f"charges must name every element: {', '.join(self.elements)}")
        return self


def _check_cell(cell: tuple[float, ...]) -> None:
    lengths, angles = np.array(cell[:3]), np.array(cell[3:])
    possible = (lengths > 0).all() and (angles > 0).all() and (angles < 180).all()
    if not possible or angles.sum() >= 360 or 2 * angles.max() >= angles.sum():
        raise ValueError(
            f"structure.cell {list(cell)} spans no volume: lengths in Å, then alpha, beta, gamma in degrees"
        )


def load_material(path: str | Path) -> Material:
    """Read a material.toml; raises ConfigError with every fault listed."""
    material = load_toml(path, Material)
    if material.structure_file is None:
        return material
    return material.model_copy(update={"structure_file": str(Path(path).parent / material.structure_file)})
