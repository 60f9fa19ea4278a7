"""Every fault of tests/faults.py still fits the code it is planted in."""

from __future__ import annotations

import pytest

from tests.faults import MUTATIONS
from tests.mutations import ROOT


@pytest.mark.parametrize("name", MUTATIONS)
def test_fault_can_be_planted(name: str) -> None:
    mutation = MUTATIONS[name]
    text = (ROOT / "src/superionic" / mutation.file).read_text(encoding="utf-8")
    assert mutation.old in text
    assert text.replace(mutation.old, mutation.new) != text
