"""The JSON header of a flux file, checked field by field as it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from ..config import ConfigError, StrictModel, validate

FORMAT = "superionic flux series 1"
UNITS = {
    "energy currents": "eV Å / (Å sqrt(u/eV)), extensive",
    "mass currents": "u Å / (Å sqrt(u/eV)), extensive",
    "msd": "Å^2",
}


class Provenance(BaseModel):
    """Where a series came from; what the analysis reads of it is checked, the rest is kept."""

    model_config = ConfigDict(extra="allow", frozen=True)
    warnings: tuple[str, ...] = ()
    framework_msd_A2: dict[str, PositiveFloat] = Field(default_factory=dict)


class FluxHeader(StrictModel):
    """What a flux file says of itself; see FluxSeries for the meaning of each."""

    format: str
    superionic_version: str
    storage: Literal["int16", "float32"]
    units: dict[str, str]
    shape: tuple[PositiveInt, PositiveInt, Literal[3]]
    currents: tuple[str, ...] = Field(min_length=1)
    rounding_over_rms: dict[str, NonNegativeFloat]
    dt_fs: PositiveFloat
    volume_A3: PositiveFloat | tuple[PositiveFloat, ...]
    temperature_K: PositiveFloat | tuple[PositiveFloat, ...]
    masses: dict[str, PositiveFloat]
    counts: dict[str, PositiveInt]
    msd: tuple[str, ...]
    msd_dt_fs: PositiveFloat | None
    provenance: Provenance


def check_header(raw: Any, path: str | Path) -> FluxHeader:
    """Raises ConfigError: no header of a flux file, other units, a field that is missing or impossible."""
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: its header is no table; not a flux file of this package")
    if raw.get("format") != FORMAT:
        raise ConfigError(f"{path}: format {raw.get('format')!r}, this version reads {FORMAT!r}")
    header = validate(raw, FluxHeader, f"{path}, header")
    if header.units != UNITS:
        raise ConfigError(f"{path}: units {header.units}, this version reads {UNITS}")
    return header
