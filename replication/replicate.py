"""`python -m replication.replicate SCALE`: the complete chain from scratch, at one of three scales.

smoke : minutes; for each material of the paper a potential trained for a few epochs on the committed labels,
        32 to 96 atoms for some picoseconds, analysis and figure: tests every link, the numbers mean nothing
cpu   : hours; repeats the committed runs with other seeds; the Onsager κ must agree with the committed one
        within three combined standard errors
paper : the paper's size and length (6144 atoms, 20 ns), for a cluster; compared with the committed run of a
        smaller cell, without a verdict

Products go to build/replicate/<scale>/; committed files are not touched.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from superionic.cli import status
from superionic.config import load_toml, validate
from superionic.materials import load_material
from superionic.md.config import PotentialSource, RunConfig
from superionic.md.inputs import prepare_config
from superionic.md.log import SegmentLog
from superionic.md.pipeline import run_to_flux
from superionic.provenance import sha256_file, write_atomically
from superionic.tables import write_table
from superionic.training.command import label_names, train_model
from superionic.training.dataset import read_frames
from superionic.training.settings import TrainingSettings
from superionic.transport.figure import draw

from .material_folder import MaterialFolder, paper_materials
from .paths import POTENTIALS, ROOT, material_file
from .reduced.quantities import COLUMNS, analyse_run, quantities
from .reduced.results import difference, has_results, read_results
from .runs import all_runs, find_run

SMOKE_EPOCHS = 12
"""Enough for a crystal that is stable for some picoseconds."""

SEED_SHIFT = 1000
AGREEMENT_SIGMAS = 3.0

SCALES: dict[str, dict] = {
    "smoke": {
        "supercell": [1, 2, 1],
        "replicas": 4,
        "segment_ps": 1.0,
        "stages": [
            {"ensemble": "npt", "duration_ps": 1.0, "coupling": "isotropic"},
            {"ensemble": "nvt", "duration_ps": 12.0, "thermostat_fs": 1000.0, "sample": True},
        ],
    },
    "cpu": {},
    "paper": {
        "supercell": [8, 6, 8],
        "replicas": 1,
        "segment_ps": 50.0,
        "stages": [
            {"ensemble": "npt", "duration_ps": 200.0, "coupling": "anisotropic"},
            {"ensemble": "nvt", "duration_ps": 200.0},
            {"ensemble": "nvt", "duration_ps": 20000.0, "sample": True},
        ],
    },
}
"""Changes to the committed run file at each scale."""


def scaled(config: RunConfig, scale: str) -> RunConfig:
    """The run configuration at another scale, with another seed."""
    content = config.model_dump(mode="json", exclude_none=True)
    return validate({**content, **SCALES[scale], "seed": config.seed + SEED_SHIFT}, RunConfig, scale)


def replicate(run: str, scale: str, folder: Path, potential: Path | None = None) -> bool:
    """Simulate, reduce and analyse one run; prints the comparison, returns whether it agrees.

    potential : replaces the potential of the sweep
    """
    point = find_run(run)
    config = scaled(point.config, scale)
    if potential is not None:
        config = config.model_copy(update={"potential": PotentialSource(path=str(potential))})
    inputs = prepare_config(config, point.file)
    material = load_material(material_file(run))
    with SegmentLog(run, inputs.config) as log:
        series = run_to_flux(inputs, folder / run / "segments", report=log)
    analysis = analyse_run(series, material)
    rows = quantities(analysis, series)
    write_table(folder / f"{run}.csv", COLUMNS, rows, [f"made from {inputs.identity}"])
    picture = folder / f"{run}.png"
    write_atomically(picture, lambda path: draw(analysis).savefig(path, format="png", dpi=150))
    onsager = analysis.green_kubo.onsager
    print(f"{run} ({scale}): Onsager κ {onsager.kappa} W/m/K, naive {onsager.naive_kappa}; {picture}")
    if scale == "smoke" or not has_results(run):
        return True
    committed = read_results(run).get("kappa_onsager", "green_kubo")
    deviation = difference(onsager.kappa, committed)
    sigmas = abs(deviation.value) / deviation.standard_error
    print(f"{run} ({scale}): committed {committed}, deviation {sigmas:.1f} σ")
    return scale == "paper" or sigmas < AGREEMENT_SIGMAS


def train_for_smoke(material: MaterialFolder, folder: Path) -> Path:
    """A potential with the settings of the first committee member, trained for a few epochs on all labels."""
    file = material.path / "training.toml"
    committed = load_toml(file, TrainingSettings)
    name, model = next(iter(committed.models.items()))
    settings = committed.model_copy(
        update={
            "models": {name: model.model_copy(update={"epochs": SMOKE_EPOCHS})},
            "potentials": folder / material.name,
            "work": folder / material.name / "work",
        }
    )
    files = settings.label_files()
    frames = read_frames(files, material.material.elements)
    data = {label: sha256_file(path) for label, path in zip(label_names(files, file), files, strict=True)}
    train_model(name, settings, material.material.elements, frames, data, "cpu")
    return settings.potentials / f"{name}.txt"


def smoke(folder: Path) -> None:
    """From labels to a figure, for every material of the paper that has labels."""
    for material in paper_materials():
        committee = material.committee()
        if committee is None:
            continue
        model = next(
            name for name in committee.models if (POTENTIALS / material.name / f"{name}.txt").exists()
        )
        run = material.run(model, committee.temperature_K, committee.cell)
        assert run is not None
        replicate(run, "smoke", folder, train_for_smoke(material, folder))


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.replicate", description=__doc__)
    parser.add_argument("scale", choices=SCALES)
    parser.add_argument("--run", action="append", help="only this run (<material>/<run>); repeatable")
    arguments = parser.parse_args()
    folder = ROOT / "build" / "replicate" / arguments.scale
    if arguments.scale == "smoke" and not arguments.run:
        smoke(folder)
        return 0
    agreed = [replicate(run, arguments.scale, folder) for run in arguments.run or all_runs()]
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    sys.exit(status("replication.replicate", main))
