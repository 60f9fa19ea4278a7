"""One process a run: a folder of segments is written to by one at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(RuntimeError):
    """Another process writes to this folder."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder, made if need be, and remove what killed processes left half written.

    The lock is the system's, on the folder itself: it leaves no file and ends with the process.
    Raises FolderInUse when another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(
                f"{folder}: another process is running this already; wait for it, or give another folder"
            ) from None
        except OSError:
            pass  # a file system without locks
        else:
            for partial in folder.glob(".*.partial"):
                partial.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)
