"""What `make gpu` leaves and `make gpu-merge` brings in; the parts that need no GPU."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from replication.gpu import __main__ as gpu
from replication.gpu import bench, check, limits, merge, produce
from superionic.engines.base import BlockPlan
from superionic.tables import read_table, write_records


def test_tables_keep_other_chips_and_replace_their_own(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    row = {"driver": "1", "kernels": "a", "engine": "cuda", "n_atoms": 192}
    outside = {"chip": "Y", **row, "engine": "outside"}
    write_records(old / "gpu_bench.csv", [{"chip": "X", **row}, {"chip": "Y", **row}, outside])
    write_records(new / "gpu_bench.csv", [{"chip": "Y", **row, "n_atoms": 768, "extra": 1}])
    assert merge.merge_tables(new, old) == ["gpu_bench.csv"]
    merged = read_table(old / "gpu_bench.csv")
    found = [(r["chip"], r["engine"], r["n_atoms"], r["extra"]) for r in merged]
    assert found == [("X", "cuda", "192", ""), ("Y", "outside", "192", ""), ("Y", "cuda", "768", "1")]


def test_what_waits_are_runs_without_flux_the_largest_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "is_current", lambda run: "nepA" in run)
    waiting = gpu.waiting()
    assert waiting and not any("nepA" in run for run in waiting)
    assert waiting[-1] == "li3ps4/nepC-650K-6144"
    assert waiting[0].startswith("cu2se/")


def test_counters_are_read() -> None:
    head = '"ID","Kernel Name","Metric Name","Metric Unit","Metric Value"'
    lines = [
        "==PROF== something",
        head,
        '"0","site(const World *)","gpu__time_duration.sum","ns","1,234"',
        '"0","site(const World *)","smsp__inst_executed.sum","inst","56"',
        '"1","gather","dram__throughput.avg.pct_of_peak_sustained_elapsed","%","7.5"',
    ]
    assert limits.parse("\n".join(lines)) == [
        {"kernel": "site", "microseconds": 1.234, "warp_instructions": 56.0},
        {"kernel": "gather", "dram_percent": 7.5},
    ]


def test_the_watch_stops_a_run_whose_next_segment_would_be_late(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 10.0, 20.0, 31.0])
    monkeypatch.setattr(produce.time, "monotonic", lambda: next(clock))
    watch = produce._Watch("m/run", deadline=40.0)
    news = {"ensemble": "nvt", "index": 0, "total": 9, "temperature_K": 650.0, "pressure_GPa": 0.0}
    news |= {"volume_per_atom_A3": 20.0, "energy_eV_per_atom": -1.0, "drift_meV_per_atom": None}
    watch(news)
    watch(news)
    with pytest.raises(produce._TimeIsUp):
        watch(news)
    assert capsys.readouterr().out.count("m/run:") == 3


def test_a_check_fails_on_what_is_too_large_or_not_a_number() -> None:
    verdicts = [check._row("x", value, 1.0, "")["verdict"] for value in (0.5, 1.5, np.nan)]
    assert verdicts == ["passed", "FAILED", "FAILED"]


def test_bands_of_a_spectrum_see_where_the_power_is() -> None:
    t = np.arange(2000) * 5e-3
    rng = np.random.default_rng(0)
    phases = rng.uniform(0, 2 * np.pi, (8, 1, 3))
    currents = np.cos(2 * np.pi * 7.0 * t[None, :, None] + phases) + 0.01 * rng.normal(size=(8, 2000, 3))
    power, error = check._spectrum(currents, 5e-3)
    assert power.argmax() == 2 and (error < 0.05 * power.max()).all()


def test_timing_divides_by_steps_and_atoms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SECONDS", 0.02)
    timing = bench._timed("none", bench.NEPA, 100, 2, "nothing", lambda count: bench.time.sleep(1e-4 * count))
    seconds = 1e-6 * float(str(timing["microseconds_per_step"]))
    assert seconds >= 1e-4  # what it sleeps
    assert float(str(timing["atom_steps_per_second"])) * seconds == pytest.approx(200, rel=1e-2)
    assert bench._barostat(20, 10, 3).normals.shape == (2, 3, 3, 3)
    assert BlockPlan(20, 0.1, 5, cell_rescaling=bench._barostat(20, 10, 3)).steps == 20
