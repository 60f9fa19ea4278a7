"""Placeholders are filled with the numbers of the tables; an unknown one is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replication.paper import short_paper
from replication.paper.short_paper import fill
from replication.paths import REDUCED, flux_file
from replication.reduced.results import read_results, read_speeds
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


def test_costs_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """768 atoms in 8 replicas for 462.5 ps of 2 fs, at a million atom-steps per second: 0.395 hours."""
    asked = []

    def speed(table: str, engine: str, atoms: float) -> float:
        asked.append((table, engine, atoms))
        return 1e6 if engine == short_paper.NATIVE else 1e7

    monkeypatch.setattr(short_paper, "_speed", speed)
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in short_paper.cost_table().splitlines()
    ]
    (row,) = (row for row in rows if row[:2] == ["α-Li₃PS₄", "768"])
    assert row[2:] == ["768 × 8", "250", f"{462_500 / 2 * 768 * 8 / 1e6 / 3600:.2g}", "2.4"]
    assert ("bench.csv", short_paper.NATIVE, 768.0) in asked
    assert ("gpu_bench.csv", short_paper.CUDA, 6144.0) in asked


def test_speeds_are_those_of_the_nearest_size() -> None:
    rows = [row for row in read_speeds(REDUCED / "bench.csv") if row["engine"] == short_paper.NATIVE]
    exact = {
        int(row["n_atoms"]): float(row["atom_steps_per_second"]) for row in rows if row["n_replicas"] == "1"
    }
    assert short_paper._speed("bench.csv", short_paper.NATIVE, 200) == exact[192]
    assert short_paper._speed("bench.csv", short_paper.NATIVE, 6000) == exact[6144]
    with pytest.raises(ValueError, match="has no speed of 'none'"):
        short_paper._speed("bench.csv", "none", 200)
