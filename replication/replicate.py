"""`python -m replication.replicate SCALE`: the chain from potential to transport, from scratch, at a scale.

smoke : minutes; 32-atom cells and a few picoseconds prove that every link works, not that numbers agree
cpu   : hours; the committed runs once more, with other seeds
paper : the paper's size and length (6144 atoms, 20 ns), for a cluster

Products go to build/replicate/<scale>/; nothing committed is touched. At `cpu` and `paper` scale the
Onsager κ must agree with the committed one within three combined standard errors.
"""

from __future__ import annotations

import argparse
import sys
from math import hypot
from pathlib import Path

from superionic.cli import status
from superionic.config import validate
from superionic.materials import load_material
from superionic.md.config import RunConfig
from superionic.md.inputs import prepare_config
from superionic.md.log import SegmentLog
from superionic.md.pipeline import run_to_flux
from superionic.tables import write_table

from .paths import ROOT, material_file
from .quantities import COLUMNS, analyse_run, quantities
from .results import has_results, read_results
from .runs import all_runs, find_run

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
    """The run file at another scale, with a seed of its own."""
    content = config.model_dump(mode="json", exclude_none=True)
    return validate({**content, **SCALES[scale], "seed": config.seed + SEED_SHIFT}, RunConfig, scale)


def replicate(run: str, scale: str, folder: Path) -> bool:
    """Simulate, reduce and analyse one run; prints the comparison, returns whether it agrees."""
    point = find_run(run)
    inputs = prepare_config(scaled(point.config, scale), point.file)
    material = load_material(material_file(run))
    with SegmentLog(run, inputs.config) as log:
        series = run_to_flux(inputs, folder / run / "segments", report=log)
    analysis = analyse_run(series, material)
    rows = quantities(analysis, series)
    write_table(folder / f"{run}.csv", COLUMNS, rows, [f"made from {inputs.identity}"])
    onsager = analysis.green_kubo.onsager
    kappa, error = onsager.kappa.value, onsager.kappa.standard_error
    print(
        f"{run} ({scale}): Onsager κ {kappa:.3f} ± {error:.3f} W/m/K, naive {onsager.naive_kappa.value:.3f}"
    )
    if scale == "smoke" or not has_results(run):
        return True
    committed = read_results(run).get("kappa_onsager", "green_kubo")
    apart = abs(kappa - committed.value) / hypot(error, committed.standard_error)
    print(
        f"{run} ({scale}): committed {committed.value:.3f} ± "
        f"{committed.standard_error:.3f}, {apart:.1f} σ apart"
    )
    return apart < AGREEMENT_SIGMAS


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.replicate", description=__doc__)
    parser.add_argument("scale", choices=SCALES)
    parser.add_argument("--run", action="append", help="only this run (<material>/<run>); repeatable")
    arguments = parser.parse_args()
    folder = ROOT / "build" / "replicate" / arguments.scale
    agreed = [replicate(run, arguments.scale, folder) for run in arguments.run or all_runs()]
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    sys.exit(status("replication.replicate", main))
