"""Compiled code in the user's cache: whole, unchanged, and nobody else's."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path


def cache_folder() -> Path:
    """$XDG_CACHE_HOME/superionic, or ~/.cache/superionic."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "superionic"


def kept(
    name: str, key: str, suffix: str, make: Callable[[Path], object], unavailable: type[RuntimeError]
) -> Path:
    """The file `make` writes to the path it is given, from the cache if it is there.

    It is called NAME-KEY-CONTENT: `key` names what it is made from, and the rest is the sha256 of the file
    itself. A file that is not what its name says is made anew. Processes and threads may race: each works in
    a folder of its own and renames.

    Raises `unavailable` when the folder cannot be written, or when it or a file belongs to someone else or
    can be changed by others, so that it might be anybody's code; and what `make` raises.
    """
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        _refuse_of_others(folder, unavailable)
        for path in sorted(folder.glob(f"{name}-{key}-*{suffix}")):
            with contextlib.suppress(FileNotFoundError):  # another process may have thrown it out
                _refuse_of_others(path, unavailable)
                if path.name == _named_by_content(path, name, key, suffix):
                    return path
                path.unlink()  # cut short, or damaged
        with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as workshop:
            built = Path(workshop) / f"{name}{suffix}"
            make(built)
            built.chmod(0o755)
            path = folder / _named_by_content(built, name, key, suffix)
            os.replace(built, path)
            return path
    except OSError as error:
        raise unavailable(
            f"cannot keep the compiled engine in {folder} ({error}): set XDG_CACHE_HOME to a "
            "writable folder, or use engine='torch'"
        ) from error


def _named_by_content(path: Path, name: str, key: str, suffix: str) -> str:
    return f"{name}-{key}-{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}{suffix}"


def _refuse_of_others(path: Path, unavailable: type[RuntimeError]) -> None:
    """Compiled code is loaded into this process: nobody else may have written it."""
    status = path.stat()
    if status.st_uid != os.getuid():
        raise unavailable(
            f"{path} belongs to another user, who could run code here through it: set XDG_CACHE_HOME to a "
            "folder of your own, or use engine='torch'"
        )
    if stat.S_IMODE(status.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
        raise unavailable(
            f"{path} can be changed by other users, who could run code here through it: "
            f"`chmod go-w {path}`, set XDG_CACHE_HOME to a folder of your own, or use engine='torch'"
        )
