"""The ensembles of md.integrators are what they are called, and whole runs do what their files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from superionic.md.integrators import advance
from superionic.testing.ensembles import ENSEMBLES
from superionic.testing.runs import RUNS, a_resumed_run_is_the_same_to_the_bit
from tests.subjects import ENGINES, MARKS, subject


@pytest.mark.parametrize("contract", ENSEMBLES, ids=lambda contract: contract.__name__)
def test_ensemble_keeps_the_contract(contract) -> None:
    contract(advance)


@pytest.mark.parametrize("contract", RUNS, ids=lambda contract: contract.__name__)
def test_run_keeps_the_contract(contract, tmp_path: Path) -> None:
    contract(tmp_path)


@pytest.mark.parametrize("engine", [pytest.param(name, marks=MARKS.get(name, [])) for name in ENGINES])
def test_a_resumed_run_is_the_same_to_the_bit(engine: str, tmp_path: Path) -> None:
    a_resumed_run_is_the_same_to_the_bit(subject(engine, "li3ps4"), tmp_path)
