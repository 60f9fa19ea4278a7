"""From a run to its flux: molecular dynamics where segments are missing, then one packed file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..flux.files import read_flux, read_header, write_flux
from ..flux.series import FluxError, FluxSeries
from .foreign_run import is_foreign, read_back
from .from_segments import cell_volumes, read_segments, segment_headers, to_series
from .inputs import RunInputs
from .simulate import simulate


@dataclass(frozen=True)
class Where:
    """What a run is computed with; no number depends on it beyond rounding."""

    engine: str = "auto"
    threads: int | None = None
    device: str = "auto"
    mix_engines: bool = False


def run_to_flux(
    inputs: RunInputs,
    segments: Path,
    where: Where = Where(),
    report: Callable[[dict[str, Any]], None] = lambda news: None,
) -> FluxSeries:
    """Run, or resume, molecular dynamics with its segments in a folder; the flux of the sampled stage.

    Raises what `simulate` and `pack` raise.
    """
    simulate(inputs.bind(segments, where.engine, where.threads, where.device, where.mix_engines), report)
    return pack(inputs, segments)


def pack(inputs: RunInputs, segments: Path) -> FluxSeries:
    """The flux of the whole segments that there are, or of a folder in which another program has run.

    Raises what `read_back` raises; FluxError without a sampled segment, SegmentError for one that is damaged
    or of another run.
    """
    if is_foreign(segments):
        return read_back(inputs, segments)
    made_from = (segments, inputs.config, inputs.identity)
    return to_series(
        read_segments(*made_from),
        inputs.config,
        inputs.start,
        {**provenance(inputs, segments), "framework_msd_A2": dict(inputs.framework_msd_A2)},
        cell_volumes(*made_from),
    )


def provenance(inputs: RunInputs, segments: Path) -> dict[str, Any]:
    """Where the flux of these segments comes from."""
    headers = segment_headers(segments, inputs.config, inputs.identity)
    return {
        "run": inputs.config.model_dump(mode="json"),
        "identity": inputs.identity,
        "potential_sha256": inputs.potential_sha256,
        "segments": len(headers),
        **{key: sorted({header[key] for header in headers}) for key in ("engine", "device", "precision")},
    }


def pack_into(inputs: RunInputs, segments: Path, path: Path) -> FluxSeries | None:
    """`pack` into a file; None where the file holds the flux of these segments already.

    Raises FluxError where something else is in its place.
    """
    made_from = {} if is_foreign(segments) else provenance(inputs, segments)
    if path.exists():
        try:
            same = made_from.items() <= read_header(path)["provenance"].items()
        except FluxError as error:
            raise FluxError(f"{path} is there already and no flux file: move it away ({error})") from None
        if made_from and same:
            read_flux(path)  # whole?
            return None
    series = pack(inputs, segments)
    write_flux(path, series)
    return series


def describe_packed(path: Path, series: FluxSeries) -> str:
    """One line, and one for every warning."""
    line = (
        f"{path}: {series.n_replicas} replicas x {series.duration_ps:g} ps every {series.dt_fs:g} fs, "
        f"{path.stat().st_size / 1e6:.1f} MB"
    )
    return "\n".join([line, *(f"WARNING: {warning}" for warning in series.provenance["warnings"])])
