"""`superionic reduce RUN.toml --segments FOLDER --out flux.npz`: pack a run into its compact flux file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..flux.files import read_flux, read_header, write_flux
from ..flux.series import FluxError
from .from_segments import cell_volumes, read_segments, segment_headers, to_series
from .inputs import prepare_inputs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="run file (TOML)")
    parser.add_argument("--segments", type=Path, required=True, help="folder the run wrote its segments to")
    parser.add_argument("--out", type=Path, required=True, help="flux file to write (.npz)")


def run(arguments: argparse.Namespace) -> int:
    inputs = prepare_inputs(arguments.path)
    config, identity, folder = inputs.config, inputs.identity, arguments.segments
    made = segment_headers(folder, config, identity)
    provenance = {
        "run": config.model_dump(mode="json"),
        "identity": identity,
        "potential_sha256": inputs.potential_sha256,
        "segments": len(made),
        **{key: sorted({header[key] for header in made}) for key in ("engine", "device", "precision")},
    }
    if _same(arguments.out, provenance):
        print(f"{arguments.out}: up to date")
        return 0
    provenance["framework_msd_A2"] = dict(inputs.framework_msd_A2)
    volumes = cell_volumes(folder, config, identity)
    series = to_series(read_segments(folder, config, identity), config, inputs.start, provenance, volumes)
    write_flux(arguments.out, series)
    print(
        f"{arguments.out}: {series.n_replicas} replicas x {series.duration_ps:g} ps every "
        f"{series.dt_fs:g} fs, {arguments.out.stat().st_size / 1e6:.1f} MB"
    )
    for warning in series.provenance["warnings"]:
        print(f"WARNING: {warning}")
    return 0


def _same(path: Path, provenance: dict[str, Any]) -> bool:
    """Whether the file at `path` was packed from the same run and as many segments."""
    if not path.exists():
        return False
    try:
        same = provenance.items() <= read_header(path)["provenance"].items()
    except FluxError as error:
        raise FluxError(f"{path} is there already and no flux file: move it away ({error})") from None
    if same:
        read_flux(path)  # whole?
    return bool(same)
