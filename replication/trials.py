"""`python -m replication.trials <material>`: stability tests that every potential of ours must pass.

Each model of a material runs at the temperatures of its trials.toml, and for long at the hottest. What comes
out is lattice, diffusion, and whether the crystal is still there, in
data/potentials/<material>/<model>_trials.json. A trial whose potential and settings have not changed is left
alone; one that was interrupted resumes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

import superionic
from superionic.cli import status
from superionic.config import StrictModel, load_toml, validate
from superionic.flux.displacement import mean_squared_displacement
from superionic.materials import load_material
from superionic.md.config import RunConfig
from superionic.md.from_segments import MSD_PART, load_segments
from superionic.md.guards import UnstableTrajectoryError
from superionic.md.inputs import RunInputs, prepare_config
from superionic.md.segments import Segment, read_segment, segment_path
from superionic.md.simulate import SECOND_HALF, simulate
from superionic.provenance import sha256_file, write_text_atomically
from superionic.registry import registered_sha256
from superionic.transport.diffusion import self_diffusion
from superionic.transport.uncertainty import Estimate
from superionic.validation.fits import arrhenius
from superionic.validation.lattice import Groups, fraction_whole, largest_site_shift

from .paths import MATERIALS, POTENTIALS, REGISTRY, ROOT, registered_potential

Array = NDArray[np.float64]


class Hottest(StrictModel):
    """The long run at the highest temperature that the potentials are to be used at, one replica."""

    temperature_K: float = Field(gt=0)
    sample_ps: float = Field(gt=0)


class Trials(StrictModel):
    """A material's trials.toml."""

    supercell: tuple[int, int, int]
    vacancies: dict[str, int] = Field(default_factory=dict)
    replicas: int = Field(ge=3)
    timestep_fs: float = Field(gt=0)
    temperatures_K: tuple[float, ...] = Field(min_length=2)
    npt_ps: float = Field(gt=0)
    nvt_ps: float = Field(gt=0)
    sample_ps: float = Field(gt=0)
    quoted_K: float
    """Temperature of the diffusion coefficient that is quoted; one of temperatures_K."""
    hottest: Hottest
    framework: str
    """The element whose atoms must stay on their sites."""
    groups: Groups | None = None
    reference_volume_A3: float = Field(gt=0)
    """Per atom of the perfect crystal, at reference_temperature_K."""
    reference_temperature_K: float
    reference: str
    published: tuple[str, ...] = ()
    """Potentials of others that are run beside ours: NAME for <material>/NAME.txt of data/registry.txt."""

    def in_use(self, temperature_K: Array) -> NDArray[np.bool_]:
        """Whether these temperatures, any shape, are ones that the potentials are to be used at."""
        return np.asarray(temperature_K) <= self.hottest.temperature_K


def load_trials(material: str) -> Trials:
    """The trials of a material; raises ConfigError with every fault listed."""
    return load_toml(MATERIALS / material / "trials.toml", Trials)


def trials_file(material: str, model: str) -> Path:
    return POTENTIALS / material / f"{model}_trials.json"


def potential_sha256(material: str, model: str) -> str:
    """Of our own potential of that name as it is now, or else of the registered one."""
    registered = registered_potential(material, model)
    if registered is not None:
        return registered_sha256(REGISTRY, registered)
    return sha256_file(POTENTIALS / material / f"{model}.txt")


def read_trials(material: str, model: str) -> list[dict[str, Any]]:
    """Finished trials of a model as it is now, coldest first and the long one last; empty without any."""
    path = trials_file(material, model)
    if not path.exists():
        return []
    content = json.loads(path.read_text(encoding="utf-8"))
    if content["potential_sha256"] != potential_sha256(material, model):
        return []
    found: list[dict[str, Any]] = content["trials"]
    return sorted(found, key=lambda trial: (trial["replicas"] == 1, trial["temperature_K"]))


def plan(material: str, model: str, trials: Trials) -> list[RunInputs]:
    """One run for each temperature, and the long one."""
    wanted = [(t, trials.replicas, trials.sample_ps) for t in trials.temperatures_K]
    wanted.append((trials.hottest.temperature_K, 1, trials.hottest.sample_ps))
    stages = [("npt", trials.npt_ps, False), ("nvt", trials.nvt_ps, False)]
    potential = {"path": f"../../../data/potentials/{material}/{model}.txt"}
    if (registered := registered_potential(material, model)) is not None:
        potential = {"registry": "../../../data/registry.txt", "name": registered}
    runs = []
    for temperature, replicas, sample_ps in wanted:
        raw = {
            "material": "material.toml",
            "potential": potential,
            "supercell": list(trials.supercell),
            "vacancies": trials.vacancies,
            "replicas": replicas,
            "temperature_K": temperature,
            "timestep_fs": trials.timestep_fs,
            "sample_fs": 5 * trials.timestep_fs,
            "flux_fs": 5 * trials.timestep_fs,
            "segment_ps": 5.0,
            "snapshot_ps": 0.25,
            "seed": 1,
            "stages": [
                {"ensemble": ensemble, "duration_ps": duration, "sample": sample}
                for ensemble, duration, sample in [*stages, ("nvt", sample_ps, True)]
            ],
        }
        config = validate(raw, RunConfig, "trials.toml")
        runs.append(prepare_config(config, MATERIALS / material / "trials.toml"))
    return runs


def run_trial(inputs: RunInputs, folder: Path, trials: Trials, mobile: Sequence[str]) -> dict[str, Any]:
    """Run, or finish, one trial and measure it; a run that explodes is a result too."""
    config = inputs.config
    described: dict[str, Any] = {
        "identity": inputs.identity,
        "temperature_K": config.temperature_K,
        "replicas": config.replicas,
        "duration_ps": config.stages[-1].duration_ps,
    }
    try:
        simulate(inputs.bind(folder, threads=1))
    except UnstableTrajectoryError as error:
        return described | {"explosion": str(error)}
    segments = load_segments(folder, config, inputs.identity)
    return described | measure(inputs, _relaxing(inputs, folder), segments, trials, mobile)


def _relaxing(inputs: RunInputs, folder: Path) -> list[Segment]:
    """Second half of the constant-pressure stage."""
    stage = inputs.config.stages[0]
    total = round(stage.duration_ps / inputs.config.segment_ps)
    expected = {"identity": inputs.identity}
    second_half = range(int(total * SECOND_HALF), total)
    return [read_segment(segment_path(folder, 0, index), expected) for index in second_half]


def measure(
    inputs: RunInputs, relaxing: list[Segment], sampled: list[Segment], trials: Trials, mobile: Sequence[str]
) -> dict[str, Any]:
    """Volume, lattice, diffusion and soundness. Estimates are [value, standard error]."""
    symbols = np.array(inputs.start.elements)[inputs.start.species]
    snapshots = np.concatenate([segment.snapshots for segment in sampled], axis=1)  # (R, k, N, 3)
    cells = np.mean([segment.mean_cell for segment in relaxing], axis=0)  # (R, 3, 3)
    # per atom of the perfect crystal: a vacancy leaves its place behind
    sites = len(symbols) + sum(trials.vacancies.values())
    lengths = np.linalg.norm(cells, axis=2) / np.array(trials.supercell)
    lags = int(MSD_PART * snapshots.shape[1])
    diffusion = {}
    for element in mobile:
        msd = np.array([mean_squared_displacement(one[:, symbols == element], lags) for one in snapshots])
        diffusion[element] = _pair(self_diffusion(msd, inputs.config.snapshot_ps * 1000))
    cell = sampled[0].cell[0]
    return {
        "volume_per_site_A3": _over_replicas(np.abs(np.linalg.det(cells)) / sites),
        "cell_lengths_A": [_over_replicas(lengths[:, axis]) for axis in range(3)],
        "diffusion_m2_per_s": diffusion,
        "framework_moved_A": float(
            max(largest_site_shift(one[:, symbols == trials.framework]) for one in snapshots)
        ),
        "groups_whole": None
        if trials.groups is None
        else float(np.mean([fraction_whole(one, symbols, cell, trials.groups) for one in snapshots])),
    }


def _pair(estimate: Estimate) -> list[float]:
    return [estimate.value, estimate.standard_error]


def _over_replicas(values: Array) -> list[float]:
    """Mean and its standard error; one replica has none, which is written as zero."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return [float(values.mean()), float(error)]


def activation(found: Sequence[dict[str, Any]], wanted: Trials, element: str) -> Estimate | None:
    """Activation energy (eV) of the diffusion of an element over the temperatures in use."""
    points = [
        (t["temperature_K"], *t["diffusion_m2_per_s"][element])
        for t in found
        if t["replicas"] > 1 and "diffusion_m2_per_s" in t and wanted.in_use(t["temperature_K"])
    ]
    return arrhenius(*np.array(points).reshape(-1, 3).T)


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.trials", description=__doc__)
    parser.add_argument("material")
    parser.add_argument("--model", action="append", help="ours or a published one (default: all)")
    arguments = parser.parse_args()
    trials = load_trials(arguments.material)
    mobile = load_material(MATERIALS / arguments.material / "material.toml").mobile
    available = sorted(path.stem for path in (POTENTIALS / arguments.material).glob("*.txt"))
    for model in arguments.model or [*available, *trials.published]:
        runs = plan(arguments.material, model, trials)
        wanted = {(run.identity, run.config.stages[-1].duration_ps) for run in runs}
        old = {(t["identity"], t["duration_ps"]): t for t in read_trials(arguments.material, model)}
        done = {key: trial for key, trial in old.items() if key in wanted}
        for inputs in runs:
            key = (inputs.identity, inputs.config.stages[-1].duration_ps)
            if key not in done:
                folder = ROOT / "build" / "trials" / arguments.material / inputs.identity[:16]
                done[key] = run_trial(inputs, folder, trials, mobile)
                content = {
                    "superionic_version": superionic.__version__,
                    "potential_sha256": inputs.potential_sha256,
                    "trials": list(done.values()),
                }
                text = json.dumps(content, indent=1) + "\n"
                write_text_atomically(trials_file(arguments.material, model), text)
            print(f"{arguments.material}/{model}: {describe(done[key])}", flush=True)
    return 0


def describe(trial: dict[str, Any]) -> str:
    """One line for the log."""
    head = f"{trial['temperature_K']:g} K, {trial['replicas']} x {trial['duration_ps']:g} ps: "
    if "explosion" in trial:
        return head + trial["explosion"]
    diffusion = ", ".join(
        f"D({element}) {1e9 * value:.2f}({1e9 * error:.2f})e-9 m2/s"
        for element, (value, error) in trial["diffusion_m2_per_s"].items()
    )
    sound = f"framework moved {trial['framework_moved_A']:.2f} A"
    if trial["groups_whole"] is not None:
        sound += f", groups whole {100 * trial['groups_whole']:.2f} %"
    return f"{head}{trial['volume_per_site_A3'][0]:.3f} A3/site, {diffusion}, {sound}"


if __name__ == "__main__":
    raise SystemExit(status("replication.trials", main))
