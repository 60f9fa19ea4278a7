"""Small labelled data sets made by a random model, so that training is tested without ab-initio data."""

from __future__ import annotations

from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase.calculators.singlepoint import SinglePointCalculator

from superionic.engines.torch_engine import TorchEngine
from superionic.system import System
from superionic.training.dataset import Frame, read_frames
from tests.models import random_parameters, random_structure

ELEMENTS = ("Li", "P", "S")


@pytest.fixture(scope="session")
def labelled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """14 frames of 12 atoms labelled by a random model: the last two for testing, one without stress."""
    engine = TorchEngine(random_parameters(ELEMENTS, neurons=3, seed=4))
    frames = []
    for number in range(14):
        atoms = random_structure(ELEMENTS, 12, 6.5, seed=number)
        labels = engine.compute(System.from_atoms(atoms, ELEMENTS))
        stress = -labels.virial[0] / atoms.get_volume()
        results = {"energy": labels.energy[0], "forces": labels.forces[0]}
        if number != 3:
            results["stress"] = 0.5 * (stress + stress.T)[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
        atoms.calc = SinglePointCalculator(atoms, **results)
        atoms.info.update(id=f"frame{number}", split="train" if number < 12 else "test")
        frames.append(atoms)
    path = tmp_path_factory.mktemp("labels") / "labels.extxyz"
    ase.io.write(path, frames, format="extxyz")
    return path


@pytest.fixture(scope="session")
def frames(labelled_file: Path) -> list[Frame]:
    return read_frames([labelled_file], ELEMENTS)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)
