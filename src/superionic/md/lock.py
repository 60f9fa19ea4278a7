"""One process a run: a folder of segments is written to by one at a time, on one machine or on many.

The folder holds a file `.lock` while a run is at it, with the host, the process and a counter that goes up.
Two things keep a second process out:

- the system's lock on that file. It ends with the process, and over NFS it holds between hosts, since the
  file is open for writing (a lock on the folder itself would be known to its own host only).
- the counter, where locks are missing or end at the host (some parallel file systems): a file left by
  another host is watched for WATCH_S. If the counter moves, its writer lives; if not, it was killed. A
  process number says nothing on another host, so it is never asked for.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BEAT_S = 10.0
"""Seconds between two steps of the counter."""

WATCH_S = 45.0
"""How long the counter of another host may stand still before its process is taken for dead."""

LOCK = ".lock"


class FolderInUse(RuntimeError):
    """Another process writes to this folder."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder, made if need be, and remove what killed processes left half written.

    Raises FolderInUse when another process holds it, on this host or another; OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, owner, ended = folder / LOCK, _owner(), threading.Event()
    handle = _acquire(path, owner)
    beat = threading.Thread(target=_beat, args=(handle, owner, ended), daemon=True)
    try:
        for partial in folder.glob(".*.partial"):
            partial.unlink(missing_ok=True)
        beat.start()
        yield
    finally:
        ended.set()
        if beat.ident is not None:
            beat.join()
        if _is_of(_read(path), owner):
            path.unlink(missing_ok=True)
        os.close(handle)


def _acquire(path: Path, owner: dict[str, Any]) -> int:
    """The open file, held by us alone and with our name in it."""
    while True:
        handle, fresh = _open(path)
        try:
            locked = _lock(handle, path)
            if not _is_still(path, handle):  # its holder ended, and removed it, since we opened it
                os.close(handle)
                continue
            before = {} if fresh else _read(path)
            elsewhere = not fresh and not (locked and before.get("host") == owner["host"])
            if elsewhere:
                _watch(path, before)
            _write(handle, owner, path)
            if elsewhere:
                time.sleep(WATCH_S / 20)  # another may have watched as long as we have
                if not _is_of(_read(path), owner):
                    raise FolderInUse(_in_use(path.parent, _read(path)))
        except BaseException:
            os.close(handle)
            raise
        return handle


def _open(path: Path) -> tuple[int, bool]:
    """The file, and whether it is new; of several hosts only one makes it."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644), True
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644), False


def _lock(handle: int, path: Path) -> bool:
    """Whether the file system locks at all; raises FolderInUse where another process has the lock."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FolderInUse(_in_use(path.parent, _read(path))) from None
    except OSError:
        return False
    return True


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _watch(path: Path, before: dict[str, Any]) -> None:
    """Raise FolderInUse as soon as somebody writes to the file; return when nobody has for WATCH_S."""
    end = time.monotonic() + WATCH_S
    while time.monotonic() < end:
        time.sleep(min(1.0, WATCH_S / 10))
        now = _read(path)  # opened anew, so that NFS asks its server
        if now != before:
            raise FolderInUse(_in_use(path.parent, now or before))


def _owner() -> dict[str, Any]:
    """Who we are, for whom we keep out."""
    slurm = {key: os.environ[name] for key, name in _SLURM.items() if name in os.environ}
    return {"host": platform.node(), "process": os.getpid(), **slurm}


_SLURM = {"job": "SLURM_JOB_ID", "step": "SLURM_STEP_ID", "task": "SLURM_PROCID"}


def _is_of(found: Mapping[str, Any], owner: Mapping[str, Any]) -> bool:
    return all(found.get(key) == owner[key] for key in ("host", "process"))


def _beat(handle: int, owner: dict[str, Any], ended: threading.Event) -> None:
    count = 0
    while not ended.wait(BEAT_S):
        count += 1
        with contextlib.suppress(OSError):  # a full disk is the run's to report
            _write(handle, {**owner, "beat": count})


def _write(handle: int, owner: dict[str, Any], path: Path | None = None) -> None:
    """Raises OSError that names `path`."""
    line = json.dumps(owner).encode() + b"\n"
    try:
        os.pwrite(handle, line, 0)
        os.ftruncate(handle, len(line))
        os.fsync(handle)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _read(path: Path) -> dict[str, Any]:
    """What the file says; of one that is gone, empty or half written nothing."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _in_use(folder: Path, owner: Mapping[str, Any]) -> str:
    """The message: who holds the folder, and what most probably went wrong."""
    who = ", ".join(f"{key} {owner[key]}" for key in ("host", "process", *_SLURM) if key in owner)
    message = f"{folder}: another process is running this already" + (f" ({who})" if who else "")
    ours = _owner()
    same_step = all(key in owner and owner[key] == ours.get(key) for key in ("job", "step"))
    if same_step and owner.get("task") != ours.get("task"):
        tasks = os.environ.get("SLURM_STEP_NUM_TASKS", "several")
        return (
            f"{message}: srun started {tasks} copies of this command. One process does it all: start it with "
            "srun --ntasks=1 --cpus-per-task=N"
        )
    copies = next((os.environ[name] for name in _COPIES if os.environ.get(name, "1") != "1"), None)
    if copies is not None:
        return (
            f"{message}; the launcher started {copies} copies of this command: start one, with more threads"
        )
    return f"{message}; wait for it, or give another folder"


_COPIES = ("SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
"""Where srun and the MPI launchers say how many copies they have started."""
