"""`python -m tests.mutations [name ...]`: plant faults one by one, and show the test that finds each.

Works on a copy of the repository in a temporary folder. A fault that no test of its list finds is printed as
SURVIVES, and the exit status is 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENSEMBLES = "tests/testing/test_ensembles.py"
ENGINES = "tests/testing/test_engines.py"
IDENTITY = "tests/md tests/replication/test_flux.py"


@dataclass(frozen=True)
class Mutation:
    """One fault: `old` becomes `new` in `file` (below src/superionic), to be found by `tests`."""

    file: str
    old: str
    new: str
    tests: str
    select: str = ""
    """Expression for pytest -k: only what takes seconds need run."""


MUTATIONS = {
    "velocities scaled the wrong way": Mutation(
        "md/barostat.py", "velocities @ inverse_transpose", "velocities @ turned", ENSEMBLES
    ),
    "velocities left alone by the barostat": Mutation(
        "md/barostat.py", "velocities @ inverse_transpose", "velocities @ rotation", ENSEMBLES
    ),
    "sign of the virial in the barostat": Mutation(
        "md/barostat.py",
        "momentum_flux + evaluation.virial",
        "momentum_flux - evaluation.virial",
        ENSEMBLES,
    ),
    "sign of the pressure difference": Mutation(
        "md/barostat.py",
        "rate * (pressure - rescaling.pressure)",
        "rate * (rescaling.pressure - pressure)",
        ENSEMBLES,
    ),
    "kinetic pressure forgotten": Mutation(
        "md/barostat.py",
        "momentum_flux + evaluation.virial",
        "0 * momentum_flux + evaluation.virial",
        ENSEMBLES,
    ),
    "noise of the volume too small": Mutation(
        "md/barostat.py",
        "np.sqrt(2 * thermal * rate) * normals",
        "np.sqrt(thermal * rate) * normals",
        ENSEMBLES,
    ),
    "noise of the full cell too large": Mutation(
        "md/barostat.py", "np.sqrt(2 * thermal * rate / 3)", "np.sqrt(2 * thermal * rate)", ENSEMBLES
    ),
    "atoms not moved with the mean cell": Mutation(
        "md/simulate.py",
        "system.moved(system.positions @ np.linalg.solve(system.cell, cell), cell)",
        "system.moved(system.positions, cell)",
        ENSEMBLES,
    ),
    "mean cell of the first half": Mutation(
        "md/simulate.py",
        "range(int(total * SECOND_HALF), total)",
        "range(int(total * SECOND_HALF))",
        ENSEMBLES,
    ),
    "target pressure multiplied": Mutation(
        "md/simulate.py",
        "config.pressure_GPa / GPA_PER_EV_PER_A3",
        "config.pressure_GPa * GPA_PER_EV_PER_A3",
        ENSEMBLES,
    ),
    "target pressure ignored": Mutation(
        "md/simulate.py", "config.pressure_GPa / GPA_PER_EV_PER_A3", "0.0", ENSEMBLES
    ),
    "compressibility inverted": Mutation(
        "md/simulate.py",
        "GPA_PER_EV_PER_A3 / config.bulk_modulus_GPa",
        "config.bulk_modulus_GPa / GPA_PER_EV_PER_A3",
        ENSEMBLES,
    ),
    "sign of the logged virial": Mutation(
        "md/simulate.py",
        "kinetic_pressure + np.trace(now.virial",
        "kinetic_pressure - np.trace(now.virial",
        ENSEMBLES,
    ),
    "seed not in the first velocities": Mutation(
        "md/simulate.py",
        "default_rng([run.config.seed, len(run.config.stages)])",
        "default_rng([0, len(run.config.stages)])",
        ENSEMBLES,
    ),
    "seed not in the noise": Mutation(
        "md/simulate.py",
        "default_rng([config.seed, number, index])",
        "default_rng([0, number, index])",
        ENSEMBLES,
    ),
    "noise not from the segment's number": Mutation(
        "md/simulate.py",
        "rng = np.random.default_rng([config.seed, number, index])",
        "rng = run.__dict__.setdefault('rng', np.random.default_rng([config.seed, number]))",
        ENSEMBLES,
        "resumed",
    ),
    "identity without the seed": Mutation(
        "md/config.py",
        'exclude={"flux_fs"}',
        'exclude={"flux_fs", "seed"}',
        IDENTITY,
        "identity or identities",
    ),
    "identity with one key more": Mutation(
        "md/config.py",
        'content["stages"][-1].pop("duration_ps")',
        'content["stages"][-1].pop("duration_ps")\n        content["version"] = 2',
        IDENTITY,
        "identity or identities",
    ),
    "thermostat with 3N degrees of freedom": Mutation(
        "md/thermostats.py", "return 3 * n_atoms - 3", "return 3 * n_atoms", ENSEMBLES
    ),
    "heat of the thermostat with the wrong sign": Mutation(
        "md/integrators.py",
        "heat += energy * (factor**2 - 1.0)",
        "heat -= energy * (factor**2 - 1.0)",
        ENSEMBLES,
    ),
    "atoms moved a little too short": Mutation(
        "md/integrators.py",
        "        system = system.moved(system.positions + plan.timestep * velocities)\n",
        "        system = system.moved(system.positions + plan.timestep * velocities / 1.001)\n",
        ENGINES,
        "energy_error or block",
    ),
    "virial transposed, native interface": Mutation(
        "engines/native/interface.cpp",
        "*to++ = fields.virial[i].row[a][b]",
        "*to++ = fields.virial[i].row[b][a]",
        ENGINES,
        "native and li3ps4",
    ),
    "virial transposed, native sampling": Mutation(
        "engines/native/dynamics.h",
        "work[a] += fields.virial[i].row[a][b] * v[b]",
        "work[a] += fields.virial[i].row[b][a] * v[b]",
        ENGINES,
        "native and li3ps4",
    ),
    "virial given to the other atom, torch": Mutation(
        "nep/derivatives.py",
        "index_add(0, edges.neighbor, outer)",
        "index_add(0, edges.center, outer)",
        ENGINES,
        "torch and li3ps4",
    ),
    "virial symmetrised, torch": Mutation(
        "nep/derivatives.py",
        "outer = -edges.vectors[:, :, None] * gradients[:, None, :]",
        "outer = -edges.vectors[:, :, None] * gradients[:, None, :]\n    outer = 0.5 * (outer + outer.mT)",
        ENGINES,
        "torch and li3ps4",
    ),
    "neighbour list never rebuilt": Mutation(
        "engines/native/dynamics.h",
        "return spare > 0 && farthest_ <= spare * spare;",
        "return true;",
        ENGINES,
        "native and li3ps4",
    ),
    "third direction taken as open": Mutation(
        "engines/native_engine.py",
        "np.array(system.pbc, np.int32)",
        "np.array([1, 1, 0], np.int32)",
        ENGINES,
        "native and li3ps4",
    ),
    "virial transposed, cuda sampling": Mutation(
        "engines/cuda/motion.cuh",
        "W[3 * k] * v.x + W[3 * k + 1] * v.y + W[3 * k + 2] * v.z",
        "W[k] * v.x + W[3 + k] * v.y + W[6 + k] * v.z",
        ENGINES,
        "emulated and li3ps4",
    ),
    "velocities left alone by the barostat, cuda": Mutation(
        "engines/cuda/cell.cuh",
        "write_matrix(transposed(inverted(turned)), replica.inverse_transpose)",
        "write_matrix(scaled_identity(1), replica.inverse_transpose)",
        ENGINES,
        "emulated and npt",
    ),
    "edges of the wrong image, cuda": Mutation(
        "engines/cuda/lists.cuh",
        "w.n_images - 1 - (c >> atom_bits)",
        "(c >> atom_bits)",
        ENGINES,
        "emulated and li3ps4",
    ),
    "thermostat of the step before, cuda": Mutation(
        "engines/cuda/motion.cuh",
        "static_cast<i64>(step - 1) * w.n_replicas",
        "static_cast<i64>(step > 1 ? step - 2 : 0) * w.n_replicas",
        ENGINES,
        "emulated and nvt",
    ),
    "a barrier removed, cuda": Mutation(
        "engines/cuda/descriptors.cuh",
        "        __syncwarp();\n        const int here",
        "        const int here",
        "tests/engines/test_cuda_engine.py",
        "emulated and order_of_threads",
    ),
    "cutoff function that does not vanish": Mutation(
        "nep/basis.py", "torch.cos(pi * distances", "torch.cos(0.98 * pi * distances", ENGINES, "torch"
    ),
}


def main(names: list[str]) -> int:
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        ignore = shutil.ignore_patterns(".git", ".venv*", "build", "*_cache", "figures", "__pycache__", "dft")
        shutil.copytree(ROOT, copy, ignore=ignore)
        shutil.copytree(ROOT / "src/superionic/dft", copy / "src/superionic/dft")
        for name, mutation in MUTATIONS.items():
            if names and not any(word in name for word in names):
                continue
            path = copy / "src/superionic" / mutation.file
            before = path.read_text(encoding="utf-8")
            if mutation.old not in before:
                raise SystemExit(f"{name}: {mutation.file} no longer holds {mutation.old!r}: mend this list")
            path.write_text(before.replace(mutation.old, mutation.new), encoding="utf-8")
            killer = _first_failure(copy, mutation)
            path.write_text(before, encoding="utf-8")
            survivors += killer is None
            print(f"| {name} | {killer or 'SURVIVES'} |", flush=True)
    return int(survivors > 0)


def _first_failure(copy: Path, mutation: Mutation) -> str | None:
    """Names of up to three tests that fail, or None when all pass."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--tb=no",
        "-rfE",
        "--maxfail=3",
    ]
    words += mutation.tests.split() + (["-k", mutation.select] if mutation.select else [])
    environment = {**os.environ, "PYTHONPATH": f"{copy / 'src'}:{copy}"}
    done = subprocess.run(words, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    failed = re.findall(r"^(?:FAILED|ERROR) \S*?::(.+?)(?: - |$)", done.stdout, re.M)
    if done.returncode not in (0, 1) or (done.returncode == 1 and not failed):
        raise SystemExit(f"pytest did not run:\n{done.stdout}{done.stderr}")
    return ", ".join(failed) if done.returncode else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
