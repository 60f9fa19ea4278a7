"""One label: run the calculator in its own process, then prepare energy, forces and stress for training."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import IO, Any

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from ..config import ConfigError
from ..provenance import sha256_json, write_text_atomically
from ..units import GPA_PER_EV_PER_A3
from . import worker_label
from .settings import DftSettings


class LabelError(RuntimeError):
    """A calculation that ended without energy, forces and stress."""


def answer_file(settings: DftSettings, name: str) -> Path:
    """File of the answer of one calculation; written atomically."""
    return settings.work / f"{name}.answer.json"


def calculate(
    settings: DftSettings,
    atoms: Atoms,
    name: str,
    python: str,
    *,
    tight: str | None = None,
    lock: IO[str] | None = None,
) -> dict[str, Any]:
    """The calculator's answer for one structure (worker_label.py), computed now or left by a killed worker.

    name  : of the request and answer files in the work folder
    tight : name of tighter settings, see DftSettings.tight
    lock  : inherited by the calculation

    Raises LabelError when the calculation fails.
    """
    request = {
        "calculator": settings.calculator,
        "parameters": settings.parameters_for(str(atoms.info["shape"]), tight),
        "symbols": atoms.get_chemical_symbols(),
        "positions": atoms.positions.tolist(),
        "cell": atoms.cell.array.tolist(),
        "pbc": atoms.pbc.tolist(),
    }
    request_path = settings.work / f"{name}.request.json"
    answer_path = answer_file(settings, name)
    if not (_read(answer_path) and _read(request_path) == request):
        answer_path.unlink(missing_ok=True)
        write_text_atomically(request_path, json.dumps(request))
        _run(settings, name, python, request_path, answer_path, lock)
    answer = _read(answer_path)
    if not isinstance(answer, dict):
        raise LabelError("the calculator's answer is no table")
    if "error" in answer:
        raise LabelError(answer["error"])
    for key, shape in (("energy", ()), ("forces", (len(atoms), 3)), ("stress", (3, 3))):
        try:
            value = np.asarray(answer.get(key), dtype=float)
        except (TypeError, ValueError):
            value = np.array(np.nan)
        if value.shape != shape or not np.isfinite(value).all():
            raise LabelError(f"the calculator gave no finite {key} of shape {shape}")
    return dict(answer)


def _read(path: Path) -> Any:
    """A JSON file; None if it is missing or incomplete."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _run(
    settings: DftSettings, name: str, python: str, request: Path, answer: Path, lock: IO[str] | None
) -> None:
    """Run worker_label.py, and stop it when this process is asked to stop."""
    log = settings.work / f"{name}.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [python, "-u", worker_label.__file__, str(request), str(answer)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(settings, python),
            pass_fds=() if lock is None else (lock.fileno(),),
        )
        try:
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if status != 0 or not answer.exists():
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise ChildProcessError(
            f"{python} ended with status {status} while labelling {name}: {' '.join(last) or 'no output'} "
            f"(log: {log}); is ASE with {settings.calculator} installed there?"
        )


def blas_kernels(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """Environment variables that select the OpenBLAS kernels for this CPU.

    An OpenBLAS older than the CPU falls back to generic kernels, five times slower.
    """
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    for needed, core in (("avx512vl", "SkylakeX"), ("avx2", "Haswell")):
        if needed in flags:
            return {"OPENBLAS_CORETYPE": core}
    return {}


def environment(settings: DftSettings, python: str) -> dict[str, str]:
    """Environment of the calculation: one thread, matching kernels, prepared files first in the search path.

    The interpreter's own programs come first in PATH, so that the preparation uses the same installation.
    Runs the preparation if its files are missing; raises ConfigError when its command fails.
    """
    beside = str(Path(python).absolute().parent)
    path = f"{beside}:{os.environ.get('PATH', '')}"
    variables = {"OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1", **blas_kernels(), **os.environ, "PATH": path}
    preparation = settings.preparation
    if preparation is None:
        return variables
    folder = (settings.work / "prepared").resolve()
    if not all((folder / name).exists() for name in preparation.creates):
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            preparation.command, cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
        absent = [name for name in preparation.creates if not (folder / name).exists()]
        if done.returncode != 0 or absent:
            raise ConfigError(
                f"`{' '.join(preparation.command)}` made no {', '.join(absent)}: {done.stderr[-500:]}"
            )
    rest = os.environ.get(preparation.search_path, preparation.search_path_rest)
    variables[preparation.search_path] = f"{folder}:{rest}" if rest else str(folder)
    return variables


def labelled(settings: DftSettings, atoms: Atoms, answer: dict[str, Any]) -> Atoms:
    """The structure with its label, ready for training.

    Forces have their mean removed: a plane-wave grid breaks translation, so they do not sum to zero. The
    stress gets the Pulay pressure of the settings (see with_pulay).
    """
    forces = np.asarray(answer["forces"])
    mean = forces.mean(axis=0)
    stress = np.asarray(answer["stress"])
    label = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
    label.info = {
        **atoms.info,
        "versions": " ".join(f"{name}={version}" for name, version in answer["versions"].items()),
        "settings": settings.fingerprint(str(atoms.info["shape"])),
        "wall_seconds": round(answer["wall_seconds"], 1),
        "cpu_seconds": round(answer["cpu_seconds"], 1),
        "pulay_GPa": 0.0,
        "mean_force_removed": round(float(np.linalg.norm(mean)), 5),
    }
    if "paw_sets" in answer:
        label.info["paw_sets"] = sha256_json(answer["paw_sets"])[:16]
        label.info["scf_steps"] = answer["scf_steps"]
    label.calc = SinglePointCalculator(
        label, energy=answer["energy"], forces=forces - mean, stress=_voigt((stress + stress.T) / 2)
    )
    return with_pulay(label, settings.pulay_pressure_GPa(atoms))


def with_pulay(label: Atoms, pulay_GPa: float) -> Atoms:
    """The label with this Pulay pressure instead of the one it has; only the stress changes.

    A stress is the derivative at a fixed number of plane waves, which describe a larger cell less well, so
    the calculator's stress has an extra tension, which energies at fixed cutoff do not contain:
    stress = stress_raw - pulay 1.
    """
    results = dict(label.calc.results)
    change = (pulay_GPa - label.info["pulay_GPa"]) / GPA_PER_EV_PER_A3
    results["stress"] = results["stress"] - change * np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    corrected = label.copy()
    corrected.info["pulay_GPa"] = pulay_GPa
    corrected.calc = SinglePointCalculator(corrected, **results)
    return corrected


def pressure_GPa(label: Atoms) -> float:
    """Pressure of a label in GPa, Pulay correction included."""
    return -float(label.get_stress()[:3].mean()) * GPA_PER_EV_PER_A3


def _voigt(stress: np.ndarray) -> np.ndarray:
    return stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
