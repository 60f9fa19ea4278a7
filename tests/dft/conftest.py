"""A small label queue with a calculator that takes no time: effective-medium theory for copper and gold."""

import ase.io
import numpy as np
import pytest
from ase.build import bulk

TEXT = """
structures = "{root}/structures"
labels = "{root}/labels"
work = "{root}/work"
calculator = "{calculator}"
pulay_GPa = 2.0
[parameters]
{parameters}
[shapes.cubic]
[tight.other.cubic]
{tight}
"""


@pytest.fixture
def structure():
    """A function that makes a few rattled atoms with everything a task needs."""

    def make(name, element="Cu", seed=0):
        atoms = bulk(element, cubic=True)
        atoms.rattle(0.1, rng=np.random.default_rng(seed))
        atoms.info = {"id": name, "shape": "cubic", "split": "train", "origin": "test"}
        return atoms

    return make


@pytest.fixture
def make_queue(tmp_path):
    """Write structures and a dft.toml; returns the path of the dft.toml."""

    def make(structures, calculator="ase.calculators.emt:EMT", parameters="", tight="", name="round0"):
        folder = tmp_path / "structures"
        folder.mkdir(exist_ok=True)
        ase.io.write(folder / f"{name}.extxyz", structures, format="extxyz")
        path = tmp_path / "dft.toml"
        path.write_text(
            TEXT.format(root=tmp_path, calculator=calculator, parameters=parameters, tight=tight),
            encoding="utf-8",
        )
        return path

    return make
