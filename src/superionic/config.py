"""Configuration files: TOML read through strict, frozen pydantic models; all errors shown at once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class ConfigError(ValueError):
    """A configuration file that cannot be used; the message lists every fault with its key."""


class StrictModel(BaseModel):
    """Base of all configuration: unknown keys, wrong types, infinity and NaN are errors. Frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)


def load_toml(path: str | Path, model: type[Model]) -> Model:
    """Read `path` into `model`.

    Raises ConfigError: file missing, not TOML, or any number of wrong keys and values, all listed.
    """
    return validate(read_toml(path), model, where=str(path))


def read_toml(path: str | Path) -> dict[str, Any]:
    """A TOML file as it stands; raises ConfigError: file missing, not TOML."""
    path = Path(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML ({error})") from None


def validate(raw: dict[str, Any], model: type[Model], where: str) -> Model:
    """Check a dictionary against `model`; raises ConfigError listing every fault, prefixed by `where`."""
    try:
        # lax about list -> tuple only: TOML has no tuples; numbers and strings stay strict
        return model.model_validate_json(json.dumps(raw, default=str), strict=True)
    except ValidationError as error:
        lines = [f"{where}: {error.error_count()} error(s)"]
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"]) or "(file)"
            if fault["type"] == "extra_forbidden":
                known = ", ".join(sorted(model.model_fields))
                lines.append(f"  {key}: unknown key" + (f"; known here: {known}" if "." not in key else ""))
            else:
                got = "" if fault["type"] in ("missing", "value_error") else f" (got {fault['input']!r})"
                lines.append(f"  {key}: {fault['msg']}{got}")
        raise ConfigError("\n".join(lines)) from None
