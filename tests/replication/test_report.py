"""The claims: read strictly, judged by stated rules, and never stale in the documents."""

from __future__ import annotations

import numpy as np
import pytest

from replication import report
from replication.paper import claims, tables, verdicts
from replication.paper.claims import Claim, Ours, Published, Temperatures
from replication.paper.verdicts import verdict
from replication.reduced.temperature import TemperatureSeries
from superionic.transport.uncertainty import Estimate


def claim(**changes) -> Claim:
    defaults = {
        "id": "x",
        "figure": "Fig. 1",
        "statement": "s",
        "unit": "1",
        "level": "reproduced",
        "paper": Published(value=1.0, error=0.1, source="somewhere"),
        "ours": Ours(run="m/r", quantity="q"),
    }
    return Claim(**{**defaults, **changes})


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (1.19, 0.0, "reproduced"),
        (1.21, 0.0, "tension"),
        (0.71, 0.0, "tension"),
        (1.31, 0.0, "differs"),
        (1.25, 0.1, "reproduced"),
    ],
)
def test_errors_alone_decide(monkeypatch, value, error, expected) -> None:
    monkeypatch.setattr(verdicts, "run_value", lambda run, quantity, method: Estimate.symmetric(value, error))
    assert verdict(claim()) == expected
    monkeypatch.setattr(verdicts, "run_value", lambda run, quantity, method: None)
    assert verdict(claim()) == "not attempted"


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (-0.05, 0.09, "reproduced"),
        (0.05, 0.11, "not shown"),  # a larger error never helps
        (0.30, 0.01, "differs"),
        (-0.26, 0.10, "not shown"),
    ],
)
def test_a_claim_that_something_vanishes_needs_a_small_error(monkeypatch, value, error, expected) -> None:
    monkeypatch.setattr(verdicts, "run_value", lambda run, quantity, method: Estimate.symmetric(value, error))
    zero = Published(value=0.0, error=0.0, source="abstract", words="invariant")
    assert verdict(claim(paper=zero, bound=0.25)) == expected


def test_nothing_without_a_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a bound"):
        claim(paper=Published(value=0.0, error=0.0, source="abstract"))


def test_rows_say_what_they_could_have_seen(monkeypatch) -> None:
    monkeypatch.setattr(verdicts, "run_value", lambda run, quantity, method: Estimate.symmetric(1.3, 0.0))
    assert verdicts.deviation(claim()) == "+30.0%, +3.0σ; 2σ = 20%, weak"
    assert verdicts.deviation(claim(paper=Published(value=1.0, error=0.05, source="s"))).endswith("2σ = 10%")
    zero = Published(value=0.0, error=0.0, source="s", words="none")
    assert verdicts.deviation(claim(paper=zero, bound=2.0)).endswith("+ 2σ = 1.3, bound 2")


def test_share_of_the_naive_difference(monkeypatch) -> None:
    numbers = {
        ("m/a", "kappa_naive"): Estimate.symmetric(2.0, 0.3),
        ("m/b", "kappa_naive"): Estimate.symmetric(1.0, 0.4),
        ("m/a", "kappa_onsager"): Estimate.symmetric(0.5, 0.03),
        ("m/b", "kappa_onsager"): Estimate.symmetric(0.4, 0.04),
    }
    monkeypatch.setattr(verdicts, "run_value", lambda run, quantity, method: numbers[run, quantity])
    share = verdicts.our_value(Ours(comparison="m/a : m/b", quantity="share"))
    assert share is not None
    assert (share.value, share.standard_error) == pytest.approx((0.1, np.hypot(0.05, 0.1 * 0.5)))


def test_comparisons_propagate_errors(monkeypatch) -> None:
    numbers = {"m/a": Estimate.symmetric(2.0, 0.2), "m/b": Estimate.symmetric(1.0, 0.1)}
    monkeypatch.setattr(verdicts, "run_value", lambda run, quantity, method: numbers[run])
    ratio = verdicts.our_value(Ours(comparison="m/a : m/b", quantity="ratio kappa"))
    assert ratio is not None
    assert (ratio.value, ratio.standard_error) == pytest.approx((2.0, 2.0 * 0.02**0.5))
    difference = verdicts.our_value(Ours(comparison="m/a : m/b", quantity="difference kappa"))
    assert difference is not None
    assert (difference.value, difference.standard_error) == pytest.approx((1.0, 0.05**0.5))


def test_a_verdict_needs_an_error(monkeypatch) -> None:
    monkeypatch.setattr(verdicts, "run_value", lambda run, quantity, method: Estimate.symmetric(1.0, 0.0))
    exact = claim(paper=Published(value=1.0, error=0.0, source="s"))
    for judge in (verdict, verdicts.deviation):
        with pytest.raises(ValueError, match=r"claims.toml, x: neither number has an error"):
            judge(exact)


def test_a_run_or_a_quantity_that_there_is_not_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"no sweep\.toml describes the run 'li3ps4/nepD-650K-192'; did you mean"
    ):
        verdicts.run_value("li3ps4/nepD-650K-192", "kappa_onsager", "spectral")
    with pytest.raises(ValueError, match=r"A-650K-192\.csv has no spectral 'kappa'"):
        verdicts.run_value("li3ps4/A-650K-192", "kappa", "spectral")
    with pytest.raises(ValueError, match="no published number with id 'nothing'"):
        claims.paper_value("nothing")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"comparison": "m/a", "quantity": "ratio kappa"}, "'<run> : <run>', not 'm/a'"),
        ({"comparison": "m/a : m/b : m/c", "quantity": "share"}, "'<run> : <run>'"),
        ({"comparison": "m/a : m/b", "quantity": "sum kappa"}, "'share', not 'sum kappa'"),
        ({"comparison": "m/a : m/b", "quantity": "ratio"}, "'share', not 'ratio'"),
        (
            {"temperatures": Temperatures(material="m", model="x", cell="1"), "quantity": "exponent"},
            "not 'exponent'",
        ),
    ],
)
def test_comparisons_are_checked_as_they_are_read(changes, message) -> None:
    with pytest.raises(ValueError, match=message):
        Ours(**changes)


def test_words_are_quoted_as_words(monkeypatch) -> None:
    monkeypatch.setattr(verdicts, "run_value", lambda run, quantity, method: Estimate.symmetric(0.1, 0.1))
    said = claim(paper=Published(words="invariant", value=0.0, error=0.0, source="abstract"), bound=0.25)
    assert "| “invariant” | 0.10(10) |" in tables.claim_lines((said,))[-1]


def test_exponent_needs_two_temperatures(monkeypatch) -> None:
    def series(*temperatures: float) -> TemperatureSeries:
        kelvin = np.array(temperatures)
        return TemperatureSeries(("r",) * len(kelvin), kelvin, 3.0 / kelvin, 0.01 * 3.0 / kelvin)

    asked = Ours(temperatures=Temperatures(material="m", model="x", cell="1"), quantity="exponent kappa")
    monkeypatch.setattr(verdicts, "temperature_series", lambda *runs: series(500.0))
    assert verdicts.our_value(asked) is None
    monkeypatch.setattr(verdicts, "temperature_series", lambda *runs: series(400.0, 500.0, 800.0))
    found = verdicts.our_value(asked)
    assert found is not None
    assert found.value == pytest.approx(-1.0)
    assert found.standard_error == pytest.approx(0.01 / (3**0.5 * np.std(np.log([400.0, 500.0, 800.0]))))


def test_committed_claims_are_valid_and_documents_current() -> None:
    everything = claims.load_claims()
    assert len(everything) > 5
    for path, text in report.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: make claims"
    assert len(tables.readme_lines(everything)) == 2 + 5


def test_what_differs_is_explained() -> None:
    for one in claims.load_claims():
        if verdict(one) not in ("reproduced", "replicated"):
            assert one.remark, f"{one.id} needs a remark that says why"


def test_pages_need_a_material_of_the_paper(monkeypatch) -> None:
    monkeypatch.setattr(report, "paper_materials", lambda: ())
    with pytest.raises(ValueError, match=r"no figures\.toml says in_paper = true"):
        report.pages()
