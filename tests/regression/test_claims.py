"""The numbers and the verdicts of the claims, held to golden files: a change has to be meant."""

from __future__ import annotations

from replication.paper.claims import load_claims
from replication.paper.verdicts import our_value, verdict

TOLERANCE = {"rtol": 1e-6, "atol": 0.0}


def test_numbers_of_the_claims(num_regression) -> None:
    found = {claim.id: our_value(claim.ours) for claim in load_claims() if claim.ours is not None}
    numbers = {name: [one.value, one.standard_error] for name, one in found.items() if one is not None}
    assert len(numbers) > 20
    num_regression.check(numbers, default_tolerance=TOLERANCE)


def test_verdicts(data_regression) -> None:
    data_regression.check({claim.id: verdict(claim) for claim in load_claims()})
