"""Configuration files: TOML read through strict, frozen pydantic models; all errors shown at once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo


class ConfigError(ValueError):
    """A configuration file that cannot be used; the message lists every fault with its key."""


def relative_to(file: str | Path, path: str | Path) -> Path:
    """A path named in a configuration file, resolved relative to that file; absolute."""
    return (Path(file).parent / path).resolve()


def _from_its_file(path: Path, info: ValidationInfo) -> Path:
    file = (info.context or {}).get("file")
    return path if file is None else relative_to(file, path)


def _paths_among(values: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    file = (info.context or {}).get("file")
    return {
        key: str(relative_to(file, value))
        if file and isinstance(value, str) and value.startswith(("./", "../"))
        else value
        for key, value in values.items()
    }


PathInFile = Annotated[Path, AfterValidator(_from_its_file)]
"""A path relative to the configuration file that contains it; absolute after `load_toml`."""

Parameters = Annotated[dict[str, Any], AfterValidator(_paths_among)]
"""Keyword arguments; strings that start with ./ or ../ are paths relative to the configuration file."""


class StrictModel(BaseModel):
    """Base of all configuration: unknown keys, wrong types, infinity and NaN are errors. Frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)


def load_toml(path: str | Path, model: type[Model]) -> Model:
    """Read `path` into `model`; paths in it are relative to the file.

    Raises ConfigError: file missing, not TOML, or any number of wrong keys and values, all listed.
    """
    return validate(read_toml(path), model, where=str(path), file=Path(path))


def read_toml(path: str | Path) -> dict[str, Any]:
    """Parsed TOML file; raises ConfigError: file missing, not TOML."""
    path = Path(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML ({error})") from None
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML (tables or lists nested too deeply)") from None


def validate(raw: dict[str, Any], model: type[Model], where: str, file: Path | None = None) -> Model:
    """Check a dictionary against `model`; raises ConfigError listing every fault, prefixed by `where`.

    file : paths in the dictionary are relative to it; None leaves them unchanged
    """
    try:
        # lax about list -> tuple only: TOML has no tuples; numbers and strings stay strict
        return model.model_validate_json(json.dumps(raw, default=str), strict=True, context={"file": file})
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
