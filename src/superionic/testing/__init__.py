"""Contracts that every engine and every ensemble must satisfy, for the engines of this package and for yours.

A contract is a function of a `Subject` (an engine and a structure) that raises `ContractBroken` with the
numbers. With pytest:

    from superionic.testing import Subject, contracts_for

    SUBJECT = Subject(MyEngine("nep.txt"), system, oracle=TorchEngine("nep.txt"), cutoffs=(6.0, 5.0))

    @pytest.mark.parametrize("contract", contracts_for(SUBJECT), ids=lambda contract: contract.__name__)
    def test_my_engine(contract):
        contract(SUBJECT)

The README of this folder lists them.
"""

from __future__ import annotations

from collections.abc import Callable

from ..engines.base import BlockEngine
from . import blocks, currents, evaluation, invariances
from .subject import ContractBroken, Subject

__all__ = ["ContractBroken", "Subject", "contracts_for"]

Contract = Callable[[Subject], None]

EVALUATION: tuple[Contract, ...] = (
    evaluation.forces_are_the_slope_of_the_energy,
    evaluation.virial_is_the_slope_of_the_energy,
    evaluation.atomic_virials_add_up_to_the_virial,
    evaluation.nothing_jumps_at_the_cutoffs,
    invariances.translation_changes_nothing,
    invariances.wrapping_changes_nothing,
    invariances.rotation_turns_the_results,
    invariances.order_changes_nothing,
    invariances.supercells_repeat_the_results,
    invariances.replicas_do_not_see_each_other,
    invariances.open_boundaries_are_a_vacuum,
    currents.current_is_the_rate_of_the_energy_dipole,
)
"""Contracts of an engine alone."""

ORACLE: tuple[Contract, ...] = (
    evaluation.results_equal_the_oracle,
    currents.edge_form_equals_atom_form,
)
"""Contracts that compare an engine with a trusted one."""

MOTION: tuple[Contract, ...] = (
    blocks.energy_error_falls_with_the_square_of_the_time_step,
    blocks.momentum_stays_zero,
    blocks.sampling_changes_nothing,
)
"""Contracts of the dynamics under an engine's forces."""

BLOCKS: tuple[Contract, ...] = (
    blocks.nve_block_equals_the_reference,
    blocks.nvt_block_equals_the_reference,
    blocks.npt_isotropic_block_equals_the_reference,
    blocks.npt_full_cell_block_equals_the_reference,
    blocks.a_block_repeats_to_the_bit,
)
"""Contracts of an engine that runs blocks of MD itself."""


def contracts_for(subject: Subject) -> tuple[Contract, ...]:
    """The contracts that apply to this engine, with or without an oracle and its own blocks."""
    oracle = ORACLE if subject.oracle is not None else ()
    own_blocks = BLOCKS if isinstance(subject.engine, BlockEngine) else ()
    return (*EVALUATION, *oracle, *MOTION, *own_blocks)
