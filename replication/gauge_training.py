"""`python -m replication.gauge_training <material>`: does training on several compositions fix the gauge?

Trains the committee of a material twice with the settings of its training.toml: on the stoichiometric
labels alone, and on those with one ion missing as well. Γ of each model (superionic/gauge.py) on the test
frames says how far apart their heats of transport, and so their naive conductivities, are; forces say that
they are equally good. Writes data/reduced/gauge_training-<material>.csv, and the models that the committee of
the material does not hold into data/potentials/<material>/<folder>; training resumes from build/.
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
from superionic.training.command import train_model
from superionic.training.dataset import read_frames
from superionic.training.settings import TrainingSettings

from .density import frames_apart
from .paths import MATERIALS, POTENTIALS, REDUCED, ROOT, material_file

COLUMNS = "labels,frames_lacking_ions,model,level_eV,level_error,force_error_meV_A"

FOLDERS = {"stoichiometric": "stoichiometric", "both": "vacancies"}
"""Where under data/potentials/<material> the models of a set of labels lie."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.gauge_training", description=__doc__)
    parser.add_argument(
        "material", choices=sorted(path.name for path in MATERIALS.iterdir() if path.is_dir())
    )
    name = parser.parse_args().material
    material = load_material(material_file(f"{name}/any"))
    work = ROOT / "build" / "gauge_training" / name
    labels = _split_labels(name, material, work)
    lines = [COLUMNS]
    committed = load_toml(MATERIALS / name / "training.toml", TrainingSettings)
    whole_only = not any(_split(committed.label_files(), material)[1])
    for kind, files in (("stoichiometric", labels[:1]), ("both", labels)):
        lacking = sum(len(read(file, ":")) for file in files[1:])
        settings = committed.model_copy(
            update={"labels": tuple(files), "potentials": work / kind, "work": work / kind / "work"}
        )
        if (kind == "stoichiometric") == whole_only:  # these are the committed models
            settings = committed
        frames = read_frames(files, material.elements)
        data = {file.name: sha256_file(file) for file in files}
        for model in settings.models:
            if settings is not committed:
                train_model(model, settings, material.elements, frames, data, "cpu")
                _publish(model, settings.potentials, POTENTIALS / name / FOLDERS[kind])
            level, error, force = _judge(settings.potentials / f"{model}.txt", name, material)
            lines.append(f"{kind},{lacking},{model},{level:.5g},{error:.3g},{force:.4g}")
            print(lines[-1], flush=True)
    table = REDUCED / f"gauge_training-{name}.csv"
    write_text_atomically(table, "\n".join(lines) + "\n")
    print(table.relative_to(ROOT))
    return 0


def _publish(model: str, trained: Path, folder: Path) -> None:
    """A copy of a trained potential and its description beside the committed ones."""
    for suffix in (".json", ".txt"):
        text = (trained / f"{model}{suffix}").read_text(encoding="utf-8")
        write_text_atomically(folder / f"{model}{suffix}", text)


def _split_labels(name: str, material: Material, work: Path) -> list[Path]:
    """The labels of a material in two files: with the composition of its unit cell, and with ions missing."""
    whole, lacking = _split(sorted((ROOT / "data" / "dft" / name).glob("*.extxyz")), material)
    if not lacking:
        raise ValueError(f"{name} has no label of a cell that lacks ions: label some first")
    work.mkdir(parents=True, exist_ok=True)
    files = [work / "stoichiometric.extxyz", work / "lacking.extxyz"]
    for file, chosen in zip(files, (whole, lacking), strict=True):
        write_atomically(file, lambda path, chosen=chosen: write(path, chosen, format="extxyz"))  # type: ignore[misc]
    return files


def _split(files: list[Path], material: Material) -> tuple[list[Atoms], list[Atoms]]:
    """Frames with the composition of the unit cell, and frames with ions missing."""
    perfect = _share(unit_cell(material), material.mobile[0])
    frames = [(frame, _share(frame, material.mobile[0])) for file in files for frame in read(file, ":")]
    whole = [frame for frame, share in frames if abs(share - perfect) < 1e-9]
    return whole, [frame for frame, share in frames if share < perfect - 1e-9]


def _share(atoms: Atoms, symbol: str) -> float:
    return atoms.get_chemical_symbols().count(symbol) / len(atoms)


def _judge(potential: Path, name: str, material: Material) -> tuple[float, float, float]:
    """Γ in eV with its error, and the force error in meV/Å, both on the test frames."""
    engine, frames = load_engine(potential), frames_apart(name)
    level = gauge(engine, frames, material.mobile[0]).level
    squares = []
    for frame in frames:
        forces = engine.compute(System.from_atoms(frame, engine.elements)).forces[0]
        squares.append(np.mean((forces - frame.get_forces()) ** 2))
    return level.value, level.standard_error, 1000 * float(np.sqrt(np.mean(squares)))


if __name__ == "__main__":
    sys.exit(status("replication.gauge_training", main))
