"""A run as input of LAMMPS with the pair style of NEP_CPU, and what LAMMPS writes as currents and positions.

Units metal. Thermostat: stochastic velocity rescaling (fix temp/csvr), as in our own runs; barostat:
Martyna-Tobias-Klein (fix npt), which samples the same ensemble. An NPT stage ends in the mean cell of its
second half. Type k is element k of the potential, as the pair style wants it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase.cell import Cell
from ase.data import atomic_masses, atomic_numbers

from ..config import load_toml
from ..conventions import Array
from ..flux.lammps import LammpsMap, read_lammps
from ..flux.series import FluxError, FluxSeries
from ..units import FS_PER_TIME_UNIT
from .config import RunConfig, Stage
from .guards import target_temperature
from .replica import Replica

BAR_PER_GPA = 1e4

PAIR_STYLE = "pair_style nep\npair_coeff * * nep.txt {elements}"
"""As in the README of NEP_CPU (github.com/brucefan1983/NEP_CPU)."""

COMPUTES = """
# nine components of the virial: stress/atom has six, which is wrong for many-body potentials
compute ke all ke/atom
compute pe all pe/atom
compute stress all centroid/stress/atom NULL virial
compute flux all heat/flux ke pe stress
variable px atom mass*vx
variable py atom mass*vy
variable pz atom mass*vz
variable volume equal vol"""


def lammps_files(replica: Replica) -> dict[str, str]:
    """start.data, in.lammps and the column map of flux.dat."""
    return {
        "start.data": _data(replica),
        "in.lammps": _input(replica),
        "columns.toml": _columns(replica),
    }


def _data(replica: Replica) -> str:
    """Atoms and velocities (Å/ps), turned so that the cell is lower triangular."""
    system = replica.system
    lower, rotation = Cell(system.cell[0]).standard_form()
    positions = system.positions[0] @ rotation.T
    velocities = replica.velocities @ rotation.T / (FS_PER_TIME_UNIT * 1e-3)
    lines = [f"{system.n_atoms} atoms", "", f"{system.n_atoms} atoms", f"{len(system.elements)} atom types"]
    lines += [f"0 {lower[k, k]:.12g} {axis}lo {axis}hi" for k, axis in enumerate("xyz")]
    lines += [f"{lower[1, 0]:.12g} {lower[2, 0]:.12g} {lower[2, 1]:.12g} xy xz yz", "", "Masses", ""]
    lines += [f"{number + 1} {mass:.10g}" for number, mass in enumerate(_masses_of_types(replica))]
    lines += ["", "Atoms # atomic", ""]
    for number, (species, position) in enumerate(zip(system.species, positions, strict=True), 1):
        lines.append(f"{number} {species + 1} " + " ".join(f"{value:.12g}" for value in position))
    lines += ["", "Velocities", ""]
    for number, velocity in enumerate(velocities, 1):
        lines.append(f"{number} " + " ".join(f"{value:.12g}" for value in velocity))
    return "\n".join(lines) + "\n"


def _masses_of_types(replica: Replica) -> list[float]:
    """Of all elements of the potential; those that are absent have the periodic table's."""
    system = replica.system
    present = dict(zip(system.species.tolist(), system.masses.tolist(), strict=True))
    return [
        present.get(number, float(atomic_masses[atomic_numbers[symbol]]))
        for number, symbol in enumerate(system.elements)
    ]


def _present(replica: Replica) -> list[str]:
    return [replica.system.elements[species] for species in sorted(set(replica.system.species.tolist()))]


def _input(replica: Replica) -> str:
    config, elements = replica.config, replica.system.elements
    lines = [
        "units metal",
        "atom_style atomic",
        "atom_modify map yes",
        "newton on",
        "box tilt large",
        "read_data start.data",
        PAIR_STYLE.format(elements=" ".join(elements)),
        "neighbor 1.0 bin",
        "neigh_modify every 1 delay 0 check yes",
        f"timestep {config.timestep_fs * 1e-3:.10g}",
        f"thermo {round(config.snapshot_ps * 1000 / config.timestep_fs)}",
        "thermo_style custom step temp pe etotal press vol",
    ]
    if replica.relax_eV_A is not None:
        # conjugate gradients: damped dynamics would leave all velocities zero
        lines += ["min_style cg", "min_modify norm inf", f"minimize 0 {replica.relax_eV_A:g} 1000 10000"]
    for number, stage in enumerate(config.stages):
        steps = round(stage.duration_ps * 1000 / config.timestep_fs)
        lines += ["", f"# stage {number}: {stage.ensemble}, {stage.duration_ps:g} ps", "reset_timestep 0"]
        lines += _ensemble(config, stage, replica.seed + number)
        if stage.ensemble == "npt":
            lines += _to_mean_cell(steps)
        else:
            lines += [*(_sampling(replica) if stage.sample else []), f"run {steps}", "unfix integrate"]
            lines += ["unfix thermostat"] if stage.ensemble == "nvt" else []
    return "\n".join(lines) + "\n"


def _ensemble(config: RunConfig, stage: Stage, seed: int) -> list[str]:
    temperature = f"{target_temperature(config, stage):g}"
    relaxation = f"{temperature} {temperature} {stage.thermostat_fs * 1e-3:g}"
    if stage.ensemble == "npt":
        pressure = f"{config.pressure_GPa * BAR_PER_GPA:g}"
        coupling = "iso" if stage.coupling == "isotropic" else "tri"
        barostat = f"{coupling} {pressure} {pressure} {stage.barostat_fs * 1e-3:g}"
        return [f"fix integrate all npt temp {relaxation} {barostat}"]
    thermostat = [f"fix thermostat all temp/csvr {relaxation} {seed}"] if stage.ensemble == "nvt" else []
    return ["fix integrate all nve", *thermostat]


def _to_mean_cell(steps: int) -> list[str]:
    """Run an NPT stage, then deform the cell to the mean of its second half."""
    first = steps // 2
    second = steps - first
    every = 10 if second % 10 == 0 else 1
    edges = ("lx", "ly", "lz", "xy", "xz", "yz")
    names = [f"mean_{edge}" for edge in edges]
    ends = [f"{axis} final 0 $(f_cell[{k}])" for k, axis in enumerate("xyz", 1)]
    ends += [f"{tilt} final $(f_cell[{k}])" for k, tilt in enumerate(edges[3:], 4)]
    return [
        f"run {first}",
        "reset_timestep 0",
        *(f"variable {name} equal {edge}" for name, edge in zip(names, edges, strict=True)),
        f"fix cell all ave/time {every} {second // every} {second} {' '.join(f'v_{name}' for name in names)}",
        f"run {second}",
        f"change_box all {' '.join(ends)} remap units box",
        "unfix cell",
        "unfix integrate",
    ]


def _sampling(replica: Replica) -> list[str]:
    config = replica.config
    every = round(config.sample_fs / config.timestep_fs)
    snapshot = round(config.snapshot_ps * 1000 / config.timestep_fs)
    lines, momenta = [COMPUTES], []
    for symbol in _present(replica):
        lines.append(f"group {symbol} type {replica.system.elements.index(symbol) + 1}")
        lines.append(f"compute p{symbol} {symbol} reduce sum v_px v_py v_pz")
        momenta.append(f"c_p{symbol}[*]")
    outputs = " ".join(["c_thermo_temp", "v_volume", "c_flux[*]", *momenta])
    return [
        *lines,
        f"fix currents all ave/time {every} 1 {every} {outputs} file flux.dat format ' %.9g'",
        f"dump positions all custom {snapshot} positions.dump xu yu zu",
        "dump_modify positions sort id format float %.6f",
    ]


def _columns(replica: Replica) -> str:
    """The column map (LammpsMap) of flux.dat, which begins with a row of step 0."""
    config, system = replica.config, replica.system

    def vector(name: str, first: int = 1) -> str:
        return "[" + ", ".join(f'"c_{name}[{first + k}]"' for k in range(3)) + "]"

    present = _present(replica)
    symbols = np.array(system.elements)[system.species]
    masses = {symbol: system.masses[symbols == symbol][0] for symbol in present}
    lines = [
        'units = "metal"',
        f"timestep_fs = {float(config.timestep_fs)!r}",
        f"first_step = {round(config.sample_fs / config.timestep_fs)}",
        'temperature = "c_thermo_temp"',
        'volume = "v_volume"',
        f"energy_total = {vector('flux')}",
        f"energy_kinetic = {vector('flux', 4)}",
        *("", "[momentum]", *(f"{symbol} = {vector(f'p{symbol}')}" for symbol in present)),
        *("", "[masses]", *(f"{symbol} = {float(mass)!r}" for symbol, mass in masses.items())),
        *("", "[counts]", *(f"{symbol} = {int((symbols == symbol).sum())}" for symbol in present)),
    ]
    return "\n".join(lines) + "\n"


def read_lammps_replicas(folders: Sequence[Path]) -> FluxSeries:
    """The sampled currents of all replicas."""
    for folder in folders:
        if not (folder / "flux.dat").exists():
            raise FluxError(f"{folder / 'flux.dat'} is missing: run LAMMPS there, `lmp -in in.lammps`")
    return read_lammps(
        [folder / "flux.dat" for folder in folders], load_toml(folders[0] / "columns.toml", LammpsMap)
    )


def read_lammps_snapshots(folder: Path, n_atoms: int) -> Array | None:
    """(k, N, 3) unwrapped positions of positions.dump, that of step 0 left out; None without such a file.

    Raises FluxError for a file of other atoms.
    """
    path = folder / "positions.dump"
    if not path.exists():
        return None
    frames: list[list[list[float]]] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("ITEM: NUMBER OF ATOMS") and int(next(lines)) != n_atoms:
                raise FluxError(f"{path}: frame {len(frames)} is not one of {n_atoms} atoms")
            if line.startswith("ITEM: ATOMS"):
                rows = [[float(word) for word in row.split()] for row, _ in zip(lines, range(n_atoms))]  # noqa: B905
                if len(rows) == n_atoms:
                    frames.append(rows)
    return np.array(frames[1:]) if len(frames) > 1 else None
