"""A material: its crystal structure, mobile species and charges, read from a material.toml."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase.data import atomic_numbers
from ase.formula import Formula
from pydantic import Field, model_validator

from .config import StrictModel, load_toml, relative_to


class Site(StrictModel):
    """One Wyckoff site: an element at fractional coordinates of the conventional cell."""

    element: str
    position: tuple[float, float, float]


SHORTEST_A, LONGEST_A = 0.5, 1000.0
"""Range of lattice constants."""

MOST_CHARGE = 8.0

NEARLY = 1e-3
"""Tolerance of lattice constants with respect to the symmetry, Å and degrees."""


class Structure(StrictModel):
    """A crystal by space group, conventional cell and occupied sites."""

    space_group: int = Field(ge=1, le=230)
    cell: tuple[float, float, float, float, float, float]
    """a, b, c in Å and alpha, beta, gamma in degrees."""
    unit: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
    """Rows of the working unit cell in terms of the primitive (or conventional) lattice vectors."""
    primitive: bool
    """Whether `unit` refers to primitive instead of conventional vectors."""
    sites: tuple[Site, ...]
    source: str


class Material(StrictModel):
    """Description of a material; `elements` is the order of the potential's types."""

    name: str
    title: str
    elements: tuple[str, ...]
    mobile: tuple[str, ...] = Field(min_length=1)
    charges: dict[str, float]
    """Formal charge of every element, for the ionic conductivity; they add up to zero."""
    formula: str = ""
    """Expected composition of the sites, as Li3PS4: detects a site duplicated by a mistyped coordinate."""
    structure: Structure | None = None
    structure_file: str | None = None
    """Instead of `structure`: a file that ASE reads (CIF, POSCAR, extxyz), relative to the material.toml.
    Partial occupancies of a CIF become ordered supercells, a different one for each replica."""
    plateau_ps: tuple[float, float] = (5.0, 10.0)
    """Lags over which the running Green-Kubo integrals are averaged; the second is the longest lag."""
    framework_msd_A2: dict[str, float] = Field(default_factory=dict)
    """Largest MSD in Å² of framework species as long as the crystal is intact."""

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
            _check_system(self.structure)
        if not all(abs(charge) <= MOST_CHARGE for charge in self.charges.values()):
            raise ValueError(f"charges {self.charges}: formal charges are between -4 and 7")
        if self.formula:
            _check_formula(self.formula)
        sites = () if self.structure is None else self.structure.sites
        for what, symbols in (
            ("mobile", self.mobile),
            ("charges", self.charges),
            ("framework_msd_A2", self.framework_msd_A2),
            ("structure.sites", [site.element for site in sites]),
        ):
            unexpected = set(symbols) - known
            if unexpected:
                raise ValueError(f"{what} names {', '.join(sorted(unexpected))}, not among elements")
        if set(self.charges) != known:
            raise ValueError(f"charges must name every element: {', '.join(self.elements)}")
        return self


def _check_cell(cell: tuple[float, ...]) -> None:
    lengths, angles = np.array(cell[:3]), np.array(cell[3:])
    possible = (lengths > 0).all() and (angles > 0).all() and (angles < 180).all()
    if possible and not (lengths.min() >= SHORTEST_A and lengths.max() <= LONGEST_A):
        raise ValueError(
            f"structure.cell {list(cell)}: lengths are in Å, between {SHORTEST_A:g} and {LONGEST_A:g}"
        )
    if not possible or angles.sum() >= 360 or 2 * angles.max() >= angles.sum():
        raise ValueError(
            f"structure.cell {list(cell)} spans no volume: lengths in Å, then alpha, beta, gamma in degrees"
        )


def _check_formula(text: str) -> None:
    try:
        count = Formula(text, strict=True).count()
    except ValueError:
        count = {}
    if not count or min(count.values()) < 1:
        raise ValueError(f"formula {text!r} is no chemical formula, as Li3PS4 is one")


def _check_system(structure: Structure) -> None:
    """The cell has the shape that its space group asks for (International Tables A, table 2.1.2.1)."""
    a, b, c, alpha, beta, gamma = structure.cell
    number = structure.space_group
    square = abs(alpha - 90) < NEARLY and abs(beta - 90) < NEARLY
    right = square and abs(gamma - 90) < NEARLY
    same = abs(a - b) < NEARLY
    rhombohedral = same and abs(a - c) < NEARLY and max(abs(alpha - beta), abs(alpha - gamma)) < NEARLY
    hexagonal = same and square and abs(gamma - 120) < NEARLY
    fits = {
        "cubic": right and same and abs(a - c) < NEARLY,
        "hexagonal": hexagonal,
        "trigonal": hexagonal or rhombohedral,
        "tetragonal": right and same,
        "orthorhombic": right,
        "monoclinic": sum(abs(angle - 90) < NEARLY for angle in (alpha, beta, gamma)) >= 2,
        "triclinic": True,
    }
    first = {195: "cubic", 168: "hexagonal", 143: "trigonal", 75: "tetragonal", 16: "orthorhombic"}
    first |= {3: "monoclinic", 1: "triclinic"}
    name = next(system for begin, system in first.items() if number >= begin)
    if not fits[name]:
        raise ValueError(f"space group {number} is {name}, structure.cell {list(structure.cell)} is not")


def load_material(path: str | Path) -> Material:
    """Read a material.toml; raises ConfigError with every fault listed."""
    material = load_toml(path, Material)
    if material.structure_file is None:
        return material
    return material.model_copy(update={"structure_file": str(relative_to(path, material.structure_file))})
