"""Contracts notice faults: engines broken in one way each, and the contract that must say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from superionic.engines.base import Evaluation
from superionic.engines.torch_engine import TorchEngine
from superionic.system import System
from superionic.testing import (
    BLOCKS,
    ContractBroken,
    Subject,
    blocks,
    contracts_for,
    currents,
    evaluation,
    invariances,
)
from superionic.testing.elastic_crystal import elastic_crystal
from tests.models import random_parameters
from tests.subjects import subject


class Broken(TorchEngine):
    """The reference engine with one fault, which turns a system and its right results into wrong ones."""

    def __init__(self, fault: Callable[[System, Evaluation], Evaluation]) -> None:
        super().__init__(random_parameters(zbl=(1.0, 2.0), seed=3))
        self.fault = fault

    def compute(self, system: System, *, atomic_virials: bool = False) -> Evaluation:
        return self.fault(system, super().compute(system, atomic_virials=atomic_virials))


def transposed(_: System, right: Evaluation) -> Evaluation:
    parts = right.atomic_virials
    return replace(right, atomic_virials=None if parts is None else parts.transpose(0, 1, 3, 2))


def symmetrised(system: System, right: Evaluation) -> Evaluation:
    parts = right.atomic_virials
    other = transposed(system, right).atomic_virials
    return replace(right, atomic_virials=None if parts is None else 0.5 * (parts + other))


def too_strong(_: System, right: Evaluation) -> Evaluation:
    return replace(right, forces=right.forces * 1.00001)


def a_percent_too_strong(_: System, right: Evaluation) -> Evaluation:
    return replace(right, forces=right.forces * 1.01)


def other_sign(_: System, right: Evaluation) -> Evaluation:
    return replace(right, virial=-right.virial)


def not_a_number(_: System, right: Evaluation) -> Evaluation:
    return replace(right, site_energies=np.full_like(right.site_energies, np.nan))


def pushed(_: System, right: Evaluation) -> Evaluation:
    return replace(right, forces=right.forces + np.array([1e-3, 0.0, 0.0]))


def first_replica_for_all(_: System, right: Evaluation) -> Evaluation:
    return replace(right, forces=np.repeat(right.forces[:1], len(right.forces), axis=0))


def counts_neighbours(system: System, right: Evaluation) -> Evaluation:
    """A step of 1 meV where a neighbour comes within 4 Å, the angular cutoff."""
    apart = np.linalg.norm(system.positions[:, :, None] - system.positions[:, None], axis=-1)
    return replace(right, site_energies=right.site_energies + 1e-3 * (apart < 4.0).sum(axis=-1))


def sees_the_origin(system: System, right: Evaluation) -> Evaluation:
    return replace(right, site_energies=right.site_energies + 1e-6 * system.positions[:, :, 0])


def sees_the_order(_: System, right: Evaluation) -> Evaluation:
    return replace(right, site_energies=right.site_energies + 1e-6 * np.arange(right.site_energies.shape[1]))


def prefers_a_direction(_: System, right: Evaluation) -> Evaluation:
    return replace(right, forces=right.forces * np.array([1.0, 1.0, 1.00001]))


@pytest.mark.parametrize(
    ("fault", "contract"),
    [
        (transposed, currents.current_is_the_rate_of_the_energy_dipole),
        (symmetrised, currents.current_is_the_rate_of_the_energy_dipole),
        (transposed, currents.edge_form_equals_atom_form),
        (transposed, evaluation.results_equal_the_oracle),
        (too_strong, evaluation.forces_are_the_slope_of_the_energy),
        (other_sign, evaluation.virial_is_the_slope_of_the_energy),
        (other_sign, evaluation.atomic_virials_add_up_to_the_virial),
        (not_a_number, evaluation.results_equal_the_oracle),
        (counts_neighbours, evaluation.nothing_jumps_at_the_cutoffs),
        (first_replica_for_all, invariances.replicas_do_not_see_each_other),
        (sees_the_origin, invariances.translation_changes_nothing),
        (sees_the_origin, invariances.wrapping_changes_nothing),
        (sees_the_order, invariances.order_changes_nothing),
        (sees_the_order, invariances.supercells_repeat_the_results),
        (prefers_a_direction, invariances.rotation_turns_the_results),
        (pushed, blocks.momentum_stays_zero),
        (a_percent_too_strong, blocks.energy_error_falls_with_the_square_of_the_time_step),
        (too_strong, blocks.nve_block_equals_the_reference),
        (other_sign, blocks.npt_isotropic_block_equals_the_reference),
        (prefers_a_direction, blocks.npt_full_cell_block_equals_the_reference),
    ],
    ids=lambda given: given.__name__,
)
def test_a_fault_is_noticed(fault, contract) -> None:
    with pytest.raises(ContractBroken):
        contract(replace(subject("torch", "random"), engine=Broken(fault)))


def test_contracts_are_chosen_by_what_there_is() -> None:
    torch_subject, native = subject("torch", "random"), subject("native", "random")
    assert not set(BLOCKS) & set(contracts_for(torch_subject))
    assert set(BLOCKS) < set(contracts_for(native))
    alone = replace(native, oracle=None)
    assert evaluation.results_equal_the_oracle not in contracts_for(alone)
    with pytest.raises(ValueError, match="compares with an oracle"):
        evaluation.results_equal_the_oracle(alone)
    engine = Broken(too_strong)
    engine.precision = "half"
    with pytest.raises(ValueError, match="'half', must be one of float64"):
        invariances.translation_changes_nothing(Subject(engine, native.system))


def test_elastic_crystal_has_the_slopes_it_says() -> None:
    crystal, system = elastic_crystal(2, 300.0)
    strained = np.eye(3) + 0.05 * np.random.default_rng(0).normal(size=(3, 3))
    system = system.moved(system.positions @ strained, system.cell @ strained)
    tried = Subject(crystal, system)
    evaluation.forces_are_the_slope_of_the_energy(tried)
    evaluation.virial_is_the_slope_of_the_energy(tried)
    evaluation.atomic_virials_add_up_to_the_virial(tried)
    invariances.rotation_turns_the_results(tried)
