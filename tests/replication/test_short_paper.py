"""Placeholders are filled with the numbers of the tables; an unknown one is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replication.paper import short_paper
from replication.paper.short_paper import fill
from replication.paths import flux_file
from replication.reduced.results import read_results
from superionic.conventions import ENERGY_KINETIC, mass_current
from superionic.flux.files import read_flux
from superionic.transport.analysis import analyse

RUN = "li3ps4/nepA-650K-6144"


def test_numbers_come_from_the_tables() -> None:
    filled = fill(f"κ = [[{RUN} kappa_onsager]] after [[{RUN} total_ns]] ns, [[word]]", {"word": "said"})
    results = read_results(RUN)
    total = results.get("total_time", "direct").value / 1000
    assert filled == f"κ = {results.get('kappa_onsager')} after {total:.1f} ns, said"
    assert fill("[[exponent li3ps4 nepA 768]]", {}).startswith("−")


@pytest.mark.parametrize("placeholder", ["", "word", "no/run kappa_onsager", "exponent li3ps4", "a b c d e"])
def test_an_unknown_placeholder_is_refused(placeholder: str) -> None:
    with pytest.raises(ValueError, match="not a known placeholder"):
        fill(f"[[{placeholder}]]", {})


def test_costs_grow_with_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [line.split("|")[1:-1] for line in short_paper.cost_table().splitlines()[2:]]
    hours = {(row[0].strip(), row[1].strip()): float(row[4]) for row in rows}
    assert len(hours) >= 5
    assert hours["α-Li₃PS₄", "6144"] > 5 * hours["α-Li₃PS₄", "768"] > 10 * hours["α-Li₃PS₄", "192"]


def test_a_zero_of_energy_moves_the_naive_value() -> None:
    """Against the exact gauge transform of the currents: every atom by 1 eV, lithium by 1 - 5 m_Li/M_PS4."""
    series = read_flux(flux_file("li3ps4/nepA-650K-192"))
    raised = dict(series.currents)
    for symbol, mass in series.masses.items():
        raised[ENERGY_KINETIC] = raised[ENERGY_KINETIC] + series.currents[mass_current(symbol)] / mass
    naive = [
        analyse(one, "Li").green_kubo.onsager.naive_kappa.value
        for one in (series, replace(series, currents=raised))
    ]
    assert short_paper.zero_of_energy("li3ps4/nepA-650K-192") == pytest.approx(naive, rel=2e-3)
    assert naive[1] > 1.5 * naive[0]
