"""`python -m replication.gauge_training <material>`: does training on several compositions fix the gauge?

Trains the committee of a material twice with the settings of its training.toml: on the stoichiometric labels
alone, and also on labels of cells with one ion missing. The spread of Γ (superionic/gauge.py) on the test
frames gives the spread of the heats of transport, and so of the naive conductivities; the force errors show
that the models are equally accurate. Writes data/reduced/gauge_training-<material>.csv and the newly trained
models into data/potentials/<material>/<folder>; training resumes from build/.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import read, write

from superionic.cli import status
from superionic.config import load_toml
from superionic.crystals import unit_cell
from superionic.engines import load_engine
from superionic.gauge import gauge
from superionic.materials import Material, load_material
from superionic.provenance import sha256_file, write_atomically, write_text_atomically
from superionic.system import System
from superionic.tables import write_table
from superionic.training.command import train_model
from superionic.training.dataset import read_frames
from superionic.training.settings import TrainingSettings

from .committee.labels import label_files, read_test_frames
from .paths import MATERIALS, POTENTIALS, REDUCED, ROOT, material_file

COLUMNS = ("labels", "frames_lacking_ions", "model", "level_eV", "level_error", "force_error_meV_A")

FOLDERS = {"stoichiometric": "stoichiometric", "both": "vacancies"}
"""Folder under data/potentials/<material> of the models trained on each set of labels."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.gauge_training", description=__doc__)
    parser.add_argument(
        "material", choices=sorted(path.name for path in MATERIALS.iterdir() if path.is_dir())
    )
    name = parser.parse_args().material
    material = load_material(material_file(f"{name}/any"))
    work = ROOT / "build" / "gauge_training" / name
    labels = _split_labels(name, material, work)
    rows = []
    committed = load_toml(MATERIALS / name / "training.toml", TrainingSettings)
    committed_set = "both" if _split(committed.label_files(), material)[1] else "stoichiometric"
    for label_set, files in (("stoichiometric", labels[:1]), ("both", labels)):
        lacking = sum(len(read(file, ":")) for file in files[1:])
        settings = committed.model_copy(
            update={"labels": tuple(files), "potentials": work / label_set, "work": work / label_set / "work"}
        )
        if label_set == committed_set:  # already trained: the committed models
            settings = committed
        frames = read_frames(files, material.elements)
        data = {file.name: sha256_file(file) for file in files}
        for model in settings.models:
            if settings is not committed:
                train_model(model, settings, material.elements, frames, data, "cpu")
                _publish(model, settings.potentials, POTENTIALS / name / FOLDERS[label_set])
            level, error, force = _gauge_and_force_error(settings.potentials / f"{model}.txt", name, material)
            numbers = (f"{level:.5g}", f"{error:.3g}", f"{force:.4g}")
            rows.append((label_set, str(lacking), model, *numbers))
            print(",".join(rows[-1]), flush=True)
    table = REDUCED / f"gauge_training-{name}.csv"
    write_table(table, COLUMNS, rows)
    print(table.relative_to(ROOT))
    return 0


def _publish(model: str, trained: Path, folder: Path) -> None:
    """Copy a trained potential and its report to the committed ones."""
    for suffix in (".json", ".txt"):
        text = (trained / f"{model}{suffix}").read_text(encoding="utf-8")
        write_text_atomically(folder / f"{model}{suffix}", text)


def _split_labels(name: str, material: Material, work: Path) -> list[Path]:
    """The labels in two files: composition of the unit cell, and ions missing."""
    stoichiometric, lacking = _split(label_files(name), material)
    if not lacking:
        raise ValueError(f"{name} has no label of a cell that lacks ions: label some with `make dft`")
    work.mkdir(parents=True, exist_ok=True)
    files = [work / "stoichiometric.extxyz", work / "lacking.extxyz"]
    for file, frames in zip(files, (stoichiometric, lacking), strict=True):
        write_atomically(file, lambda path, frames=frames: write(path, frames, format="extxyz"))  # type: ignore[misc]
    return files


def _split(files: list[Path], material: Material) -> tuple[list[Atoms], list[Atoms]]:
    """Frames with the composition of the unit cell, and frames with ions missing."""
    perfect = _fraction(unit_cell(material), material.mobile[0])
    frames = [(frame, _fraction(frame, material.mobile[0])) for file in files for frame in read(file, ":")]
    stoichiometric = [frame for frame, fraction in frames if abs(fraction - perfect) < 1e-9]
    return stoichiometric, [frame for frame, fraction in frames if fraction < perfect - 1e-9]


def _fraction(atoms: Atoms, symbol: str) -> float:
    return atoms.get_chemical_symbols().count(symbol) / len(atoms)


def _gauge_and_force_error(potential: Path, name: str, material: Material) -> tuple[float, float, float]:
    """Γ in eV with its standard error, and the RMS force error in meV/Å, both on the test frames."""
    engine, frames = load_engine(potential), read_test_frames(name)
    level = gauge(engine, frames, material.mobile[0]).level
    squares = []
    for frame in frames:
        forces = engine.compute(System.from_atoms(frame, engine.elements)).forces[0]
        squares.append(np.mean((forces - frame.get_forces()) ** 2))
    return level.value, level.standard_error, 1000 * float(np.sqrt(np.mean(squares)))


if __name__ == "__main__":
    sys.exit(status("replication.gauge_training", main))
