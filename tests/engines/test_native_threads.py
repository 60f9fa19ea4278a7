"""Native engine, one replica on several threads: the same bits for any number of them, the same errors."""

from __future__ import annotations

import numpy as np
import pytest

from superionic.engines.base import BlockPlan, CellRescaling
from superionic.engines.native_engine import NativeEngine
from superionic.engines.torch_engine import TorchEngine
from superionic.md.thermostats import maxwell_velocities, rescaling_noise
from superionic.system import Array, System
from superionic.units import to_internal_time
from tests.models import random_parameters, random_structure

PARAMETERS = random_parameters(cutoffs=(4.0, 3.5), l_max=(2, 0, 0), neurons=4, seed=3)
THREADS = (2, 3, 5, 64, 100_000)


def crystal(n_replicas: int = 1, repeat: tuple[int, int, int] = (2, 2, 2)) -> tuple[System, Array]:
    """480 atoms of a triclinic crystal, in several chunks; replicas differ."""
    atoms = random_structure(PARAMETERS.elements, 60, 13.0, seed=2).repeat(repeat)
    system = System.from_atoms(atoms, PARAMETERS.elements, n_replicas)
    rng = np.random.default_rng(0)
    system = system.moved(system.positions + rng.normal(0, 0.05, system.positions.shape))
    return system, maxwell_velocities(system, 300.0, rng)


def npt(steps: int, system: System) -> BlockPlan:
    rng = np.random.default_rng(9)
    return BlockPlan(
        steps,
        to_internal_time(0.5),
        sample_every=3,
        temperature_K=300.0,
        thermostat_period=to_internal_time(30.0),
        thermostat_noise=rescaling_noise(steps, system.n_replicas, system.n_atoms, rng),
        cell_rescaling=CellRescaling(
            0.01, 300.0, 20.0, 1.0, False, 2, rng.normal(size=(steps // 2, system.n_replicas, 3, 3))
        ),
    )


@pytest.mark.parametrize("precision", ["mixed", "float64"])
@pytest.mark.parametrize("pbc", [(True, True, True), (True, False, True)], ids=["bulk", "slab"])
def test_one_evaluation_has_the_same_bits(precision, pbc) -> None:
    system, _ = crystal()
    system = System(**{**vars(system), "pbc": pbc})
    alone = NativeEngine(PARAMETERS, precision, threads=1).compute(system, atomic_virials=True)
    for threads in THREADS:
        team = NativeEngine(PARAMETERS, precision, threads=threads).compute(system, atomic_virials=True)
        for name, values in vars(alone).items():
            assert np.array_equal(getattr(team, name), values), (threads, name)


@pytest.mark.parametrize("n_replicas", [1, 2, 5])
def test_a_block_has_the_same_bits(n_replicas) -> None:
    """Whole replicas to threads, several threads to a replica, and five replicas on two or three threads."""
    system, velocities = crystal(n_replicas)
    block = npt(30, system)
    ends = {}
    for threads in (1, *THREADS):
        engine = NativeEngine(PARAMETERS, threads=threads)
        ends[threads] = engine.run_block(system, velocities, engine.compute(system), block)
    assert np.abs(ends[1].cell - system.cell).max() > 0.01
    for threads in THREADS:
        for name, values in vars(ends[1]).items():
            if name != "evaluation":
                assert np.array_equal(getattr(ends[threads], name), values), (threads, name)
        assert np.array_equal(ends[threads].evaluation.forces, ends[1].evaluation.forces)
        assert np.array_equal(ends[threads].evaluation.virial, ends[1].evaluation.virial)


def test_chunks_add_up_to_the_reference() -> None:
    """Forces and virials of atoms that several chunks see."""
    system, _ = crystal(repeat=(3, 2, 1))
    exact = TorchEngine(PARAMETERS).compute(system, atomic_virials=True)
    ours = NativeEngine(PARAMETERS, "float64", threads=3).compute(system, atomic_virials=True)
    scale = np.abs(exact.forces).max()
    for name, values in vars(exact).items():
        assert np.abs(getattr(ours, name) - values).max() < 1e-11 * max(1.0, scale), name


@pytest.mark.parametrize("precision", ["mixed", "float64"])
def test_total_virial_is_the_sum_of_the_atoms(precision) -> None:
    system, _ = crystal(2)
    found = NativeEngine(PARAMETERS, precision).compute(system, atomic_virials=True)
    total = found.atomic_virials.sum(axis=1)
    tolerance = {"mixed": 1e-5, "float64": 1e-12}[precision] * np.abs(found.atomic_virials).sum()
    assert np.abs(found.virial - total).max() < tolerance


def test_errors_do_not_depend_on_the_threads() -> None:
    system, velocities = crystal(3)
    velocities[1:, 400] = 1e9  # atoms that leave
    messages = set()
    for threads in (1, 2, 7):
        engine = NativeEngine(PARAMETERS, threads=threads)
        with pytest.raises(
            RuntimeError, match=r"replica 1, step [1-9][0-9]: .* left for infinity"
        ) as failure:
            engine.run_block(system, velocities, engine.compute(system), BlockPlan(40, 1.0, sample_every=0))
        messages.add(str(failure.value))
    assert len(messages) == 1


def test_threads_above_the_bound_are_not_started() -> None:
    assert NativeEngine(PARAMETERS, threads=10**9).threads <= 1024


@pytest.mark.parametrize("threads", [0, -1, 1.5])
def test_impossible_numbers_of_threads_are_refused(threads) -> None:
    with pytest.raises(ValueError, match="whole number and at least 1"):
        NativeEngine(PARAMETERS, threads=threads)


def test_empty_systems_are_refused() -> None:
    engine = NativeEngine(PARAMETERS)
    system, _ = crystal()
    nothing = System(np.zeros((1, 0, 3)), system.cell, np.zeros(0, int), np.zeros(0), system.elements)
    none = System(system.positions[:0], system.cell[:0], system.species, system.masses, system.elements)
    for empty, message in ((nothing, "1 replicas of 0 atoms"), (none, "0 replicas of 480 atoms")):
        with pytest.raises(ValueError, match=message):
            engine.compute(empty)


@pytest.mark.parametrize("number", [-1, 3])
def test_species_that_do_not_exist_are_refused(number) -> None:
    system, _ = crystal()
    species = system.species.copy()
    species[7] = number
    with pytest.raises(ValueError, match="species must lie between 0 and 2, one number for each of Li, P, S"):
        NativeEngine(PARAMETERS).compute(System(**{**vars(system), "species": species}))


def test_a_cutoff_of_many_cells_is_refused() -> None:
    system, _ = crystal()
    system = system.moved(system.positions * 1e-3, system.cell * 1e-3)
    with pytest.raises(
        ValueError, match=r"cell height 0\.02.* is too small for the cutoff: repeat the structure"
    ):
        NativeEngine(PARAMETERS).compute(system)


@pytest.mark.parametrize(
    ("slurm", "bound", "threads"),
    [
        ({}, 6, 6),
        ({"SLURM_CPUS_PER_TASK": "4", "SLURM_CPUS_ON_NODE": "5"}, 6, 4),
        ({"SLURM_CPUS_ON_NODE": "5"}, 6, 5),
        ({"SLURM_CPUS_PER_TASK": "16"}, 6, 6),
        ({"SLURM_CPUS_PER_TASK": ""}, 6, 6),
    ],
)
def test_threads_are_what_slurm_gives_and_the_system_allows(monkeypatch, slurm, bound, threads) -> None:
    for name in ("SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in slurm.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(bound)), raising=False)
    assert NativeEngine(PARAMETERS).threads == threads
    assert NativeEngine(PARAMETERS, threads=3).threads == 3
