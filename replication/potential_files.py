"""The nep.txt of a model: ours in data/potentials, or a public one of data/registry.txt."""

from __future__ import annotations

from pathlib import Path

from superionic.provenance import sha256_file
from superionic.registry import fetch, registered_sha256

from .paths import POTENTIALS, REGISTRY


def registered_name(material: str, model: str) -> str | None:
    """The name of a public potential in data/registry.txt; None for one of ours."""
    return None if _own(material, model).exists() else f"{material}/{model}.txt"


def potential_file(material: str, model: str) -> Path:
    """The local file, downloaded if need be. Raises ValueError for an unknown model, OSError offline."""
    name = registered_name(material, model)
    return _own(material, model) if name is None else fetch(REGISTRY, name)


def potential_sha256(material: str, model: str) -> str:
    """Of our potential as it is now, or of the registered one. Raises ValueError for an unknown model."""
    name = registered_name(material, model)
    return sha256_file(_own(material, model)) if name is None else registered_sha256(REGISTRY, name)


def _own(material: str, model: str) -> Path:
    return POTENTIALS / material / f"{model}.txt"
