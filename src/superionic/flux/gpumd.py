"""GPUMD's compute.out as a FluxSeries.

Columns, whatever the order of the keywords after `compute` in run.in: jp, jk, momentum; within each
quantity x of group 0..G-1, then y, then z (GPUMD manual, page compute.out; confirmed by reading its
table of columns). GPUMD's units, eV^(3/2) u^(-1/2) and u^(1/2) eV^(1/2), are our internal units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import TextIO

import numpy as np
from ase import Atoms

from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, Array, mass_current
from ..frames import read_structure
from .equipartition import check_equipartition
from .reader import Reader, ReadOptions
from .series import FluxError, FluxSeries

QUANTITIES = ("jp", "jk", "momentum")
"""Order of the quantities in compute.out: fixed by GPUMD, not by run.in."""


def read_gpumd(
    paths: Sequence[str | Path],
    structure: Atoms,
    groups: Sequence[str],
    temperature_K: float | Array,
    dt_fs: float,
    volume_A3: float | Array | None = None,
) -> FluxSeries:
    """Read one compute.out per replica, written by `compute <grouping> <every> 1 jp jk momentum`.

    temperature_K, volume_A3 : one number, or one per replica
    structure     : model.xyz; gives numbers of atoms and masses, and the volume unless `volume_A3` is given
    groups        : chemical symbol of each group of the grouping method, in its order; groups with the
                    same symbol are added up. "P+S" is a group of several elements that do not flow by
                    themselves, as a framework: they get no mass current of their own
    dt_fs         : time between rows of compute.out (time step x sample interval x output interval)

    Raises FluxError: wrong number of columns, ragged or unreadable lines, unequal lengths, unknown symbols,
    momenta that contradict temperature and masses (equipartition.py).
    """
    symbols = structure.get_chemical_symbols()
    labels = tuple(dict.fromkeys(groups))
    named = [symbol for label in labels for symbol in label.split("+")]
    if set(named) != set(symbols) or len(set(named)) != len(named):
        raise FluxError(
            f"groups name {', '.join(labels)}, the structure holds {', '.join(dict.fromkeys(symbols))}: "
            "give one symbol per group, in the order of the grouping method; P+S for a group of both"
        )
    tables = [_read_currents(Path(path), groups, labels) for path in paths]
    lengths = {len(table) for table in tables}
    if len(lengths) != 1:
        raise FluxError(
            f"replicas have unequal numbers of samples: {sorted(lengths)}; cut them to the shortest"
        )
    names = (ENERGY_POTENTIAL, ENERGY_KINETIC, *labels)
    values = {name: np.stack([table[:, index] for table in tables]) for index, name in enumerate(names)}
    del tables
    currents = {name: values[name] for name in (ENERGY_KINETIC, ENERGY_POTENTIAL)}
    momenta = {label: values[label] for label in labels}
    for name, column in ((ENERGY_POTENTIAL, "jp"), (ENERGY_KINETIC, "jk")):
        if not currents[name].any():
            raise FluxError(f"{column} is zero throughout: write it with `compute ... jp jk momentum`")
    masses = _masses(structure)
    group_masses = {label: sum(masses[s] * symbols.count(s) for s in label.split("+")) for label in labels}
    check_equipartition(momenta, group_masses, temperature_K)
    currents |= {mass_current(label): momenta[label] for label in labels if "+" not in label}
    return FluxSeries(
        currents=currents,
        dt_fs=dt_fs,
        volume_A3=float(structure.get_volume()) if volume_A3 is None else volume_A3,
        temperature_K=temperature_K,
        masses=masses,
        counts={symbol: symbols.count(symbol) for symbol in named},
        provenance={"reader": "gpumd compute.out", "files": [Path(path).name for path in paths]},
    )


def structure_of(path: str | Path) -> Atoms:
    """The one structure of a file, in a cell; raises FluxError that names it."""
    try:
        atoms = read_structure(path)
    except (OSError, ValueError) as error:
        raise FluxError(f"{path} does not exist" if isinstance(error, OSError) else str(error)) from None
    if atoms.cell.rank < 3:
        raise FluxError(f"{path}: its cell is open, a conductivity wants a volume")
    return atoms


def _masses(structure: Atoms) -> Mapping[str, float]:
    """Of the structure's mass column, which GPUMD runs with, if there is one; else the elements'."""
    given = structure.arrays.get("mass", structure.get_masses())
    masses: dict[str, float] = {}
    for symbol, mass in zip(structure.get_chemical_symbols(), given, strict=True):
        if abs(masses.setdefault(symbol, float(mass)) - mass) > 1e-6:
            raise FluxError(f"atoms of {symbol} have different masses: a mass current needs one mass")
    return masses


def _read_currents(path: Path, groups: Sequence[str], labels: Sequence[str]) -> Array:
    """(samples, 2 + labels, 3): potential and kinetic energy current, momentum of all groups of a label.

    Read in pieces, so that a long file takes the memory of its sums alone.
    """
    columns = 3 * len(QUANTITIES) * len(groups)
    members = np.array([[group == label for group in groups] for label in labels], float)
    pieces = []
    with path.open(encoding="utf-8") as lines:
        for table in _tables(path, lines):
            if table.shape[1] != columns:
                raise FluxError(
                    f"{path}: {table.shape[1]} columns, expected {columns} = 9 x {len(groups)} groups "
                    f"({', '.join(groups)}) for jp, jk and momentum alone: write it with "
                    "`compute <grouping> <every> 1 jp jk momentum` and give one --groups entry per group"
                )
            # (rows, quantity, xyz, group)
            split = table.reshape(-1, len(QUANTITIES), 3, len(groups))
            energies, momentum = split[:, :2].sum(axis=-1), split[:, 2]
            pieces.append(np.concatenate([energies, np.einsum("kg,nxg->nkx", members, momentum)], axis=1))
    if not pieces:
        raise FluxError(f"{path}: empty")
    return np.concatenate(pieces)


ROWS_AT_ONCE = 100_000


def _tables(path: Path, lines: TextIO) -> Iterator[Array]:
    """The file in pieces of ROWS_AT_ONCE; raises FluxError that names the line in the whole file."""
    for first in count(0, ROWS_AT_ONCE):
        try:
            piece = list(islice(lines, ROWS_AT_ONCE))
        except UnicodeDecodeError:
            raise FluxError(f"{path}: not a table of numbers, it holds bytes that are no text") from None
        if not any(line.strip() for line in piece):
            return
        try:
            yield np.loadtxt(piece, ndmin=2)
        except ValueError as error:
            raise FluxError(
                f"{path}: unreadable as a table ({error}, counted from line {first + 1}); remove a line cut "
                "short at the end"
            ) from None


def _recognises(path: Path) -> bool:
    """A table of numbers whose first row has nine columns per group."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        words = next((line.split() for line in lines if line.strip()), [])
    try:
        return bool([float(word) for word in words]) and len(words) % (3 * len(QUANTITIES)) == 0
    except ValueError:
        return False


def _read(paths: Sequence[Path], options: ReadOptions) -> FluxSeries:
    return read_gpumd(
        paths,
        structure=structure_of(options.require("structure")),
        groups=options.require("groups"),
        temperature_K=options.require("temperature_K"),
        dt_fs=options.require("dt_fs"),
        volume_A3=options.volume_A3,
    )


GPUMD = Reader(
    "gpumd",
    "compute.out of GPUMD",
    _recognises,
    _read,
    needs=("structure", "temperature_K", "dt_fs", "groups"),
    takes=("volume_A3",),
)
