"""The benchmark: it measures, and what it prints and writes follows from the measurements."""

from __future__ import annotations

import csv

import pytest

from replication.bench import table, timing
from replication.bench.__main__ import time_all
from replication.bench.timing import Timing
from tests.subjects import committed, crystal


def test_ratios_come_from_medians() -> None:
    native = Timing("native mixed", 100, 1, "MD with currents", 10, seconds=[1.0, 0.5, 9.0])
    peer = Timing("calorine CPUNEP", 100, 1, "energy, forces, virial", 1, seconds=[3.0, 4.0, 5.0])
    assert native.atom_steps_per_second == 1000.0
    assert "native mixed is 40 x calorine" in table.ratios([native, peer])[1]


def test_gain_of_threads_is_a_ratio_of_its_own() -> None:
    """By the clock, so never beside calorine's processor time."""
    peer = Timing("calorine CPUNEP", 100, 1, "energy, forces, virial", 1, seconds=[4.0])
    one = Timing("native mixed, 1 replica, 1 thread", 100, 1, "MD", 10, 1, True, seconds=[1.0])
    two = Timing("native mixed, 1 replica, 2 threads", 100, 1, "MD", 10, 2, True, seconds=[0.5])
    assert table.ratios([peer, one, two])[1:] == ["   100 atoms: one replica on two threads gains 2 x"]


def test_structures_double_up_to_the_largest() -> None:
    shapes = list(timing.repeats_up_to(16, 1000))
    assert shapes == [(2, 2, 2), (4, 2, 2), (4, 4, 2)]
    assert list(timing.repeats_up_to(16, 60_000))[-2:] == [(16, 16, 8), (15, 15, 15)]
    assert list(timing.repeats_up_to(16, 0)) == []


def test_memory_per_atom_is_a_slope() -> None:
    sizes = [Timing("native mixed", n, 1, "MD", peak_memory_MiB=100 + n / 512) for n in (128, 1024, 4096)]
    assert timing.memory_per_atom_KiB(sizes) == pytest.approx(2.0)
    assert timing.memory_per_atom_KiB(sizes[:1]) is None


def test_everything_is_measured_printed_and_written(tmp_path) -> None:
    timings, scaling = time_all(committed("li3ps4/A"), crystal("li3ps4"), [(1, 1, 1)], 1, 0.01, 300)
    printed = "\n".join(table.printed(timings, scaling))
    table.write(tmp_path / "b.csv", [*timings, *scaling])
    rows = list(csv.DictReader((tmp_path / "b.csv").open()))
    names = [row["engine"] for row in rows[:4]]
    assert names == ["native mixed", "native float64", "torch float64", "calorine CPUNEP"]
    assert all(float(row["atom_steps_per_second"]) > 0 for row in rows)
    assert {row["n_atoms"] for row in rows} == {"16", "128", "256"}
    assert "    16 atoms: two replicas on two threads gain" in printed
    assert "    16 atoms: one replica on two threads gains" in printed
    split = [(row["n_replicas"], row["threads"]) for row in rows if ", 1 replica" in row["engine"]]
    assert split == [("1", "1"), ("1", "2")]
    assert "KiB an atom" in printed
