"""Native engine, moving cells: step by step equal to the readable integrator; a list that stays whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superionic.engines.base import BlockPlan, BlockResult, CellRescaling
from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.md.integrators import advance, run_block
from superionic.md.thermostats import maxwell_velocities, rescaling_noise
from superionic.system import Array, System
from superionic.units import to_internal_time
from tests.models import random_parameters, random_structure

PARAMETERS = random_parameters(cutoffs=(4.0, 3.5), l_max=(2, 0, 0), neurons=4, seed=3)


def hot_replicas() -> tuple[System, Array]:
    """Two replicas in different triclinic cells, one of them turned out of lower-triangular form."""
    atoms = random_structure(PARAMETERS.elements, 24, 8.0, seed=3)
    system = System.from_atoms(atoms, PARAMETERS.elements, 2)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    strains = np.array([1.02 * turn, np.eye(3) + 0.05 * np.triu(np.ones((3, 3)))])
    system = system.moved(system.positions @ strains, system.cell @ strains)
    return system, maxwell_velocities(system, 300.0, np.random.default_rng(7))


def barostat(steps: int, n_replicas: int, **options) -> CellRescaling:
    """About 1 % of cell at a time."""
    given = {"pressure": 0.05, "temperature_K": 300.0, "period": 2.0, "compressibility": 1.0}
    given |= {"isotropic": False, "every": 3} | options
    normals = np.random.default_rng(5).normal(size=(steps // given["every"], n_replicas, 3, 3))
    return CellRescaling(**given, normals=normals)


def plan(steps: int, system: System, **options) -> BlockPlan:
    rng = np.random.default_rng(9)
    return BlockPlan(
        steps,
        to_internal_time(0.5),
        sample_every=4,
        temperature_K=300.0,
        thermostat_period=to_internal_time(30.0),
        thermostat_noise=rescaling_noise(steps, system.n_replicas, system.n_atoms, rng),
        cell_rescaling=barostat(steps, system.n_replicas, **options),
    )


def worst_difference(found: BlockResult, wanted: BlockResult) -> dict[str, float]:
    names = ["positions", "velocities", "cell", "mean_cell", "currents", "potential_energy"]
    names += ["kinetic_energy", "heat_from_thermostat"]
    pairs = {name: (getattr(found, name), getattr(wanted, name)) for name in names}
    for name in ("site_energies", "forces", "virial"):
        pairs[name] = getattr(found.evaluation, name), getattr(wanted.evaluation, name)
    return {name: float(np.abs(a - b).max()) for name, (a, b) in pairs.items()}


@pytest.mark.parametrize("isotropic", [True, False], ids=["isotropic", "full cell"])
@pytest.mark.parametrize("every", [1, 3])
def test_block_equals_the_readable_integrator(isotropic, every) -> None:
    system, velocities = hot_replicas()
    block = plan(24, system, isotropic=isotropic, every=every)
    slow, fast = TorchEngine(PARAMETERS), NativeEngine(PARAMETERS, "float64")
    start = slow.compute(system)
    wanted = run_block(slow, system, velocities, start, block)
    found = advance(fast, system, velocities, start, block)
    assert np.abs(wanted.cell - system.cell).max() > 0.05
    assert np.abs(wanted.mean_cell - wanted.cell).max() > 0.01
    differences = worst_difference(found, wanted)
    assert max(differences.values()) < 1e-9, differences


def test_left_handed_cells_are_treated_as_the_readable_integrator_does() -> None:
    system, velocities = hot_replicas()
    mirror = np.diag([1.0, 1.0, -1.0])
    system = system.moved(system.positions @ mirror, system.cell @ mirror)
    slow, fast = TorchEngine(PARAMETERS), NativeEngine(PARAMETERS, "float64")
    start = slow.compute(system)
    block = plan(6, system)
    differences = worst_difference(
        fast.run_block(system, velocities, start, block), run_block(slow, system, velocities, start, block)
    )
    assert max(differences.values()) < 1e-9, differences


@pytest.mark.parametrize("pressure", [30.0, -30.0], ids=["compressed", "expanded"])
@pytest.mark.parametrize("steps", [8, 13, 21])
def test_the_list_stays_whole_while_the_cell_shrinks(steps, pressure) -> None:
    """Atoms at rest in a cell that loses 1.5 % a step: only the strain can spend the skin."""
    engine = NativeEngine(PARAMETERS, "float64")
    atoms = random_structure(PARAMETERS.elements, 60, 13.0, seed=2)
    system = System.from_atoms(atoms, PARAMETERS.elements)
    rate = {"period": 1.0, "compressibility": 1.0, "temperature_K": 0.0, "every": 1}
    rescaling = barostat(steps, 1, pressure=pressure, **rate)
    timestep = 0.0015
    block = BlockPlan(steps, timestep, sample_every=0, cell_rescaling=rescaling)
    end = engine.run_block(system, np.zeros_like(system.positions), engine.compute(system), block)
    shrunk = np.linalg.det(end.cell[0]) / np.linalg.det(system.cell[0])
    assert abs(np.log(shrunk) / steps) > 0.02
    afresh = engine.compute(system.moved(end.positions, end.cell))
    scale = np.abs(afresh.forces).max()
    assert np.abs(end.evaluation.forces - afresh.forces).max() < 1e-11 * scale
    assert np.abs(end.evaluation.virial - afresh.virial).max() < 1e-10 * scale


@pytest.mark.parametrize("isotropic", [True, False], ids=["isotropic", "full cell"])
@pytest.mark.parametrize("engine", [TorchEngine, NativeEngine])
def test_a_violent_barostat_is_refused(isotropic, engine) -> None:
    system, velocities = hot_replicas()
    block = plan(3, system, isotropic=isotropic, pressure=100.0)
    bound = engine(PARAMETERS)
    with pytest.raises(ValueError, match=r"more than 10 % in one step: lengthen the barostat period"):
        advance(bound, system, velocities, bound.compute(system), block)


def test_normals_of_another_shape_are_refused() -> None:
    system, velocities = hot_replicas()
    block = plan(6, system)
    assert block.cell_rescaling is not None
    wrong = replace(block, cell_rescaling=replace(block.cell_rescaling, normals=np.zeros((2, 1, 3, 3))))
    engine = NativeEngine(PARAMETERS)
    with pytest.raises(ValueError, match=r"cell_rescaling.normals must have shape \(2, 2, 3, 3\)"):
        engine.run_block(system, velocities, engine.compute(system), wrong)
