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

from ..config import StrictModel, load_toml
from ..conventions import ENERGY_KINETIC, ENERGY_POTENTIAL, Array, mass_current
from ..units import FS_PER_TIME_UNIT
from .equipartition import check_equipartition
from .reader import Reader, ReadOptions
from .series import FluxError, FluxSeries

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

    Raises FluxError: no table with these columns, uneven steps, unequal replicas, momenta that contradict
    temperature and masses (equipartition.py).
    """
    _check_masses(columns)
    named = [columns.step, *columns.energy_total, *columns.energy_kinetic]
    named = list(dict.fromkeys([*named, *(name for names in columns.momentum.values() for name in names)]))
    tables = [_table(Path(path), columns.step, named) for path in paths]
    spacings = {_spacing(table[columns.step], path) for table, path in zip(tables, paths, strict=True)}
    lengths = {len(table[columns.step]) for table in tables}
    if len(spacings) != 1 or len(lengths) != 1:
        raise FluxError(
            f"replicas differ in spacing {sorted(spacings)} or length {sorted(lengths)}: cut them alike"
        )

    def vector(names: Columns) -> Array:
        return np.stack([np.stack([table[name] for name in names], axis=-1) for table in tables])

    velocity, energy = VELOCITY[columns.units], ENERGY[columns.units]
    total = vector(columns.energy_total) * (energy * velocity)
    kinetic = vector(columns.energy_kinetic) * (energy * velocity)
    currents = {ENERGY_KINETIC: kinetic, ENERGY_POTENTIAL: total - kinetic}
    momenta = {symbol: vector(names) * velocity for symbol, names in columns.momentum.items()}
    species_masses = {symbol: columns.masses[symbol] * columns.counts[symbol] for symbol in columns.counts}
    check_equipartition(momenta, species_masses, columns.temperature_K)
    currents |= {mass_current(symbol): momentum for symbol, momentum in momenta.items()}
    return FluxSeries(
        currents=currents,
        dt_fs=spacings.pop() * columns.timestep_fs,
        volume_A3=columns.volume_A3,
        temperature_K=columns.temperature_K,
        masses=columns.masses,
        counts=columns.counts,
        provenance={"reader": "lammps", "files": [Path(path).name for path in paths]},
    )


def _check_masses(columns: LammpsMap) -> None:
    lacking = sorted(set(columns.momentum) - (set(columns.masses) & set(columns.counts)))
    columns_named = [
        *columns.energy_total,
        *columns.energy_kinetic,
        *(name for names in columns.momentum.values() for name in names),
        columns.step,
    ]
    if twice := sorted({name for name in columns_named if columns_named.count(name) > 1}):
        raise FluxError(f"the map gives {', '.join(twice)} two meanings: one column for each")
    wrong = [s for s in columns.masses if columns.masses[s] <= 0 or columns.counts.get(s, 1) <= 0]
    if wrong:
        raise FluxError(f"mass and count of {', '.join(wrong)} must be positive")
    if lacking or set(columns.masses) != set(columns.counts):
        raise FluxError(
            f"masses name {', '.join(columns.masses)}, counts {', '.join(columns.counts)}, momentum "
            f"{', '.join(columns.momentum)}: give mass and count of every species of the system"
        )


def _table(path: Path, step: str, names: Sequence[str]) -> Mapping[str, Array]:
    """The named columns of every table that has them, joined in time.

    A log holds one table per run command, in the plain or in the yaml style; a fix ave/time file one. Tables
    without these columns, as of an equilibration in another thermo_style, are passed over. Warnings and
    other programs' lines inside a table are as well; a row lost among them shows as an uneven step.
    """
    headers: list[str] = []
    rows: list[list[float]] = []
    places: list[int] | None = None
    width = 0
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = _words(line)
        if step in words:
            headers = words
            missing = [name for name in names if name not in words]
            places = None if missing else [words.index(name) for name in names]
            width = len(words)
        elif words[:2] == ["Loop", "time"]:
            places = None
        elif places is not None and len(words) == width and not line.startswith("#"):
            row = _numbers(words)
            if row is not None:
                rows.append([row[place] for place in places])
    if not headers:
        raise FluxError(f"{path}: no table with a column {step!r}; name the step column in the map")
    if not rows:
        missing = [name for name in names if name not in headers]
        what = f"no column {', '.join(missing)}" if missing else "no row"
        raise FluxError(f"{path}: {what}; the last table has {', '.join(headers)}")
    table = np.asarray(rows)
    # runs that continue a run print its last step again
    repeated = np.diff(table[:, 0], prepend=-np.inf) == 0
    return dict(zip(names, table[~repeated].T, strict=True))


def _words(line: str) -> list[str]:
    """Words of a plain line, or of a line of the yaml style: `keywords: ['Step', ...]`, `  - [0, 1.5, ]`."""
    text = line.strip()
    if text.startswith(("keywords:", "- [")):
        inside = text.partition("[")[2].rpartition("]")[0]
        return [word.strip().strip("'\"") for word in inside.split(",") if word.strip()]
    return text.lstrip("# ").split()


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


LOOKED_AT = 100_000
"""Bytes at the beginning of a file in which its table must begin to be recognised."""


def _recognises(path: Path) -> bool:
    """A log, or a table with a step column."""
    with path.open("rb") as handle:
        lines = handle.read(LOOKED_AT).decode("utf-8", errors="replace").splitlines()
    return any(line.startswith("LAMMPS (") or {"Step", "TimeStep"} & set(_words(line)) for line in lines)


def _read(paths: Sequence[Path], options: ReadOptions) -> FluxSeries:
    return read_lammps(paths, load_toml(options.require("columns"), LammpsMap))


LAMMPS = Reader("lammps", "a table of LAMMPS", _recognises, _read, needs=("columns",))
