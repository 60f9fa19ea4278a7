"""Every engine keeps every contract."""

from __future__ import annotations

import pytest

from superionic.testing import BLOCKS, EVALUATION, MOTION, ORACLE, Contract
from superionic.testing.currents import edge_form_equals_atom_form
from tests.subjects import COVERED_BY, ENGINES, MARKS, STRUCTURES, subject

CASES = [
    pytest.param(
        engine,
        structure,
        contract,
        id=f"{engine}-{structure}-{contract.__name__}",
        marks=MARKS.get(engine, []),
    )
    for engine in ENGINES
    for structure in STRUCTURES
    if engine in COVERED_BY.get(structure, ENGINES)
    # torch is the oracle of the others and leaves the blocks to md.integrators
    for contract in (
        (*EVALUATION, *MOTION, edge_form_equals_atom_form)
        if engine == "torch"
        else (*EVALUATION, *MOTION, *ORACLE, *BLOCKS)
    )
]


@pytest.mark.parametrize(("engine", "structure", "contract"), CASES)
def test_engine_keeps_the_contract(engine: str, structure: str, contract: Contract) -> None:
    contract(subject(engine, structure))
