"""LAMMPS thermo logs and fix ave/time files as a FluxSeries.

What to record, with `compute heat/flux` on top of `compute centroid/stress/atom` (the plain stress/atom
symmetrises the virial and is wrong for many-body potentials):

    compute   flux all heat/flux ke pe stress         # six numbers: total flux, then its convective part
    variable  px atom mass*vx                         # and py, pz alike
    compute   pLi Li reduce sum v_px v_py v_pz
    fix       out all ave/time 5 1 5 c_flux[*] c_pLi[*] file flux.dat

The column map then reads energy_total = ["c_flux[1]", "c_flux[2]", "c_flux[3]"],
energy_kinetic = ["c_flux[4]", "c_flux[5]", "c_flux[6]"], mass_Li = ["c_pLi[1]", "c_pLi[2]", "c_pLi[3]"].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field
from scipy import constants

from ..config import StrictModel
from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, mass_current
from ..units import FS_PER_TIME_UNIT
from .series import Array, FluxError, FluxSeries

_KCAL_PER_MOL_EV = constants.calorie * constants.kilo / constants.N_A / constants.e

VELOCITY = {"metal": FS_PER_TIME_UNIT * 1e-3, "real": FS_PER_TIME_UNIT}
"""Å per internal time unit in Å/ps (metal) or Å/fs (real): factor from LAMMPS velocity to internal."""

ENERGY = {"metal": 1.0, "real": _KCAL_PER_MOL_EV}
"""eV in one LAMMPS energy unit: eV (metal), kcal/mol (real). Masses are g/mol = u in both."""

Columns = tuple[str, str, str]


class LammpsMap(StrictModel):
    """Which columns hold which current, and what a table of numbers does not say.

    energy_total is the total energy current J_E (not divided by the volume), energy_kinetic its
    convective part; the potential part is their difference.
    """

    units: Literal["metal", "real"]
    timestep_fs: float = Field(gt=0)
    """Time step of the run; multiplied by the difference of the step column."""
    temperature_K: float = Field(gt=0)
    volume_A3: float = Field(gt=0)
    step: str = "Step"
    """Name of the step column: "Step" in a log, "TimeStep" in a fix ave/time file."""
    energy_total: Columns
    energy_kinetic: Columns
    momentum: dict[str, Columns]
    """Species symbol → columns of its total momentum Σ m v."""
    masses: dict[str, float]
    counts: dict[str, int]


def read_lammps(paths: Sequence[str | Path], columns: LammpsMap) -> FluxSeries:
    """Read one log or fix ave/time file per replica.

    Raises FluxError: no table, a column that is not there, uneven steps, unequal replicas.
    """
    tables = [_table(Path(path), columns.step) for path in paths]
    spacings = {_spacing(table[columns.step], path) for table, path in zip(tables, paths, strict=True)}
    lengths = {len(table[columns.step]) for table in tables}
    if len(spacings) != 1 or len(lengths) != 1:
        raise FluxError(
            f"replicas differ in spacing {sorted(spacings)} or length {sorted(lengths)}: cut them alike"
        )

    def vector(names: Columns) -> Array:
        missing = [name for name in names if name not in tables[0]]
        if missing:
            raise FluxError(f"no column {', '.join(missing)}; the table has {', '.join(tables[0])}")
        return np.stack([np.stack([table[name] for name in names], axis=-1) for table in tables])

    velocity, energy = VELOCITY[columns.units], ENERGY[columns.units]
    total = vector(columns.energy_total) * (energy * velocity)
    kinetic = vector(columns.energy_kinetic) * (energy * velocity)
    currents = {ENERGY_KINETIC: kinetic, ENERGY_POTENTIAL: total - kinetic}
    for symbol, names in columns.momentum.items():
        currents[mass_current(symbol)] = vector(names) * velocity
    return FluxSeries(
        currents=currents,
        dt_fs=spacings.pop() * columns.timestep_fs,
        volume_A3=columns.volume_A3,
        temperature_K=columns.temperature_K,
        masses=columns.masses,
        counts=columns.counts,
        provenance={"reader": "lammps", "files": [Path(path).name for path in paths]},
    )


def _table(path: Path, step: str) -> Mapping[str, Array]:
    """Every table of a log (one per run command) or the one of a fix ave/time file, joined in time."""
    names: list[str] = []
    rows: list[list[float]] = []
    inside = False
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.lstrip("# ").split()
        if step in words:
            if names and words != names:
                raise FluxError(f"{path}: the columns change within the file; keep one thermo_style")
            names, inside = words, True
        elif inside and words and not line.startswith("#"):
            row = _numbers(words)
            # a log ends its table with a sentence ("Loop time of ..."), a killed run with half a line
            if row is None or len(row) != len(names):
                inside = False
            else:
                rows.append(row)
    if not rows:
        raise FluxError(f"{path}: no table with a column {step!r}; name the step column in the map")
    table = np.asarray(rows)
    # runs that continue a run print its last step again
    repeated = np.diff(table[:, names.index(step)], prepend=-np.inf) == 0
    return dict(zip(names, table[~repeated].T, strict=True))


def _numbers(words: Sequence[str]) -> list[float] | None:
    try:
        return [float(word) for word in words]
    except ValueError:
        return None


def _spacing(steps: Array, path: str | Path) -> int:
    spacing = np.diff(steps)
    if len(spacing) == 0 or spacing[0] <= 0 or not (spacing == spacing[0]).all():
        uneven = int(np.argmax(spacing != spacing[0])) if len(spacing) else 0
        raise FluxError(f"{path}: steps are not evenly spaced after step {steps[uneven]:g}; give one stretch")
    return int(spacing[0])
