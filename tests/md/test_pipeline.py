"""From segments to a flux file: whole, of these segments, and never over something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from superionic.flux.files import read_flux, read_header
from superionic.flux.series import FluxError
from superionic.md.inputs import RunInputs, prepare_inputs
from superionic.md.pipeline import Where, describe_packed, pack_into, run_to_flux
from superionic.nep.format import write_nep
from tests.md.test_sweep import MATERIAL
from tests.models import random_parameters

RUN = """
material = "material.toml"
potential = { path = "nep.txt" }
supercell = [1, 1, 1]
replicas = 2
temperature_K = 300.0
seed = 1
timestep_fs = 0.5
sample_fs = 1.0
flux_fs = 2.0
snapshot_ps = 0.01
segment_ps = 0.1
max_temperature_ratio = 1000.0
max_drift_meV_per_atom = 1000.0
stages = [{ ensemble = "nvt", duration_ps = 0.3, sample = true }]
"""


@pytest.fixture
def inputs(tmp_path: Path) -> RunInputs:
    """A crystal that only repels at short distance."""
    (tmp_path / "material.toml").write_text(MATERIAL)
    model = random_parameters(("Li", "F"), zbl=(1.2, 2.4), n_max=(2, 2), l_max=(2, 0, 0))
    model.w1[:] *= 0.005
    write_nep(tmp_path / "nep.txt", model)
    (tmp_path / "run.toml").write_text(RUN)
    return prepare_inputs(tmp_path / "run.toml")


def longer(inputs: RunInputs) -> RunInputs:
    (stage,) = inputs.config.stages
    stages = (stage.model_copy(update={"duration_ps": 0.5}),)
    return replace(inputs, config=inputs.config.model_copy(update={"stages": stages}))


def test_a_flux_file_follows_its_segments(inputs: RunInputs, tmp_path: Path) -> None:
    path, segments, where = tmp_path / "flux.npz", tmp_path / "segments", Where("torch")
    series = run_to_flux(inputs, segments, where)
    assert pack_into(inputs, segments, path) is not None
    before = path.read_bytes()
    assert pack_into(inputs, segments, path) is None and path.read_bytes() == before
    assert read_header(path)["provenance"]["segments"] == 3
    assert "2 replicas x" in describe_packed(path, series)
    more = longer(inputs)
    assert more.identity == inputs.identity
    run_to_flux(more, segments, where)
    packed = pack_into(more, segments, path)
    assert packed is not None and packed.duration_ps > 1.5 * series.duration_ps
    assert read_header(path)["provenance"]["segments"] == 5 and read_flux(path).n_samples == packed.n_samples


def test_something_else_in_the_place_of_the_flux_is_left_there(inputs: RunInputs, tmp_path: Path) -> None:
    run_to_flux(inputs, tmp_path / "segments", Where("torch"))
    path = tmp_path / "flux.npz"
    path.write_text("a shopping list")
    with pytest.raises(FluxError, match="is there already and no flux file: move it away"):
        pack_into(inputs, tmp_path / "segments", path)
    assert path.read_text() == "a shopping list"
