"""Provenance of products: content hashes, headers, atomic writing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import __version__


def sha256_file(path: str | Path) -> str:
    """Hexadecimal sha256 of a file's bytes."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def sha256_json(value: Any) -> str:
    """Hexadecimal sha256 of a JSON-able value, independent of key order."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def header(**entries: Any) -> dict[str, Any]:
    """A product's header: the given entries and the version of the code."""
    return {"superionic_version": __version__, **entries}


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> None:
    """Let `write` create a temporary file in the folder of `path`, flush it to disk, then rename it.

    Readers of `path` see the old file or the complete new one, whenever the writer is killed. Raises OSError
    with `path` as its file name.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:  # writers of arrays and figures do not name the file
        if error.errno is None or error.filename not in (None, str(temporary), temporary):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):  # a folder that is none says so already
            temporary.unlink(missing_ok=True)


def write_text_atomically(path: str | Path, text: str) -> None:
    """`write_atomically` for text."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
