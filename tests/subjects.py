"""The engines and structures that the contracts are run on. A registered engine is tried by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from superionic.crystals import unit_cell
from superionic.engines import ENGINES as REGISTERED
from superionic.engines.base import Engine, EngineUnavailable
from superionic.engines.cuda_engine import CudaEngine, EmulatedDevice
from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.materials import Material, load_material
from superionic.nep.screening import screened_pairs
from superionic.potentials import Potential, load_potential
from superionic.system import System
from superionic.testing import Subject
from tests.models import random_parameters, random_structure

ROOT = Path(__file__).parent.parent

ENGINES: dict[str, Callable[[Potential], Engine]] = {
    **{name: entry.load for name, entry in REGISTERED.items()},
    "native float64": lambda potential: NativeEngine(potential, "float64"),
    "cuda emulated": lambda potential: CudaEngine(potential, EmulatedDevice()),
}
"""Every registered engine, and variants of ours."""

MARKS = {name: [pytest.mark.gpu] for name, entry in REGISTERED.items() if "cpu" not in entry.devices}
"""Of engines that not every machine can run."""

POTENTIALS = [
    "li3ps4/A",
    "cu2se/A",
    pytest.param("li3ps4/nepA", marks=pytest.mark.network),
    pytest.param("li3ps4/nepC", marks=pytest.mark.network),
]
"""Names for the fixture `potential_file`: ours, which are committed, and the paper's, which are fetched."""


def committed(model: str) -> Path:
    """A potential of ours: "li3ps4/A"."""
    return ROOT / f"data/potentials/{model}.txt"


def crystal(material: str) -> Atoms:
    """The unit cell of a material: 16 atoms of Li3PS4, 12 of Cu2Se."""
    return unit_cell(_material(material))


def hot_crystal(
    material: str, repeat: tuple[int, int, int] = (1, 1, 1), *, replicas: int = 2, rattle: float = 0.06
) -> System:
    """The crystal of a material, sheared, atoms displaced as by heat; replicas differ."""
    atoms = crystal(material).repeat(repeat)
    atoms.set_cell(atoms.cell.array @ (np.eye(3) + 0.02 * np.tri(3)), scale_atoms=True)
    system = System.from_atoms(atoms, _material(material).elements, replicas)
    rng = np.random.default_rng(0)
    return system.moved(system.positions + rng.normal(0, rattle, system.positions.shape))


@cache
def _material(name: str) -> Material:
    return load_material(ROOT / f"replication/materials/{name}/material.toml")


def li3ps4(engine: str) -> Subject:
    """Our own potential of Li3PS4 in the 16-atom cell, which is smaller than twice the cutoff.

    So hot that within twenty steps atoms come into reach that no neighbour list held at the start.
    """
    parameters = load_potential(committed("li3ps4/A"))
    return _subject(engine, parameters, hot_crystal("li3ps4"), temperature_K=3000.0)


def random_model(engine: str) -> Subject:
    """A model of random parameters, stiff and with ZBL, on 16 random atoms in a triclinic cell."""
    return _random(engine, zbl=(1.0, 2.0))


def pair_cutoffs(engine: str) -> Subject:
    """A model whose cutoffs depend on the pair of species, those of its typewise ZBL, too.

    Softer than the others: at 0.2 fs its energy error would drown in the rounding of single precision.
    """
    each = ((5.0, 4.0), (3.6, 3.6), (5.5, 3.2))
    return _random(engine, timestep_fs=1.0, species_cutoffs=each, zbl=(1.0, 2.4), zbl_factor=0.7)


def all_rows(engine: str) -> Subject:
    """A model of every row that a descriptor can have, with flexible ZBL."""
    return _random(engine, l_max=(5, 2, 1, 1, 1, 1, 1), n_max=(3, 2), zbl=(0.0, 0.0))


def _random(engine: str, timestep_fs: float = 0.2, **options) -> Subject:
    parameters = random_parameters(**options, seed=3)
    system = System.from_atoms(random_structure(parameters.elements, 16, 7.0, seed=2), parameters.elements, 2)
    rng = np.random.default_rng(0)
    system = system.moved(system.positions + rng.normal(0, 0.05, system.positions.shape))
    return _subject(engine, parameters, system, timestep_fs=timestep_fs)


def _subject(engine: str, parameters: Potential, system: System, **options: float) -> Subject:
    try:
        made = ENGINES[engine](parameters)
    except EngineUnavailable as reason:
        pytest.skip(f"the {engine} engine cannot run here: {reason}")
    return Subject(
        made,
        system,
        oracle=made if isinstance(made, TorchEngine) else TorchEngine(parameters),
        cutoffs=_cutoffs(parameters),
        **options,
    )


def _cutoffs(parameters: Potential) -> tuple[float, ...]:
    """Where pairs of the last species, with the first and with itself, begin or end to interact."""
    shape = parameters.shape
    found = [shape.pair_cutoffs[:, [0, -1], -1]]
    if shape.zbl is not None:
        found.append(screened_pairs(shape, parameters.zbl_pairs)[[0, -1], -1, :2])
    return tuple(sorted({float(cutoff) for array in found for cutoff in array.ravel()} - {0.0}))


STRUCTURES = {"li3ps4": li3ps4, "random": random_model, "pair cutoffs": pair_cutoffs, "all rows": all_rows}

COVERED_BY = {"pair cutoffs": ("torch", "native", "native float64"), "all rows": ("torch",)}
"""Engines that evaluate a structure's potential, where not all do."""


@cache
def subject(engine: str, structure: str) -> Subject:
    """An engine on a structure, made once."""
    return STRUCTURES[structure](engine)
