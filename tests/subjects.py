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
    parameters = random_parameters(zbl=(1.0, 2.0), seed=3)
    system = System.from_atoms(random_structure(parameters.elements, 16, 7.0, seed=2), parameters.elements, 2)
    rng = np.random.default_rng(0)
    system = system.moved(system.positions + rng.normal(0, 0.05, system.positions.shape))
    return _subject(engine, parameters, system, timestep_fs=0.2)


def _subject(engine: str, parameters: Potential, system: System, **options: float) -> Subject:
    try:
        made, zbl = ENGINES[engine](parameters), parameters.shape.zbl or ()
    except EngineUnavailable as reason:
        pytest.skip(f"the {engine} engine cannot run here: {reason}")
    return Subject(
        made,
        system,
        oracle=made if isinstance(made, TorchEngine) else TorchEngine(parameters),
        cutoffs=(*parameters.shape.cutoffs, *zbl),
        **options,
    )


STRUCTURES = {"li3ps4": li3ps4, "random": random_model}


@cache
def subject(engine: str, structure: str) -> Subject:
    """An engine on a structure, made once."""
    return STRUCTURES[structure](engine)
