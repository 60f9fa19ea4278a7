"""What runs need of the web is fetched before; then they need no network."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from replication.fetch import public_files
from replication.runs import described_runs
from superionic.provenance import sha256_file
from tests.compendium import SWEEP, build_compendium, environment

PUBLIC = SWEEP.replace(
    '{ path = "../../../data/potentials/salt/A.txt" }',
    '{ registry = "../../../data/registry.txt", name = "salt/A.txt" }',
).replace("duration_ps = 20.0", "duration_ps = 10.0")

NO_NETWORK = """
import runpy, socket, sys

def refuse(*_):
    raise OSError("no network here")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__")
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def compendium(tmp_path, monkeypatch) -> Iterator[Path]:
    """Model A is a public file on a server of our own; nothing is fetched yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("SUPERIONIC_MIRROR", raising=False)
    root = build_compendium(tmp_path / "root", PUBLIC)
    (tmp_path / "web").mkdir()
    published = (root / "data/potentials/salt/A.txt").rename(tmp_path / "web/A.txt")
    handler = functools.partial(Quiet, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        line = f"salt/A.txt {sha256_file(published)} http://127.0.0.1:{server.server_port}/A.txt\n"
        (root / "data/registry.txt").write_text(line, encoding="utf-8")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield root
        server.shutdown()


def call(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )


def test_after_fetch_runs_need_no_network(compendium) -> None:
    run = ["-c", NO_NETWORK, "replication.flux", "salt/A-300K-8", "--threads", "1"]
    before = call(compendium, *run)
    assert before.returncode == 2 and "could not be downloaded" in before.stderr

    fetched = call(compendium, "-m", "replication.fetch")
    assert fetched.returncode == 0, fetched.stderr
    assert fetched.stdout.split()[0] == "salt/A.txt" and len(fetched.stdout.splitlines()) == 1
    after = call(compendium, *run)
    assert after.returncode == 0, after.stderr
    assert "flux.npz: 8 replicas" in after.stdout
    again = call(compendium, "-c", NO_NETWORK, "replication.fetch")
    assert again.returncode == 0, again.stderr


def test_a_copy_serves_nodes_with_another_home(compendium, tmp_path, monkeypatch) -> None:
    call(compendium, "-m", "replication.fetch", "salt/A-300K-8", "--into", str(tmp_path / "mirror"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("SUPERIONIC_MIRROR", str(tmp_path / "mirror"))
    served = call(compendium, "-c", NO_NETWORK, "replication.fetch")
    assert served.stdout.split() == ["salt/A.txt", str(tmp_path / "mirror/salt/A.txt")], served.stderr


def test_what_runs_need_is_found() -> None:
    """Every registered potential of a sweep, and only those of the runs that are asked for."""
    assert list(public_files(["li3ps4/nepC-650K"])) == ["li3ps4/nepC.txt"]
    assert public_files(["li3ps4/A-650K-192"]) == {}
    named = {point.config.potential.name for point in described_runs().values()} - {None}
    assert set(public_files(list(described_runs()))) == named and len(named) >= 5
