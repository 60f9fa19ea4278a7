"""`python -m replication.trials <material>`: stability tests that every potential of ours must pass.

Each model of a material is run at the temperatures of its trials.toml, and in one long run at the hottest.
Lattice constants, diffusion and the integrity of the framework go to
data/potentials/<material>/<model>_trials.json. A trial whose potential and settings are unchanged is skipped;
an interrupted one resumes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import superionic
from superionic.cli import status
from superionic.config import validate
from superionic.flux.displacement import mean_squared_displacement
from superionic.materials import load_material
from superionic.md.config import RunConfig
from superionic.md.from_segments import MSD_PART, load_segments
from superionic.md.guards import UnstableTrajectoryError
from superionic.md.inputs import RunInputs, prepare_config
from superionic.md.segments import Segment, read_segment, segment_path
from superionic.md.simulate import SECOND_HALF, simulate
from superionic.provenance import write_text_atomically
from superionic.system import Array
from superionic.transport.diffusion import self_diffusion
from superionic.transport.uncertainty import Estimate
from superionic.validation.lattice import fraction_whole, largest_site_shift

from .committee.trials import Trials, load_trials, read_trials, trials_file
from .paths import MATERIALS, POTENTIALS, ROOT
from .potential_files import registered_name


def plan(material: str, model: str, trials: Trials) -> list[RunInputs]:
    """The run at each temperature, and the long one last."""
    conditions = [(t, trials.replicas, trials.sample_ps) for t in trials.temperatures_K]
    conditions.append((trials.hottest.temperature_K, 1, trials.hottest.sample_ps))
    stages = [("npt", trials.npt_ps, False), ("nvt", trials.nvt_ps, False)]
    potential = {"path": f"../../../data/potentials/{material}/{model}.txt"}
    if (registered := registered_name(material, model)) is not None:
        potential = {"registry": "../../../data/registry.txt", "name": registered}
    runs = []
    for temperature, replicas, sample_ps in conditions:
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
    """Run or resume one trial and measure it; an unstable trajectory is a result too."""
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
    return described | measure(inputs, _equilibrated(inputs, folder), segments, trials, mobile)


def _equilibrated(inputs: RunInputs, folder: Path) -> list[Segment]:
    """Segments of the second half of the NPT stage."""
    stage = inputs.config.stages[0]
    total = round(stage.duration_ps / inputs.config.segment_ps)
    expected = {"identity": inputs.identity}
    second_half = range(int(total * SECOND_HALF), total)
    return [read_segment(segment_path(folder, 0, index), expected) for index in second_half]


def measure(
    inputs: RunInputs, npt: list[Segment], sampled: list[Segment], trials: Trials, mobile: Sequence[str]
) -> dict[str, Any]:
    """Volume, lattice constants, diffusion and integrity. Estimates are [value, standard error]."""
    symbols = np.array(inputs.start.elements)[inputs.start.species]
    snapshots = np.concatenate([segment.snapshots for segment in sampled], axis=1)  # (R, k, N, 3)
    cells = np.mean([segment.mean_cell for segment in npt], axis=0)  # (R, 3, 3)
    # per site of the perfect crystal, vacant sites included
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
    """Mean and its standard error, zero for a single replica."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return [float(values.mean()), float(error)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.trials", description=__doc__)
    parser.add_argument("material")
    parser.add_argument("--model", action="append", help="ours or a public one (default: all)")
    arguments = parser.parse_args()
    trials = load_trials(arguments.material)
    mobile = load_material(MATERIALS / arguments.material / "material.toml").mobile
    available = sorted(path.stem for path in (POTENTIALS / arguments.material).glob("*.txt"))
    for model in arguments.model or [*available, *trials.published]:
        runs = plan(arguments.material, model, trials)
        current = {(run.identity, run.config.stages[-1].duration_ps) for run in runs}
        old = {(t["identity"], t["duration_ps"]): t for t in read_trials(arguments.material, model)}
        done = {key: trial for key, trial in old.items() if key in current}
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
    integrity = f"framework moved {trial['framework_moved_A']:.2f} A"
    if trial["groups_whole"] is not None:
        integrity += f", groups whole {100 * trial['groups_whole']:.2f} %"
    return f"{head}{trial['volume_per_site_A3'][0]:.3f} A3/site, {diffusion}, {integrity}"


if __name__ == "__main__":
    raise SystemExit(status("replication.trials", main))
