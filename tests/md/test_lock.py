"""One process a run, also where the second one is on another host or the file system knows no locks."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from superionic.md import lock
from superionic.md.lock import LOCK, FolderInUse, alone_in


@pytest.fixture(autouse=True)
def fast(monkeypatch) -> None:
    monkeypatch.setattr(lock, "BEAT_S", 0.02)
    monkeypatch.setattr(lock, "WATCH_S", 0.5)


def leave(folder: Path, **owner: object) -> None:
    """The file of somebody else; this process number lives here, which says nothing about another host."""
    content = {"host": "node7", "process": os.getpid(), **owner}
    (folder / LOCK).write_text(json.dumps(content), encoding="utf-8")


def without_locks(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_a_file_of_another_host_that_stands_still_is_taken_over(tmp_path) -> None:
    leave(tmp_path, beat=4)
    started = time.monotonic()
    with alone_in(tmp_path):
        assert time.monotonic() - started > 0.5
    assert list(tmp_path.iterdir()) == []


def test_a_process_on_another_host_is_not_taken_for_dead(tmp_path) -> None:
    """Here no lock of the system tells, as where locks end at the host."""
    leave(tmp_path, process=2**22 + 1)  # no process of ours

    def beat() -> None:
        for count in range(1, 6):  # no more once the watch is over: that alone has to tell
            time.sleep(0.05)
            leave(tmp_path, process=2**22 + 1, beat=count)

    other = threading.Thread(target=beat)
    other.start()
    try:
        who = r"\(host node7, process 4194305\); wait for it"
        with pytest.raises(FolderInUse, match=who), alone_in(tmp_path):
            pass
    finally:
        other.join()
    assert (tmp_path / LOCK).exists()


def test_without_locks_the_counter_keeps_the_second_out(tmp_path, monkeypatch) -> None:
    without_locks(monkeypatch)
    with alone_in(tmp_path):
        with pytest.raises(FolderInUse, match="another process is running this"), alone_in(tmp_path):
            pass
        assert (tmp_path / LOCK).exists()
    with alone_in(tmp_path):
        pass


def test_of_two_that_take_over_at_once_one_goes_on(tmp_path, monkeypatch) -> None:
    without_locks(monkeypatch)
    leave(tmp_path)
    ours, write = os.getpid(), lock._write

    def overtaken(handle: int, owner: dict, path: Path | None = None) -> None:
        write(handle, owner, path)
        leave(tmp_path, process=ours + 1)

    monkeypatch.setattr(lock, "_write", overtaken)
    with pytest.raises(FolderInUse, match=f"process {ours + 1}"), alone_in(tmp_path):
        pass


def test_nfs_locks_only_files_that_are_open_for_writing(tmp_path, monkeypatch) -> None:
    """Its client answers EBADF otherwise, and locks folders for its own host alone."""
    flock, asked = fcntl.flock, []

    def as_over_nfs(handle: int, operation: int) -> None:
        writable = fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR
        asked.append(writable and stat.S_ISREG(os.fstat(handle).st_mode))
        flock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", as_over_nfs)
    with alone_in(tmp_path):
        pass
    assert asked == [True]


HOLD = "import sys, time; from pathlib import Path; from superionic.md.lock import alone_in\n" + (
    "with alone_in(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
)


def test_the_file_of_a_killed_process_of_this_host_is_no_hindrance(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(lock, "WATCH_S", 3600.0)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(FolderInUse, match=f"process {holder.pid}"), alone_in(tmp_path):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert (tmp_path / LOCK).exists()
    with alone_in(tmp_path):
        assert json.loads((tmp_path / LOCK).read_text())["process"] == os.getpid()


def test_a_file_removed_by_its_holder_meanwhile_is_opened_anew(tmp_path, monkeypatch) -> None:
    lock_it, times = lock._lock, []

    def after_the_holder(handle: int, path: Path) -> bool:
        if not times:
            path.unlink()
        times.append(path)
        return lock_it(handle, path)

    monkeypatch.setattr(lock, "_lock", after_the_holder)
    with alone_in(tmp_path):
        assert len(times) == 2 and (tmp_path / LOCK).exists()


@pytest.mark.parametrize(
    ("ours", "remedy"),
    [
        (
            {"SLURM_JOB_ID": "9", "SLURM_STEP_ID": "0", "SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2"},
            r"task 0\): srun started 2 copies of this command.* srun --ntasks=1 --cpus-per-task=N",
        ),
        ({"OMPI_COMM_WORLD_SIZE": "4"}, "the launcher started 4 copies of this command: start one"),
        ({"SLURM_JOB_ID": "10", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0"}, "job 9.*wait for it"),
    ],
)
def test_a_launcher_that_starts_copies_is_named(tmp_path, monkeypatch, ours, remedy) -> None:
    for name in ("SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)
    first = {"SLURM_JOB_ID": "9", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0"}
    with monkeypatch.context() as other:
        for name, value in first.items():
            other.setenv(name, value)
        holder = alone_in(tmp_path)
        holder.__enter__()
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(FolderInUse, match=remedy), alone_in(tmp_path):
        pass
    holder.__exit__(None, None, None)


def test_a_full_disk_is_named(tmp_path, monkeypatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*\.lock'"), alone_in(tmp_path):
        pass
