"""Crystals as atoms: unit cells, supercells, vacancies, ordered draws of disordered structures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import make_supercell
from ase.formula import Formula
from ase.neighborlist import neighbor_list
from ase.spacegroup import crystal
from ase.spacegroup.spacegroup import SpacegroupValueError

from .config import ConfigError
from .frames import read_structure
from .materials import Material
from .occupancy import draw, is_disordered

Matrix = tuple[tuple[int, ...], ...] | tuple[int, ...]
"""Three repeats, or a 3x3 matrix of rows."""


CLOSEST_A = 0.9
"""Atoms closer than this are a duplicated site: no bond in a solid is so short except those of hydrogen."""


MOST_ROWS = 100

LEAST_HEIGHT_A = 1.0
"""Smallest distance of opposite faces of a cell."""

MOST_ATOMS = 1e7
"""Largest number of atoms in a cell."""


def unit_cell(material: Material) -> Atoms:
    """The working unit cell, its first lattice vector along x and the second in the xy plane.

    Raises ConfigError for overlapping sites, a composition other than the formula, or partial occupancies.
    """
    cell = _cell_of_sites(material) if material.structure is not None else _cell_of_file(material)
    if is_disordered(cell):
        raise ConfigError(
            f"{material.name}: sites are occupied in part, so there is no unit cell: runs draw supercells, "
            "other uses want an ordered structure"
        )
    cell.info.clear()
    _check_distances(cell, material.name)
    _check_composition(cell, material)
    return cell


def draws_differ(material: Material) -> bool:
    """Whether supercells must be drawn at random because of partial occupancies, one per replica."""
    return material.structure_file is not None and is_disordered(_cell_of_file(material))


def drawn_supercell(material: Material, matrix: Matrix, rng: np.random.Generator) -> Atoms:
    """An ordered supercell of a structure with partial occupancies, drawn with `rng` (occupancy.py).

    Raises ConfigError if the draw is not neutral: rounding to whole atoms has changed the composition.
    """
    average = _cell_of_file(material)
    occupancy = average.info["occupancy"]
    ordered = draw(_repeated(average, matrix), occupancy, rng)
    _check_distances(ordered, material.name)
    if material.formula and not _is_multiple(ordered, material.formula):
        drawn = ordered.get_chemical_formula()
        raise ConfigError(
            f"{material.name}: {drawn} drawn from the occupancies is not a multiple of {material.formula}: "
            "mend the occupancies or the formula, or take another supercell"
        )
    charge = sum(material.charges[symbol] for symbol in ordered.get_chemical_symbols())
    if abs(charge) > 1e-6:
        formula = ordered.get_chemical_formula()
        raise ConfigError(
            f"{material.name}: {formula} drawn from the occupancies has charge {charge:+g}: choose a "
            "supercell, or occupancies, that make whole neutral numbers"
        )
    return _standard_orientation(ordered[np.argsort(ordered.numbers, kind="stable")])


def _cell_of_sites(material: Material) -> Atoms:
    structure = material.structure
    assert structure is not None
    if not structure.sites:
        raise ConfigError(f"{material.name}: structure.sites is empty: give the occupied sites")
    if np.abs(structure.unit).max() > MOST_ROWS:
        raise ConfigError(
            f"{material.name}: structure.unit holds numbers beyond {MOST_ROWS}: that is no cell"
        )
    if round(abs(np.linalg.det(np.array(structure.unit, float)))) < 1:
        raise ConfigError(f"{material.name}: structure.unit has its rows in one plane: give three others")
    try:
        atoms = crystal(
            [site.element for site in structure.sites],
            basis=[site.position for site in structure.sites],
            spacegroup=structure.space_group,
            cellpar=structure.cell,
            primitive_cell=structure.primitive,
            onduplicates="error",
        )
    except SpacegroupValueError as error:
        raise ConfigError(f"{material.name}: two sites are the same by symmetry: {error}") from None
    return _standard_orientation(make_supercell(Atoms(atoms), structure.unit))


def _cell_of_file(material: Material) -> Atoms:
    """The structure of a file, with `occupancy` in its info if it has partial occupancies."""
    path = Path(material.structure_file or "")
    try:
        atoms = read_structure(path)
    except OSError:
        raise ConfigError(f"{material.name}: structure_file {path} does not exist") from None
    except ValueError as error:
        raise ConfigError(f"{material.name}: structure_file {error}") from None
    flat = atoms.cell.rank < 3 or np.min(np.abs(atoms.cell.volume) / atoms.cell.areas()) < LEAST_HEIGHT_A
    if not atoms.pbc.all() or flat:
        raise ConfigError(
            f"{material.name}: structure_file {path} holds no crystal: its cell is open or flat"
        )
    occupancy = atoms.info.get("occupancy")
    for kind, parts in (occupancy or {}).items():
        if not all(isinstance(part, float) and 0 <= part <= 1 for part in parts.values()):
            raise ConfigError(f"{material.name}: {path}: site {kind} has the occupancies {parts}")
    elements = {symbol for site in (occupancy or {}).values() for symbol in site} | set(atoms.symbols)
    if unknown := sorted(elements - set(material.elements)):
        raise ConfigError(f"{material.name}: {path} holds {', '.join(unknown)}, not among elements")
    cell = Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
    kinds = atoms.arrays.get("spacegroup_kinds")
    if occupancy and kinds is not None:
        cell.set_array("spacegroup_kinds", kinds)
        cell = _standard_orientation(cell)
        cell.info["occupancy"] = occupancy
        return cell
    return _standard_orientation(cell)


def _check_composition(atoms: Atoms, material: Material) -> None:
    """Raise ConfigError if the sites do not match the formula, or the charges are not neutral."""
    formula = atoms.symbols.formula.reduce()[0]
    found = formula.count()
    if material.formula and not _is_multiple(atoms, material.formula):
        raise ConfigError(
            f"{material.name}: the sites make {atoms.get_chemical_formula()}, not a multiple of "
            f"{material.formula}: correct a position or an element, or the formula"
        )
    charge = sum(material.charges[symbol] * number for symbol, number in found.items())
    if abs(charge) > 1e-6:
        raise ConfigError(f"{material.name}: charges of {formula} add up to {charge:+g}, not to zero")


def _is_multiple(atoms: Atoms, formula: str) -> bool:
    return bool(atoms.symbols.formula.reduce()[0].count() == Formula(formula).reduce()[0].count())


def _check_distances(atoms: Atoms, name: str) -> None:
    """Raise ConfigError if sites overlap, as after a typo or with the wrong choice of origin."""
    first, second, distances = neighbor_list("ijd", atoms, CLOSEST_A)
    if len(distances):
        worst = int(distances.argmin())
        symbols = atoms.get_chemical_symbols()
        pair = f"{symbols[first[worst]]} and {symbols[second[worst]]} {distances[worst]:.2f} Å apart"
        raise ConfigError(
            f"{name}: {pair} in {atoms.get_chemical_formula()}: sites overlap. "
            "Mend a position (write thirds with all digits), or take the other origin of the space group"
        )


def supercell(atoms: Atoms, matrix: Matrix) -> Atoms:
    """Repeat `atoms` by three integers or by an integer 3x3 matrix of rows; atoms sorted by element."""
    repeated = _repeated(atoms, matrix)
    return _standard_orientation(repeated[np.argsort(repeated.numbers, kind="stable")])


def _repeated(atoms: Atoms, matrix: Matrix) -> Atoms:
    rows = np.diag(matrix) if np.ndim(matrix) == 1 else np.asarray(matrix)
    if rows.shape != (3, 3) or abs(np.linalg.det(rows)) < 0.5:
        raise ConfigError(f"supercell must be 3 integers or 3 independent rows of 3 integers, got {matrix}")
    size = len(atoms) * abs(float(np.linalg.det(rows)))
    if size > MOST_ATOMS:
        raise ConfigError(f"supercell {matrix} would hold {size:.2g} atoms, more than {MOST_ATOMS:.0e}")
    heights = 1.0 / np.linalg.norm(np.linalg.inv(rows @ atoms.cell.array), axis=0)
    if heights.min() < LEAST_HEIGHT_A:
        raise ConfigError(
            f"supercell {matrix} is only {heights.min():.2g} Å high: too sheared, take shorter vectors"
        )
    return make_supercell(atoms, rows)


def with_vacancies(atoms: Atoms, vacancies: dict[str, int], rng: np.random.Generator) -> Atoms:
    """A copy with random vacancies of the given elements; raises ValueError when there are too few atoms."""
    keep = np.ones(len(atoms), dtype=bool)
    for symbol, number in vacancies.items():
        sites = np.flatnonzero(np.array(atoms.get_chemical_symbols()) == symbol)
        if number > len(sites):
            raise ValueError(f"cannot remove {number} {symbol} from a cell that has {len(sites)}")
        keep[rng.choice(sites, number, replace=False)] = False
    if not keep.any():
        raise ValueError(f"vacancies {vacancies} leave no atom of {atoms.get_chemical_formula()}")
    return atoms[keep]


def _standard_orientation(atoms: Atoms) -> Atoms:
    """The same crystal with a right-handed lower-triangular cell and wrapped atoms."""
    atoms = atoms.copy()
    if np.linalg.det(atoms.cell.array) < 0:
        atoms.set_cell(atoms.cell.array * np.array([[1.0], [1.0], [-1.0]]), scale_atoms=False)
    standard, _ = atoms.cell.standard_form()
    atoms.wrap()
    atoms.set_cell(standard, scale_atoms=True)
    atoms.info.clear()
    return atoms
