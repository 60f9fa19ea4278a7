"""How commands end when a user, a full disk or a closed pipe ends them: one line, the right status."""

from __future__ import annotations

import errno
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from superionic.cli import status
from superionic.engines import load_engine
from superionic.nep.format import write_nep
from superionic.provenance import write_atomically
from tests.models import random_parameters
from tests.test_cli import MATERIAL, RUN

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "superionic.cli"]

LONG_BLOCK = """
[[stages]]
ensemble = "nvt"
duration_ps = 1000.0
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A run whose only block takes minutes."""
    (tmp_path / "material.toml").write_text(MATERIAL)
    run = re.sub(r"\[\[stages\]\].*", "", RUN, flags=re.DOTALL)
    run = run.replace("snapshot_ps = 0.01", "snapshot_ps = 1000.0").replace("0.25", "1000.0")
    (tmp_path / "run.toml").write_text(run + LONG_BLOCK)
    parameters = random_parameters(("Li", "S"), cutoffs=(3.5, 3.0), n_max=(2, 2), l_max=(2, 0, 0), seed=1)
    write_nep(tmp_path / "nep.txt", parameters)
    return tmp_path


def molecular_dynamics(folder: Path, **options) -> subprocess.Popen:
    arguments = ["md", str(folder / "run.toml"), "--out", str(folder / "segments"), "--engine", "native"]
    return subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_block_of_minutes_at_once(folder, number) -> None:
    process = molecular_dynamics(folder)
    assert process.stdout is not None
    assert "replicas" in process.stdout.readline()  # the engine is loaded
    time.sleep(0.5)
    sent = time.perf_counter()
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert time.perf_counter() - sent < 5.0  # a busy machine; 0.2 s on an idle one
    assert process.returncode == 128 + number
    assert errors.strip() == (
        f"superionic md: ended by {number.name}; what was finished is kept; run the same command again to go "
        "on"
    )
    assert list((folder / "segments").iterdir()) == []


def run_closed(code: str) -> tuple[int, str]:
    """Status and messages of a command that writes into a pipe nobody reads."""
    read, write = os.pipe()
    os.close(read)
    script = f"import sys; from superionic.cli import status; sys.exit(status('it', lambda: {code}))"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


@pytest.mark.parametrize("lines", [1, 100_000])
def test_output_into_a_closed_pipe(lines) -> None:
    assert run_closed(f"print('word\\n' * {lines})") == (128 + signal.SIGPIPE, "")


def test_output_onto_a_full_disk() -> None:
    script = "import sys; from superionic.cli import status; sys.exit(status('it', lambda: print('word')))"
    with open("/dev/full", "w") as full:
        found = subprocess.run(
            [sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert found.returncode == 2
    assert found.stderr == (
        "it: standard output: No space left on device: free some space, then run the same command again\n"
    )


def test_a_file_that_does_not_fit_is_named(folder) -> None:
    """By a limit on the size of files, as on a disk that is full."""
    (folder / "run.toml").write_text(RUN)
    load_engine(folder / "nep.txt", "native")  # compiled before files are limited
    process = molecular_dynamics(
        folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.strip() == f"superionic md: {folder}/segments/stage0-00000.npz: File too large"
    assert list((folder / "segments").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "free some space"), (errno.EROFS, "another folder"), (errno.EACCES, "permissions")],
)
def test_what_the_system_refuses_comes_with_file_and_remedy(tmp_path, capsys, number, remedy) -> None:
    def refuse(_: Path) -> None:
        raise OSError(number, os.strerror(number))

    assert status("it", lambda: write_atomically(tmp_path / "product.npz", refuse)) == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith(f"it: {tmp_path / 'product.npz'}: {os.strerror(number)}: ")
    assert remedy in message


def test_memory_that_does_not_suffice_is_a_message(capsys) -> None:
    def ask() -> int:
        raise MemoryError

    assert status("it", ask) == 2
    assert capsys.readouterr().err == (
        "it: not enough memory: give fewer replicas, a smaller cell or a shorter series\n"
    )


def test_every_module_that_can_be_run_ends_that_way() -> None:
    for path in ROOT.glob("replication/**/*.py"):
        _, main, end = path.read_text(encoding="utf-8").partition('if __name__ == "__main__":\n')
        assert not main or re.fullmatch(
            r"    (sys\.exit|raise SystemExit)\(status\(\"[\w. ]+\", main\)\)\n", end
        ), path
