"""Compiling the native engine: the cache, its key, and machines without a compiler."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from superionic.engines.native import build
from superionic.engines.native_engine import NativeEngine
from superionic.system import System
from tests.models import random_parameters, random_structure


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "superionic"


def test_compiled_once_per_shape(empty_cache) -> None:
    definitions = build.shape_definitions(random_parameters(neurons=2, l_max=(1, 0, 0)).shape, "mixed")
    with ThreadPoolExecutor(2) as pool:  # two at a time may compile; one file remains
        first, second = pool.map(build.library, [definitions, definitions])
    assert first == second
    written = first.stat().st_mtime_ns
    assert build.library(definitions) == first
    assert first.stat().st_mtime_ns == written
    assert [path.name for path in empty_cache.iterdir()] == [first.name]


@pytest.fixture
def quick_compiler(empty_cache, tmp_path, monkeypatch):
    """A compiler that only writes a file, for what the cache does with it; returns the log of its calls."""
    log, compiler = tmp_path / "calls", tmp_path / "quick"
    lines = ["#!/bin/sh", '[ "$1" = --version ] && exit', f"echo call >> {log}"]
    lines += ['while [ "$1" != -o ]; do shift; done', 'head -c 4096 /dev/zero > "$2"']
    compiler.write_text("\n".join(lines))
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    return log


def test_truncated_library_is_compiled_anew_and_works(empty_cache) -> None:
    """A truncated one is a bus error when it is loaded."""
    parameters = random_parameters(neurons=2, l_max=(1, 0, 0))
    path = build.library(build.shape_definitions(parameters.shape, "mixed"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    atoms = random_structure(parameters.elements, 8, 7.0)
    found = NativeEngine(parameters).compute(System.from_atoms(atoms, parameters.elements))
    assert np.abs(found.forces).max() > 0
    assert [len(path.read_bytes()) for path in empty_cache.iterdir()] == [len(whole)]


@pytest.mark.parametrize("content", [b"", b"\0" * 4095 + b"\1", b"\0" * 5000], ids=["empty", "bit", "longer"])
def test_damaged_library_is_compiled_anew(empty_cache, quick_compiler, content) -> None:
    path = build.library({})
    assert build.library({}) == path
    assert quick_compiler.read_text().count("call") == 1
    path.write_bytes(content)
    assert build.library({}) == path
    assert path.read_bytes() == b"\0" * 4096
    assert quick_compiler.read_text().count("call") == 2
    assert [path.name for path in empty_cache.iterdir()] == [path.name]


def test_code_that_others_can_change_is_refused(empty_cache, quick_compiler) -> None:
    path = build.library({})
    for changed in (path, empty_cache):
        for writable in (0o775, 0o757):
            changed.chmod(writable)
            with pytest.raises(
                build.NativeUnavailable, match=rf"can be changed by other users.*chmod go-w .*{changed.name}`"
            ):
                build.library({})
        changed.chmod(0o755)
    assert build.library({}) == path


def test_code_of_another_user_is_refused(empty_cache, quick_compiler, monkeypatch) -> None:
    path = build.library({})
    owner = path.stat().st_uid
    monkeypatch.setattr(build.os, "getuid", lambda: owner + 1)
    with pytest.raises(build.NativeUnavailable, match=r"belongs to another user.*XDG_CACHE_HOME"):
        build.library({})


def test_caches_are_made_safe_whatever_the_umask(empty_cache, quick_compiler) -> None:
    before = os.umask(0)
    try:
        path = build.library({})
    finally:
        os.umask(before)
    for made in (path, empty_cache):
        assert made.stat().st_mode & 0o022 == 0


def test_no_compiler_says_what_to_do(empty_cache, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(build.NativeUnavailable, match=r"install g\+\+.*engine='torch'"):
        NativeEngine(random_parameters())


def test_failing_compiler_shows_its_message(empty_cache, monkeypatch, tmp_path) -> None:
    compiler = tmp_path / "broken"
    compiler.write_text("#!/bin/sh\necho no such flag >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    with pytest.raises(build.NativeUnavailable, match="no such flag"):
        NativeEngine(random_parameters())
    assert not list(empty_cache.glob("*"))


def test_uncovered_shapes_are_refused() -> None:
    parameters = random_parameters()
    for l_max in ((5, 0, 0), (0, 0, 0), (1, 2, 0)):
        with pytest.raises(ValueError, match="outside the native engine"):
            build.shape_definitions(replace(parameters.shape, l_max=l_max), "mixed")
    with pytest.raises(ValueError, match=r"angular cutoff 6\.0 Å beyond the radial"):
        build.shape_definitions(replace(parameters.shape, cutoff_angular=6.0), "mixed")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cutoff_radial": math.nan}, "radial cutoff of the potential is nan"),
        ({"cutoff_angular": math.nan}, "angular cutoff of the potential is nan"),
        ({"cutoff_radial": math.inf}, "radial cutoff of the potential is inf"),
        ({"cutoff_angular": 0.0}, "angular cutoff of the potential is 0.0"),
        ({"zbl": (1.0, 5.5)}, r"outer ZBL radius 5.5 Å beyond the radial cutoff, 5.0 Å.*engine='torch'"),
        ({"zbl": (2.0, 1.0)}, "ZBL radii"),
        ({"zbl": (1.0, math.nan)}, "ZBL radii"),
    ],
)
def test_impossible_lengths_are_refused(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        parameters = random_parameters(zbl=(1.0, 2.0))
        NativeEngine(replace(parameters, shape=replace(parameters.shape, **change)))
