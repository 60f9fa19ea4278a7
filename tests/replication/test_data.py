"""Flux by its hash: what is committed is registered, and comes back from a folder."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import pytest

from replication import data


def test_the_registry_lists_the_committed_flux() -> None:
    assert data.faults() == []
    assert len(data.entries()) > 50


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of flux with two runs, registered."""
    folder = tmp_path / "flux"
    for name in ("a", "b"):
        (folder / "m" / name).mkdir(parents=True)
        (folder / "m" / name / "flux.npz").write_bytes(name.encode())
    monkeypatch.setattr(data, "FLUX", folder)
    monkeypatch.setattr(data, "REGISTRY", folder / "registry.txt")
    monkeypatch.delenv("SUPERIONIC_MIRROR", raising=False)
    data.write_registry()
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["data", *words])
    return data.main()


@pytest.mark.parametrize("by", ["option", "environment"])
def test_missing_files_come_from_a_folder(small: Path, tmp_path: Path, monkeypatch, capsys, by: str) -> None:
    shutil.copytree(small, tmp_path / "copy")
    (small / "m" / "a" / "flux.npz").unlink()
    assert data.faults() == ["m/a/flux.npz: missing"]
    words = ["--from", str(tmp_path / "copy")] if by == "option" else []
    if by == "environment":
        monkeypatch.setenv("SUPERIONIC_MIRROR", str(tmp_path / "copy"))
    assert run(monkeypatch, *words) == 0
    assert (small / "m" / "a" / "flux.npz").read_bytes() == b"a"
    assert "m/a/flux.npz: from" in capsys.readouterr().out
    assert run(monkeypatch, "--check") == 0


def test_other_content_is_refused_and_nothing_is_written(small: Path, tmp_path: Path, monkeypatch) -> None:
    shutil.copytree(small, tmp_path / "copy")
    (small / "m" / "a" / "flux.npz").unlink()
    (tmp_path / "copy" / "m" / "a" / "flux.npz").write_bytes(b"other")
    with pytest.raises(ValueError, match="sha256 differs"):
        run(monkeypatch, "--from", str(tmp_path / "copy"))
    assert not (small / "m" / "a" / "flux.npz").exists()


def test_a_file_that_is_nowhere_says_how_to_get_it(small: Path, monkeypatch) -> None:
    (small / "m" / "a" / "flux.npz").unlink()
    with pytest.raises(FileNotFoundError, match="`make flux-m/a` computes it"):
        run(monkeypatch)


def test_changed_and_unregistered_files_are_found(small: Path, monkeypatch, capsys) -> None:
    (small / "m" / "b" / "flux.npz").write_bytes(b"edited")
    (small / "m" / "c").mkdir()
    (small / "m" / "c" / "flux.npz").write_bytes(b"new")
    assert run(monkeypatch, "--check") == 1
    said = capsys.readouterr().err
    assert "m/b/flux.npz: differs from the registry" in said and "m/c/flux.npz: not in the registry" in said
    assert run(monkeypatch, "--write") == 0
    assert data.faults() == []


def test_addresses_survive_and_nonsense_is_refused(small: Path) -> None:
    lines = data.REGISTRY.read_text().splitlines()
    data.REGISTRY.write_text("\n".join([lines[0] + " https://example.org/a.npz", lines[1]]) + "\n")
    data.write_registry()
    assert data.entries()["m/a/flux.npz"][1] == "https://example.org/a.npz"
    for line in ("m/a/flux.npz", *(f"{name} {64 * '0'}" for name in STRANGE), f"m/a/flux.npz {64 * 'z'}"):
        data.REGISTRY.write_text(f"{line}\n")
        with pytest.raises(ValueError, match="line 1: not"):
            data.entries()
    data.REGISTRY.write_text(2 * f"m/a/flux.npz {64 * '0'}\n")
    with pytest.raises(ValueError, match=r"line 2: m/a/flux\.npz occurs twice"):
        data.entries()
    data.REGISTRY.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"registry\.txt is damaged"):
        data.entries()


STRANGE = (
    "../../evil.npz",
    "/m/a/flux.npz",
    "../a/flux.npz",
    "m/../flux.npz",
    "m/a/other.npz",
    "m/a/b/flux.npz",
)


def test_a_new_run_is_registered_beside_those_whose_flux_is_not_here(small: Path) -> None:
    """A clone without the flux of other runs can still bring it back after a run of its own."""
    before = data.entries()
    (small / "m" / "a" / "flux.npz").unlink()
    (small / "m" / "c").mkdir()
    (small / "m" / "c" / "flux.npz").write_bytes(b"new")
    data.register("m/c/flux.npz")
    assert data.entries() == before | {"m/c/flux.npz": (hashlib.sha256(b"new").hexdigest(), "")}
