"""LAMMPS thermo logs and fix ave/time files as a FluxSeries.

What to record, with `compute heat/flux` on top of `compute centroid/stress/atom` (the plain stress/atom
symmetrises the virial and is wrong for many-body potentials):

    compute   flux all heat/flux ke pe stress         # six numbers: total flux, then its convective part
    variable  px atom mass*vx                         # and py, pz alike
    compute   pLi Li reduce sum v_px v_py v_pz
    fix       out all ave/time 5 1 5 c_flux[*] c_pLi[*] file flux.dat

The column map then reads energy_total = ["c_flux[1]", "c_flux[2]", "c_flux[3]"],
energy_kinetic = ["c_flux[4]", "c_flux[5]", "c_flux[6]"], momentum.Li = ["c_pLi[1]", "c_pLi[2]", "c_pLi[3]"].
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import constants

from ..config import load_toml
from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, Array, mass_current
from ..units import FS_PER_TIME_UNIT
from .equipartition import check_equipartition
from .lammps_map import STEPS, Columns, LammpsMap
from .lammps_table import names_in, read_columns
from .numpy_table import is_npy, read_npy_columns
from .reader import Reader, ReadOptions
from .series import FluxError, FluxSeries

__all__ = ["LAMMPS", "LammpsMap", "read_lammps"]

_KCAL_PER_MOL_EV = constants.calorie * constants.kilo / constants.N_A / constants.e

VELOCITY = {"metal": FS_PER_TIME_UNIT * 1e-3, "real": FS_PER_TIME_UNIT}
"""Å per internal time unit in Å/ps (metal) or Å/fs (real): factor from LAMMPS velocity to internal."""

ENERGY = {"metal": 1.0, "real": _KCAL_PER_MOL_EV}
"""eV in one LAMMPS energy unit: eV (metal), kcal/mol (real). Masses are g/mol = u in both."""


def read_lammps(paths: Sequence[str | Path], columns: LammpsMap) -> FluxSeries:
    """Read one log, fix ave/time file or other table per replica.

    Raises FluxError: no table with these columns, uneven steps, unequal replicas, momenta that contradict
    temperature and masses (equipartition.py).
    """
    columns.refuse_contradictions()
    tables = [_Table.read(Path(path), columns) for path in paths]
    spacings, lengths = {table.dt_fs for table in tables}, {table.rows for table in tables}
    if len(spacings) != 1 or len(lengths) != 1:
        raise FluxError(
            f"replicas differ in spacing {sorted(spacings)} fs or length {sorted(lengths)}: cut them alike"
        )

    def vector(names: Columns) -> Array:
        """(R, n, 3)"""
        return np.stack([np.stack([table.values[name] for name in names], axis=-1) for table in tables])

    def mean(number: float | None, name: str | None) -> float | Array:
        if number is not None:
            return number
        return np.array([table.values[str(name)].mean() for table in tables])

    temperature_K = mean(columns.temperature_K, columns.temperature)
    volume_A3 = mean(columns.volume_A3, columns.volume)
    species_masses = {symbol: columns.masses[symbol] * columns.counts[symbol] for symbol in columns.counts}
    velocity = VELOCITY[columns.units]
    energy = np.reshape(
        ENERGY[columns.units] * velocity * (volume_A3 if columns.per_volume else 1.0), (-1, 1, 1)
    )
    total = vector(columns.energy_total) * energy
    kinetic = np.zeros_like(total)
    if columns.energy_kinetic is not None:
        kinetic = vector(columns.energy_kinetic) * energy
        if np.array_equal(kinetic, total):
            raise FluxError(
                "the heat flux is its convective part alone: the pair style gives compute heat/flux no "
                "virial of each atom"
            )
    momenta = {symbol: vector(names) * velocity for symbol, names in columns.momentum.items()}
    momenta |= {
        symbol: vector(names) * (velocity * species_masses[symbol])
        for symbol, names in columns.velocity.items()
    }
    check_equipartition(momenta, species_masses, temperature_K)
    currents = {ENERGY_KINETIC: kinetic, ENERGY_POTENTIAL: total - kinetic}
    currents |= {mass_current(symbol): momentum for symbol, momentum in momenta.items()}
    return FluxSeries(
        currents=currents,
        dt_fs=spacings.pop(),
        volume_A3=volume_A3,
        temperature_K=temperature_K,
        masses=columns.masses,
        counts=columns.counts,
        provenance={"reader": "lammps", "files": [Path(path).name for path in paths]},
    )


@dataclass(frozen=True)
class _Table:
    """The columns of one replica."""

    dt_fs: float
    values: Mapping[str, Array]

    @property
    def rows(self) -> int:
        return len(next(iter(self.values.values())))

    @classmethod
    def read(cls, path: Path, columns: LammpsMap) -> _Table:
        """Raises FluxError that names the file."""
        if is_npy(path):
            step = [name for name in columns.steps if columns.header is None or name in columns.header][:1]
            values = read_npy_columns(path, [*step, *columns.columns], columns.header)
            steps = values.pop(step[0]) if step else None
        else:
            steps, values = read_columns(
                path, columns.steps, columns.columns, columns.header, columns.first_step, columns.runs
            )
        if steps is None:
            return cls(float(columns.dt_fs or 0.0), values)
        return cls(_spacing(steps, path) * float(columns.timestep_fs or 0.0), values)


def _spacing(steps: Array, path: str | Path) -> int:
    spacing = np.diff(steps)
    if len(spacing) == 0 or spacing[0] <= 0 or not (spacing == spacing[0]).all():
        uneven = int(np.argmax(spacing != spacing[0])) if len(spacing) else 0
        raise FluxError(f"{path}: steps are not evenly spaced after step {steps[uneven]:g}; give one stretch")
    return int(spacing[0])


LOOKED_AT = 100_000
"""Bytes at the beginning of a file in which its table must begin to be recognised."""

COMPUTED = re.compile(r"[cvf]_\w+(\[\d+\])*$")
"""A column of a compute, variable or fix."""


def _recognises(path: Path) -> bool:
    """A log, a table with a step column or with one that a compute wrote, a .npy file."""
    if is_npy(path):
        return True
    with path.open("rb") as handle:
        lines = handle.read(LOOKED_AT).decode("utf-8", errors="replace").splitlines()
    return any(line.startswith("LAMMPS (") or any(map(_names_a_column, names_in(line))) for line in lines)


def _names_a_column(word: str) -> bool:
    return word in STEPS or COMPUTED.match(word) is not None


def _read(paths: Sequence[Path], options: ReadOptions) -> FluxSeries:
    return read_lammps(paths, load_toml(options.require("columns"), LammpsMap))


LAMMPS = Reader("lammps", "a table of LAMMPS", _recognises, _read, needs=("columns",))
