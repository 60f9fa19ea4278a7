"""The CUDA engine, lane by lane on the CPU and on a GPU where there is one: equal to the reference."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from ase import Atoms

from superionic.engines.base import BlockResult
from superionic.engines.cuda.geometry import choose_bins, list_interval
from superionic.engines.cuda_engine import CudaDevice, CudaEngine, CudaUnavailable
from superionic.engines.torch_engine import TorchEngine
from superionic.md.integrators import run_block
from superionic.nep.format import NEPParameters
from superionic.system import System
from tests.engines.cuda_cases import Bind, binder, model, plan, replicas
from tests.models import random_structure

SHAPES = {
    "one species": {"elements": ("Li",), "l_max": (4, 2, 0)},
    "five-body, ZBL": {"l_max": (4, 2, 1), "zbl": (1.0, 2.4)},
    "three-body only": {"l_max": (3, 0, 0), "n_max": (4, 5)},
    "l up to 2": {"l_max": (2, 2, 0), "neurons": 33},
    "l up to 1": {"l_max": (1, 0, 1), "n_max": (3, 2)},
    "many functions": {"n_max": (16, 12), "basis_size": (12, 11), "elements": ("Li", "S"), "neurons": 40},
    "six species": {"elements": ("Li", "P", "S", "Cu", "Se", "Cl"), "basis_size": (9, 4)},
}


@pytest.fixture(params=["emulated", pytest.param("gpu", marks=pytest.mark.gpu)])
def bind(request: pytest.FixtureRequest) -> Bind:
    if request.param == "gpu":
        try:
            CudaDevice()
        except CudaUnavailable as reason:
            pytest.skip(f"needs a CUDA device: {reason}")
    return binder(request.param)


def tolerance(wanted: np.ndarray) -> float:
    """Float32 in between: a few parts in a million of the largest value."""
    return 1e-5 * max(1.0, float(np.abs(wanted).max()))


def assert_close(found: np.ndarray, wanted: np.ndarray, what: str) -> None:
    assert found.shape == wanted.shape, what
    assert np.abs(found - wanted).max() < tolerance(wanted), what


def assert_equal_evaluations(engine: CudaEngine, parameters: NEPParameters, system: System) -> None:
    wanted = TorchEngine(parameters).compute(system, atomic_virials=True)
    found = engine.compute(system, atomic_virials=True)
    for name in ("site_energies", "forces", "virial", "atomic_virials"):
        assert_close(getattr(found, name), getattr(wanted, name), name)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_equals_the_reference(bind: Bind, shape: dict) -> None:
    parameters = model(**shape)
    system, _ = replicas(parameters.elements)
    assert_equal_evaluations(bind(parameters), parameters, system)


@pytest.mark.parametrize("pbc", [False, (True, True, False)], ids=["cluster", "slab"])
def test_open_directions(bind: Bind, pbc: object) -> None:
    parameters = model()
    atoms = random_structure(parameters.elements, 12, 7.0, pbc=pbc)
    if pbc is False:
        atoms.cell = np.zeros((3, 3))
    assert_equal_evaluations(bind(parameters), parameters, System.from_atoms(atoms, parameters.elements))


def test_cell_much_smaller_than_the_cutoff_and_one_of_many_bins(bind: Bind) -> None:
    parameters = model(cutoffs=(4.5, 3.5))
    tiny = Atoms(
        "LiS",
        positions=[[0, 0, 0], [1.4, 1.3, 1.2]],
        cell=[[2.8, 0, 0], [0.4, 2.9, 0], [0, 0.3, 3.1]],
        pbc=True,
    )
    large = random_structure(parameters.elements, 70, 22.0)
    large.positions += 40.0  # far outside of its cell
    engine = bind(parameters)
    for atoms in (tiny, large):
        assert_equal_evaluations(engine, parameters, System.from_atoms(atoms, parameters.elements))
    bins = choose_bins(np.array(large.cell)[None], (True, True, True), 70, 4.8, 1.0)
    assert min(bins.number) >= 3  # so that bins wrap round


def test_close_pairs_feel_the_repulsion_and_coinciding_ones_are_an_error(bind: Bind) -> None:
    parameters = model(zbl=(1.0, 2.0))
    atoms = Atoms("LiPS", positions=[[0, 0, 0], [0.8, 0, 0], [0, 1.5, 0]], cell=9 * np.eye(3), pbc=True)
    engine = bind(parameters)
    assert_equal_evaluations(engine, parameters, System.from_atoms(atoms, parameters.elements))
    atoms.positions[1] = 0
    with pytest.raises(RuntimeError, match="replica 0, energy or forces are not finite"):
        engine.compute(System.from_atoms(atoms, parameters.elements))


def compare_blocks(found: BlockResult, wanted: BlockResult, same_bits: bool = False) -> None:
    for field in fields(BlockResult):
        a, b = getattr(found, field.name), getattr(wanted, field.name)
        if field.name == "evaluation":
            a, b = a.forces, b.forces
        if same_bits:
            assert np.array_equal(a, b), field.name
        else:
            assert_close(a, b, field.name)


@pytest.mark.parametrize("ensemble", ["nve", "nvt", "isotropic", "npt"])
def test_block_equals_the_readable_integrator(bind: Bind, ensemble: str) -> None:
    parameters = model(zbl=(0.9, 1.8))
    system, velocities = replicas(parameters.elements)
    reference = TorchEngine(parameters)
    start, block = reference.compute(system), plan(12, system, ensemble)
    wanted = run_block(reference, system, velocities, start, block)
    engine = bind(parameters)
    found = engine.run_block(system, velocities, start, block)
    compare_blocks(found, wanted)
    assert not np.array_equal(found.cell, system.cell) or ensemble in ("nve", "nvt")
    assert_close(found.evaluation.virial, wanted.evaluation.virial, "virial")


def test_order_of_threads_and_of_replicas_changes_no_bit(bind: Bind) -> None:
    parameters = model(zbl=(0.9, 1.8))
    system, velocities = replicas(parameters.elements, 20)
    block = plan(6, system, "npt")
    start = bind(parameters).compute(system)
    ends = [bind(parameters, turn).run_block(system, velocities, start, block) for turn in (0, 1, 7)]
    compare_blocks(ends[1], ends[0], same_bits=True)
    compare_blocks(ends[2], ends[0], same_bits=True)
    cell = block.cell_rescaling
    assert block.thermostat_noise is not None and cell is not None
    alone = replace(
        block,
        thermostat_noise=block.thermostat_noise[:, 1:],
        cell_rescaling=replace(cell, normals=cell.normals[:, 1:]),
    )
    second = system.moved(system.positions[1:], system.cell[1:])
    engine = bind(parameters)
    single = engine.run_block(second, velocities[1:], engine.compute(second), alone)
    assert np.array_equal(single.positions[0], ends[0].positions[1])
    assert np.array_equal(single.currents[0], ends[0].currents[1])


def test_resumed_run_is_bit_identical(bind: Bind) -> None:
    parameters = model()
    system, velocities = replicas(parameters.elements)
    engine = bind(parameters)

    def blocks(engine: CudaEngine, system: System, velocities: np.ndarray, numbers: range) -> tuple:
        for number in numbers:
            start = engine.compute(system)
            end = engine.run_block(system, velocities, start, plan(6, system, "npt", seed=number))
            system, velocities = system.moved(end.positions, end.cell), end.velocities
        return system, velocities, end

    whole = blocks(engine, system, velocities, range(4))
    half = blocks(engine, system, velocities, range(2))
    resumed = blocks(bind(parameters), half[0], half[1], range(2, 4))
    compare_blocks(resumed[2], whole[2], same_bits=True)


def test_too_little_room_is_noticed_and_changes_no_bit(bind: Bind) -> None:
    parameters = model(cutoffs=(5.0, 4.5))
    system, velocities = replicas(parameters.elements, 30, 7.0)  # up to 70 neighbours, two chunks of lanes
    start, block = TorchEngine(parameters).compute(system), plan(4, system, "nvt")
    roomy, cramped = bind(parameters), bind(parameters)
    wanted = roomy.run_block(system, velocities, start, block)
    cramped.compute(system)
    cramped._shape = replace(cramped._shape, max_radial=16, max_angular=8)
    cramped._room = 16
    found = cramped.run_block(system, velocities, start, block)
    compare_blocks(found, wanted, same_bits=True)
    assert cramped.blocks_run == 3  # once for the list, once for the shared memory
    assert cramped._shape.max_angular > 32


def test_late_lists_are_noticed_and_the_block_done_again(bind: Bind, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = model()
    system, velocities = replicas(parameters.elements)
    start, block = TorchEngine(parameters).compute(system), plan(12, system)
    wanted = run_block(TorchEngine(parameters), system, velocities, start, block)
    engine = bind(parameters, skin_A=0.1)
    monkeypatch.setattr("superionic.engines.cuda_engine.list_interval", lambda *_: 12)
    compare_blocks(engine.run_block(system, velocities, start, block), wanted)
    assert engine.blocks_run > 1


def test_atoms_that_leave_the_cell_are_folded_and_come_back_unwrapped(bind: Bind) -> None:
    parameters = model()
    system, velocities = replicas(parameters.elements)
    system = system.moved(system.positions + np.array([[3.0, -5.0, 11.0]]) @ system.cell)
    start, block = TorchEngine(parameters).compute(system), plan(6, system, "npt")
    wanted = run_block(TorchEngine(parameters), system, velocities, start, block)
    compare_blocks(bind(parameters).run_block(system, velocities, start, block), wanted)


def test_runaway_motion_names_replica_and_step(bind: Bind) -> None:
    parameters = model()
    system, velocities = replicas(parameters.elements)
    engine = bind(parameters)
    start = engine.compute(system)
    for value in (np.nan, 1e200):
        broken = velocities.copy()
        broken[1, 0] = value
        with pytest.raises(RuntimeError, match=r"replica 1, step 1: .*finite"):
            engine.run_block(system, broken, start, plan(4, system))


def test_violent_barostat_and_wrong_input_are_errors(bind: Bind) -> None:
    parameters = model()
    system, velocities = replicas(parameters.elements)
    engine = bind(parameters)
    start, gentle = engine.compute(system), plan(4, system, "npt")
    assert gentle.cell_rescaling is not None
    violent = replace(gentle, cell_rescaling=replace(gentle.cell_rescaling, period=1e-4))
    with pytest.raises(ValueError, match="lengthen the barostat period"):
        engine.run_block(system, velocities, start, violent)
    with pytest.raises(ValueError, match="velocities must have shape"):
        engine.run_block(system, velocities[:1], start, gentle)
    with pytest.raises(ValueError, match="normals must have shape"):
        engine.run_block(
            system, velocities, start, replace(gentle, cell_rescaling=replace(gentle.cell_rescaling, every=1))
        )
    with pytest.raises(ValueError, match="all three directions are periodic"):
        engine.run_block(replace(system, pbc=(True, True, False)), velocities, start, gentle)
    with pytest.raises(ValueError, match="outer ZBL radius"):
        bind(model(zbl=(2.0, 9.0)))
    with pytest.raises(ValueError, match="angular cutoff"):
        bind(model(cutoffs=(3.0, 4.0)))
    with pytest.raises(ValueError, match="outside the CUDA engine"):
        bind(model(l_max=(5, 0, 0)))
    with pytest.raises(ValueError, match="numbers species"):
        engine.compute(replace(system, elements=("Na", "P", "S")))


def test_a_shrinking_cell_gets_bins_anew(bind: Bind) -> None:
    parameters = model()
    system, velocities = replicas(parameters.elements, 40, 14.6)  # three bins of 4.8 Å, hardly
    start, block = TorchEngine(parameters).compute(system), plan(8, system, "isotropic")
    assert block.cell_rescaling is not None
    squeeze = replace(block, cell_rescaling=replace(block.cell_rescaling, pressure=2.0, period=0.4))
    wanted = run_block(TorchEngine(parameters), system, velocities, start, squeeze)
    assert (wanted.cell[:, 0, 0] < 0.9 * system.cell[:, 0, 0]).all()
    engine = bind(parameters)
    compare_blocks(engine.run_block(system, velocities, start, squeeze), wanted)
    assert engine.blocks_run > 1


def test_list_interval_is_safe_and_falls_on_cell_moves() -> None:
    system, velocities = replicas(("Li", "P", "S"))
    free = list_interval(system, velocities, 300.0, 0.1, 1.0, 0)
    fastest = np.sqrt((velocities**2).sum(-1).max())
    assert free > 1 and free * 0.1 * fastest < 0.5
    assert list_interval(system, 10 * velocities, 300.0, 0.1, 1.0, 0) < free
    assert list_interval(system, velocities, 30000.0, 0.1, 1.0, 0) < free
    assert 10 % list_interval(system, velocities, 300.0, 0.1, 1.0, 10) == 0
    assert list_interval(system, velocities * np.nan, 300.0, 0.1, 1.0, 0) == 1
