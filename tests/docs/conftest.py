"""A folder with small files of every kind that the pages of docs/ name, for their examples to run in."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from superionic import load_engine, read_gpumd_runs, write_flux
from superionic.crystals import unit_cell
from superionic.materials import load_material
from superionic.units import BOLTZMANN_EV_PER_K, FS_PER_TIME_UNIT

ROOT = Path(__file__).parent.parent.parent
TEMPERATURE_K = 650.0
SAMPLES = 6000
SPECIES = ("Li", "P", "S")

RUN_IN = """
potential   nep.txt
time_step   1
ensemble    nvt_bdp 650 650 100
dump_thermo 100
compute     0 5 1 jp jk momentum
run         30000
"""


MAP = """units = "metal"              # or "real"
timestep_fs = 1.0
temperature_K = 650.0
volume_A3 = 3928.0           # mean volume of the cell
step = "TimeStep"            # name of the step column: "Step" in a log
energy_total = ["c_flux[1]", "c_flux[2]", "c_flux[3]"]
energy_kinetic = ["c_flux[4]", "c_flux[5]", "c_flux[6]"]

[momentum]                   # one entry per mobile species
Li = ["c_pLi[1]", "c_pLi[2]", "c_pLi[3]"]

[masses]                     # of all species, in u
Li = 6.94
P = 30.974
S = 32.06

[counts]                     # atoms of each in the cell
Li = 72
P = 24
S = 96
"""


def currents(masses: dict[str, float], seed: int) -> np.ndarray:
    """(samples, 3 quantities, 3 species, xyz): coupled noise, momenta of the temperature, none in all."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, SAMPLES + 200, 3))
    for step in range(1, SAMPLES + 200):
        noise[:, step] = 0.9 * noise[:, step - 1] + np.sqrt(1 - 0.9**2) * noise[:, step]
    heat, flow = noise[:, 200:]
    total = sum(masses.values())
    momenta = np.empty((SAMPLES, 3, 3))
    momenta[:, 0] = flow * np.sqrt(masses["Li"] * (1 - masses["Li"] / total) * BOLTZMANN_EV_PER_K * 650.0)
    # P and S share the recoil of Li, and shake against each other with what equipartition leaves
    share = masses["P"] / (masses["P"] + masses["S"])
    spread = np.sqrt(share * masses["S"] * BOLTZMANN_EV_PER_K * 650.0)
    shake = spread * rng.standard_normal((SAMPLES, 3))
    momenta[:, 1] = -share * momenta[:, 0] + shake
    momenta[:, 2] = -momenta[:, 0] - momenta[:, 1]
    energy = np.zeros((2, SAMPLES, 3, 3))
    energy[0, :, 0] = 0.3 * heat + 0.2 * flow
    energy[1, :, 0] = 0.05 * flow + 0.03 * rng.standard_normal((SAMPLES, 3))
    return np.stack([energy[0], energy[1], momenta], axis=1)


def gpumd_folder(folder: Path, crystal: Atoms, seed: int) -> None:
    """What GPUMD leaves behind: run.in, model.xyz, thermo.out, compute.out."""
    folder.mkdir()
    symbols = crystal.get_chemical_symbols()
    masses = {s: float(crystal.get_masses()[[t == s for t in symbols]].sum()) for s in SPECIES}
    values = currents(masses, seed)
    np.savetxt(folder / "compute.out", values.transpose(0, 1, 3, 2).reshape(SAMPLES, -1), fmt="%.6e")
    (folder / "run.in").write_text(RUN_IN)
    atoms = crystal.copy()
    atoms.arrays["group"] = np.array([SPECIES.index(symbol) for symbol in symbols])
    write(folder / "model.xyz", atoms, format="extxyz", columns=["symbols", "positions", "group"])
    thermo = np.zeros((300, 18))
    thermo[:, 0] = TEMPERATURE_K
    thermo[:, -9:] = crystal.cell.array.ravel()
    np.savetxt(folder / "thermo.out", thermo)


def lammps_table(path: Path, gpumd: Path) -> None:
    """The currents of a GPUMD folder as LAMMPS in metal units would write them with fix ave/time."""
    values = np.loadtxt(gpumd / "compute.out").reshape(SAMPLES, 3, 3, 3)
    per_ps = FS_PER_TIME_UNIT * 1e-3
    kinetic, total = values[:, 1].sum(axis=2), values[:, :2].sum(axis=(1, 3))
    rows = np.hstack([total, kinetic, values[:, 2, :, 0]]) / per_ps
    names = [f"c_flux[{k}]" for k in range(1, 7)] + [f"c_pLi[{k}]" for k in range(1, 4)]
    steps = np.arange(SAMPLES)[:, None] * 5
    header = "Time-averaged data for fix out\n TimeStep " + " ".join(names)
    np.savetxt(path, np.hstack([steps, rows]), fmt=["%d"] + ["%.8e"] * 9, header=header)


RUN = """
material = "material.toml"
potential = { path = "nep.txt" }
supercell = [3, 2, 2]
replicas = 2
temperature_K = 650.0
seed = 1
stages = [
  { ensemble = "npt", duration_ps = 25.0 },
  { ensemble = "nvt", duration_ps = 25.0, sample = true },
]
"""


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Path:
    """run1 … run3 and compute.out (GPUMD), flux1.dat … (LAMMPS), flux.npz, potentials, structures, a CIF."""
    folder = tmp_path_factory.mktemp("docs")
    crystal = unit_cell(load_material(ROOT / "replication/materials/li3ps4/material.toml"))
    crystal = crystal.repeat((3, 2, 2))
    for number in (1, 2, 3):
        gpumd_folder(folder / f"run{number}", crystal, seed=number)
        lammps_table(folder / f"flux{number}.dat", folder / f"run{number}")
    shutil.copy(folder / "flux1.dat", folder / "flux.dat")
    (folder / "map.toml").write_text(MAP, encoding="utf-8")
    write_flux(folder / "flux.npz", read_gpumd_runs([folder / f"run{number}" for number in (1, 2, 3)]))
    for name in ("compute.out", "model.xyz"):
        shutil.copy(folder / "run1" / name, folder / name)
    potentials = ROOT / "data/potentials/li3ps4"
    for name, source in (("nep.txt", "A"), ("mine.txt", "A"), ("other.txt", "B")):
        shutil.copy(potentials / f"{source}.txt", folder / name)
    hot = [crystal.copy() for _ in range(2)]
    for seed, atoms in enumerate(hot):
        atoms.rattle(0.1, seed=seed)
    write(folder / "hot.xyz", hot)
    write(folder / "mine.cif", unit_cell(load_material(ROOT / "replication/materials/li3ps4/material.toml")))
    shutil.copy(ROOT / "replication/materials/li3ps4/material.toml", folder)
    (folder / "run.toml").write_text(RUN, encoding="utf-8")
    load_engine(folder / "nep.txt", "native")  # compiles it, before the clocks of the examples run
    return folder
