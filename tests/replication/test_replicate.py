"""The chain from scratch: what each scale changes, when it judges; that it runs from labels to a picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replication import replicate
from replication.material_folder import paper_materials
from replication.paths import flux_file
from replication.runs import find_run
from superionic.conventions import ENERGY_KINETIC, ENERGY_POTENTIAL
from superionic.flux.files import read_flux

RUN = "cu2se/A-700K-322"


def test_scales_keep_the_conditions_and_take_another_seed() -> None:
    config = find_run(RUN).config
    for scale in replicate.SCALES:
        other = replicate.scaled(config, scale)
        assert (other.temperature_K, other.potential) == (config.temperature_K, config.potential)
        assert other.seed == config.seed + replicate.SEED_SHIFT
    assert replicate.scaled(config, "cpu").stages == config.stages
    assert replicate.scaled(config, "paper").stages[-1].duration_ps == 20000.0


@pytest.mark.parametrize(
    ("scale", "factor", "agrees"),
    [("cpu", 1.0, True), ("cpu", 2.0, False), ("paper", 2.0, True), ("smoke", 2.0, True)],
)
def test_only_the_same_size_is_judged(scale, factor, agrees, tmp_path, monkeypatch) -> None:
    series = read_flux(flux_file(RUN))
    energy = (ENERGY_KINETIC, ENERGY_POTENTIAL)
    currents = {name: value * (factor if name in energy else 1.0) for name, value in series.currents.items()}
    monkeypatch.setattr(replicate, "run_to_flux", lambda *_, report: replace(series, currents=currents))
    assert replicate.replicate(RUN, scale, tmp_path) is agrees
    assert (tmp_path / f"{RUN}.csv").exists() and (tmp_path / f"{RUN}.png").exists()


@pytest.mark.slow
def test_from_labels_to_a_picture(tmp_path, monkeypatch) -> None:
    (copper,) = (material for material in paper_materials() if material.name == "cu2se")
    monkeypatch.setattr(replicate, "paper_materials", lambda: [copper])
    monkeypatch.setattr(replicate, "SMOKE_EPOCHS", 6)
    replicate.smoke(tmp_path)
    assert (tmp_path / "cu2se" / "A.txt").exists()
    assert (tmp_path / f"{RUN}.png").stat().st_size > 10_000
