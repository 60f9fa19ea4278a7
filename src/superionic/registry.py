"""Public files of others: listed with address and sha256 in a registry, downloaded on demand.

A registry is a text file with one `name sha256 address` per line (pooch's format). Files are kept in
the user's cache; SUPERIONIC_MIRROR=<folder> reads a local copy instead, under the same names.
"""

from __future__ import annotations

import os
from pathlib import Path

import pooch

from .provenance import sha256_file


def fetch(registry: str | Path, name: str) -> Path:
    """The local path of a registered file, downloaded and checked if need be.

    Raises ValueError for a name not in the registry or content with another sha256, OSError when it
    cannot be downloaded.
    """
    store = _store(Path(registry), name)
    mirror = os.environ.get("SUPERIONIC_MIRROR")
    if mirror and (Path(mirror) / name).exists():
        path = Path(mirror) / name
        if sha256_file(path) != store.registry[name]:
            raise ValueError(f"{path}: sha256 differs from the one in {registry}")
        return path
    address = str(store.get_url(name))
    if not address.startswith(("http://", "https://", "doi:")):
        raise ValueError(f"{registry}: {name} has the address {address!r}, which is none of the web")
    try:
        return Path(store.fetch(name))
    except ValueError as error:  # pooch: wrong hash
        raise ValueError(
            f"{name}: what {store.get_url(name)} sent has another sha256 than {registry} says: the file "
            "there has changed, or the entry is wrong"
        ) from error
    except Exception as error:  # exceptions of requests are not OSError in every version
        raise OSError(
            f"{name} could not be downloaded from {store.get_url(name)} ({type(error).__name__}): connect "
            "to the internet, or set SUPERIONIC_MIRROR to a folder that holds it"
        ) from error


def registered_sha256(registry: str | Path, name: str) -> str:
    """The sha256 of a file according to the registry. Raises ValueError for an unknown name."""
    sha256: str = _store(Path(registry), name).registry[name]
    return sha256


def _store(registry: Path, name: str) -> pooch.Pooch:
    if not registry.exists():
        raise ValueError(f"{registry}: no such registry file")
    store = pooch.create(path=pooch.os_cache("superionic"), base_url="", retry_if_failed=2)
    try:
        store.load_registry(registry)
    except Exception as error:  # errors of its parser pass through pooch
        raise ValueError(f"{registry}: not a registry of lines 'name sha256:... address' ({error})") from None
    if name not in store.registry:
        raise ValueError(f"{registry}: no entry {name!r}; it lists {', '.join(sorted(store.registry))}")
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{registry}: {name!r} leads out of the folder of fetched files: name it without ..")
    return store
