"""One ab-initio calculation in a process of its own: a JSON request in, a JSON answer out.

    python worker_label.py request.json answer.json

The interpreter needs ASE and the calculator, nothing of this package: a distribution's GPAW with its older
Python and NumPy serves. A failure of the calculation is an answer too, {"error": ...}, with exit status 0;
a broken installation ends with a traceback.

Request: calculator ("module:Class"), parameters (keyword arguments), symbols, positions (Å), cell (Å), pbc.
Answer: energy (eV, force-consistent free energy), forces (eV/Å), stress (eV/Å³, 3x3), wall_seconds,
cpu_seconds, versions, and for GPAW the fingerprints of the PAW sets and the number of self-consistency steps.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
from typing import Any

import ase
import numpy as np


def evaluate(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request; raises whatever the calculator raises."""
    started, started_cpu = time.perf_counter(), time.process_time()
    atoms = ase.Atoms(
        request["symbols"], positions=request["positions"], cell=request["cell"], pbc=request["pbc"]
    )
    atoms.calc = calculator_class(request)(**request["parameters"])
    # the free energy belongs to the forces when occupations are smeared; the extrapolated one does not
    energy = atoms.get_potential_energy(force_consistent=True)
    forces = atoms.get_forces()
    stress = atoms.get_stress(voigt=False)
    if not (np.isfinite(energy) and np.isfinite(forces).all() and np.isfinite(stress).all()):
        raise ArithmeticError("the calculator returned NaN or infinity")
    answer = {
        "energy": float(energy),
        "forces": np.asarray(forces).tolist(),
        "stress": np.asarray(stress).tolist(),
        "wall_seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - started_cpu,
        "versions": versions(package_of(request)),
    }
    answer.update(details_of_gpaw(atoms.calc) if package_of(request) == "gpaw" else {})
    return answer


def calculator_class(request: dict[str, Any]) -> Any:
    """The calculator's class; raises ImportError or AttributeError when it is not installed."""
    module, name = request["calculator"].split(":")
    return getattr(importlib.import_module(module), name)


def package_of(request: dict[str, Any]) -> str:
    """Name of the package that the calculator belongs to."""
    return str(request["calculator"].split(":")[0].split(".")[0])


def versions(package_name: str) -> dict[str, str]:
    """Versions of the calculator's package and of what it ran on."""
    package = importlib.import_module(package_name)
    return {
        package.__name__: getattr(package, "__version__", "unknown"),
        "ase": ase.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def details_of_gpaw(calculator: Any) -> dict[str, Any]:
    """Fingerprints of the PAW sets in use, and how many self-consistency steps were needed."""
    return {
        "paw_sets": {setup.symbol: setup.fingerprint for setup in calculator.setups},
        "scf_steps": int(calculator.get_number_of_iterations()),
    }


def main(request_path: str, answer_path: str) -> None:
    """Read the request, write the answer under a temporary name, rename it."""
    with open(request_path) as handle:
        request = json.load(handle)
    calculator_class(request)  # not installed: an error of the installation, not of this structure
    try:
        answer = evaluate(request)
    except (OSError, MemoryError):
        raise  # missing PAW sets, full disk, no memory: every other structure would fail the same way
    except Exception as error:  # every failure of a calculator is a result to record
        answer = {"error": f"{type(error).__name__}: {error}"}
    temporary = answer_path + ".partial"
    with open(temporary, "w") as handle:
        json.dump(answer, handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, answer_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
