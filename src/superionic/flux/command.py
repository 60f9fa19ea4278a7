"""`superionic reduce RUN.toml --segments FOLDER --out flux.npz`: pack a run into its compact flux file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..md.inputs import prepare_inputs
from .series import FluxError, read_header, write_flux
from .store import load_segments, to_series


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="run file (TOML)")
    parser.add_argument("--segments", type=Path, required=True, help="folder the run wrote its segments to")
    parser.add_argument("--out", type=Path, required=True, help="flux file to write (.npz)")


def run(arguments: argparse.Namespace) -> int:
    inputs = prepare_inputs(arguments.path)
    segments = load_segments(arguments.segments, inputs.config, inputs.identity)
    provenance = {
        "run": inputs.config.model_dump(mode="json"),
        "identity": inputs.identity,
        "potential_sha256": inputs.potential_sha256,
        "segments": len(segments),
        "engine": sorted({s.header["engine"] for s in segments}),
        "device": sorted({s.header["device"] for s in segments}),
        "precision": sorted({s.header["precision"] for s in segments}),
    }
    if _same(arguments.out, provenance):
        print(f"{arguments.out}: up to date")
        return 0
    series = to_series(segments, inputs.config, inputs.start, provenance)
    write_flux(arguments.out, series)
    print(
        f"{arguments.out}: {series.n_replicas} replicas x {series.duration_ps:g} ps every "
        f"{series.dt_fs:g} fs, {arguments.out.stat().st_size / 1e6:.1f} MB"
    )
    return 0


def _same(path: Path, provenance: dict[str, Any]) -> bool:
    """Whether the file at `path` was packed from the same run and as many segments."""
    try:
        return path.exists() and provenance.items() <= read_header(path)["provenance"].items()
    except FluxError:
        return False
