"""The label queue with GPAW itself, on two atoms of lithium."""

import os
from pathlib import Path

import pytest
from ase import Atoms

from superionic.cli import main
from superionic.dft.label_queue import read_labels
from superionic.dft.settings import load_settings

PARAMETERS = """
mode = { name = "pw", ecut = 300.0 }
xc = "PBE"
kpts = { size = [2, 2, 2] }
occupations = { name = "fermi-dirac", width = 0.1 }
convergence = { density = 1e-6, energy = 1e-6, eigenstates = 1e-8 }
symmetry = { point_group = false }
"""


@pytest.fixture
def python():
    """The interpreter of the environment that labels, made by `make dft`."""
    path = Path(os.environ.get("SUPERIONIC_DFT_PYTHON", ".venv-dft/bin/python"))
    if not path.exists():
        pytest.skip("no GPAW: run `make dft` or set SUPERIONIC_DFT_PYTHON to an interpreter that has it")
    return str(path)


@pytest.mark.dft
@pytest.mark.slow
def test_force_is_the_slope_of_the_energy(make_queue, python):
    """Smeared occupations: only the free energy has the forces as its slope. -dE/dx by central difference."""
    step = 0.02
    frames = []
    for name, shift in (("back", -step), ("middle", 0.0), ("forth", step)):
        atoms = Atoms("Li2", cell=[3.4, 3.4, 3.4], positions=[[0, 0, 0], [1.5 + shift, 1.7, 1.7]], pbc=True)
        atoms.info = {"id": name, "shape": "cubic", "split": "train", "origin": "test"}
        frames.append(atoms)
    path = make_queue(frames, calculator="gpaw:GPAW", parameters=PARAMETERS)
    assert main(["label", str(path), "--python", python]) == 0
    labels = read_labels(load_settings(path), "round0")
    slope = (labels["forth"].get_potential_energy() - labels["back"].get_potential_energy()) / (2 * step)
    middle = labels["middle"]
    assert middle.get_forces()[1, 0] == pytest.approx(-slope, abs=2e-3)
    assert middle.get_forces().sum(axis=0) == pytest.approx([0, 0, 0], abs=1e-8)
    assert len(middle.info["paw_sets"]) == 16
    assert "gpaw=" in middle.info["versions"]
