"""A folder in which GPUMD has run: everything an analysis needs is in it.

run.in gives the time step, the sampling interval, the grouping method and the number of rows that compute.out
should have; model.xyz the atoms, masses and groups; thermo.out the mean temperature and volume.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from ase import Atoms

from .gpumd import read_gpumd, structure_of
from .gpumd_input import Sampling, read_run_in
from .reader import Reader, ReadOptions
from .series import FluxError, FluxSeries

CELL_COLUMNS = {9: 3, 12: 3, 15: 9, 18: 9}
"""Columns of thermo.out -> how many of them, the last ones, are the cell."""

ALIKE = 0.05
"""Mean temperatures and volumes of replicas may differ by this part."""


def read_gpumd_runs(
    folders: Sequence[str | Path],
    temperature_K: float | None = None,
    volume_A3: float | None = None,
    groups: Sequence[str] | None = None,
    dt_fs: float | None = None,
) -> FluxSeries:
    """One replica per folder, with its own mean temperature and volume. What is given overrides the files.

    Raises FluxError: a file is missing and nothing given in its place, run.in has no `compute` of jp, jk and
    momentum, more rows than run.in writes (a rerun was appended), replicas sampled differently.
    """
    runs = [_Run.read(Path(folder)) for folder in folders]
    first = runs[0]
    for other in runs[1:]:
        _refuse_unlike(first, other, groups is None)
    series = read_gpumd(
        [run.folder / "compute.out" for run in runs],
        structure=first.structure,
        groups=groups or first.groups(),
        temperature_K=temperature_K or np.array([run.temperature() for run in runs]),
        dt_fs=dt_fs or first.sampling.dt_fs,
        volume_A3=volume_A3 or np.array([run.volume() for run in runs]),
    )
    warned = [warning for run in runs for warning in run.warnings(series.n_samples)]
    return replace(series, provenance={**series.provenance, "warnings": warned})


def sampled_cell(folder: Path) -> np.ndarray:
    """(3, 3) mean cell while the currents were sampled; rows are lattice vectors. Raises FluxError."""
    return np.asarray(_Run.read(folder).cells().mean(axis=0))


def _refuse_unlike(first: _Run, other: _Run, by_groups: bool) -> None:
    """Raise FluxError for runs that are no replicas of each other."""
    if (other.sampling.method, other.sampling.dt_fs) != (first.sampling.method, first.sampling.dt_fs):
        raise FluxError(f"{other.folder} was sampled otherwise than {first.folder}: analyse them apart")
    formulas = [run.structure.get_chemical_formula() for run in (first, other)]
    if formulas[0] != formulas[1]:
        raise FluxError(f"{first.folder} holds {formulas[0]}, {other.folder} {formulas[1]}: no replicas")
    if by_groups and first.groups() != other.groups():
        named = [", ".join(run.groups()) for run in (first, other)]
        raise FluxError(f"groups of {first.folder} are {named[0]}, of {other.folder} {named[1]}")
    for what, one, two in (
        ("temperature", first.temperature(), other.temperature()),
        ("volume", first.volume(), other.volume()),
    ):
        if abs(one - two) > ALIKE * one:
            raise FluxError(
                f"the {what} of {first.folder} is {one:.4g}, of {other.folder} {two:.4g}: no replicas"
            )


@dataclass(frozen=True)
class _Run:
    """One folder: run.in, model.xyz, and the rows of thermo.out while the currents were sampled."""

    folder: Path
    sampling: Sampling
    structure: Atoms
    thermo: np.ndarray | None

    @classmethod
    def read(cls, folder: Path) -> _Run:
        """Raises FluxError for a file that is missing or unreadable."""
        for name in ("run.in", "model.xyz"):
            if not (folder / name).exists():
                raise FluxError(
                    f"{folder / name} is missing: give a folder in which GPUMD has run, or compute.out with "
                    "--format gpumd"
                )
        sampling = read_run_in(folder / "run.in")
        return cls(folder, sampling, structure_of(folder / "model.xyz"), _thermo(folder, sampling))

    def groups(self) -> list[str]:
        """Symbols of each group of the grouping method, in order; P+S for a group of both."""
        name = f"group:I:{self.sampling.method}"
        columns = self.structure.arrays.get("group")
        if columns is None:
            raise FluxError(f"{self.folder / 'model.xyz'} has no column group: give --groups Li,P,S")
        numbers = columns if columns.ndim == 1 else columns[:, self.sampling.method]
        if columns.ndim == 1 and self.sampling.method > 0:
            raise FluxError(f"{self.folder / 'model.xyz'} has one grouping method, run.in uses {name}")
        symbols = np.array(self.structure.get_chemical_symbols())
        present = np.unique(numbers)
        if not np.array_equal(present, np.arange(len(present))):
            raise FluxError(f"{self.folder / 'model.xyz'}: groups are numbered {present[:5]}, not from 0 on")
        return ["+".join(dict.fromkeys(symbols[numbers == number])) for number in present]

    def temperature(self) -> float:
        """Mean over the sampled stretch, else what the ensemble was asked for."""
        if self.thermo is not None:
            return float(self.thermo[:, 0].mean())
        if self.sampling.target_K is None:
            raise FluxError(f"{self.folder}: no thermo.out of the sampled run: give --temperature-K")
        return self.sampling.target_K

    def volume(self) -> float:
        """Mean over the sampled stretch, else that of model.xyz where nothing moved the cell."""
        if self.thermo is None:
            if (self.folder / "restart.xyz").exists():
                return float(structure_of(self.folder / "restart.xyz").get_volume())
            raise FluxError(
                f"{self.folder}: neither thermo.out of the sampled run nor restart.xyz, and the cell of "
                "model.xyz may have changed: give --volume-A3"
            )
        return float(np.abs(np.linalg.det(self.cells())).mean())

    def cells(self) -> np.ndarray:
        """(rows, 3, 3) of thermo.out over the sampled stretch."""
        if self.thermo is None:
            raise FluxError(f"{self.folder}: no thermo.out of the sampled run, which holds the cell")
        cell = self.thermo[:, -CELL_COLUMNS[self.thermo.shape[1]] :]
        return cell.reshape(-1, 3, 3) if cell.shape[1] == 9 else cell[:, :, None] * np.eye(3)

    def warnings(self, rows: int) -> list[str]:
        """Rows that are missing, a temperature off the target; raises FluxError for rows too many."""
        warned = []
        if rows > self.sampling.rows:
            raise FluxError(
                f"{self.folder / 'compute.out'} has {rows} rows, run.in writes {self.sampling.rows}: GPUMD "
                "appends; keep those of one run"
            )
        if rows < self.sampling.rows:
            warned.append(f"{self.folder}: {rows} of {self.sampling.rows} rows: the run was cut short")
        target = self.sampling.target_K
        if target and abs(self.temperature() - target) > 0.02 * target:
            mean = f"the mean temperature is {self.temperature():.1f} K"
            warned.append(f"{self.folder}: {mean} where {target:g} K is asked for")
        return warned


def _thermo(folder: Path, sampling: Sampling) -> np.ndarray | None:
    """The rows of thermo.out that belong to the sampling; None where it has none."""
    path = folder / "thermo.out"
    if not path.exists() or not sampling.thermo:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):  # of an empty file, which is refused below
            table = np.loadtxt(path, ndmin=2)
    except ValueError as error:
        raise FluxError(f"{path}: not a table of numbers ({error})") from None
    sampled = table[sampling.before : sampling.before + sampling.thermo]
    if len(sampled) == 0:
        raise FluxError(
            f"{path} has {len(table)} rows, all from before the sampling: give --temperature-K and "
            "--volume-A3, and move it away"
        )
    if table.shape[1] not in CELL_COLUMNS:
        raise FluxError(f"{path}: {table.shape[1]} columns, expected one of {sorted(CELL_COLUMNS)}")
    return sampled


def _read(paths: Sequence[Path], options: ReadOptions) -> FluxSeries:
    return read_gpumd_runs(paths, options.temperature_K, options.volume_A3, options.groups, options.dt_fs)


GPUMD_RUN = Reader(
    "gpumd-run",
    "a folder in which GPUMD has run",
    Path.is_dir,
    _read,
    takes=("temperature_K", "volume_A3", "groups", "dt_fs"),
    currents="compute.out",
)
