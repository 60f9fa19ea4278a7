"""Compiling the native engine: the cache, its key, and machines without a compiler."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from superionic.engines.native import build
from superionic.engines.native_engine import NativeEngine
from tests.models import random_parameters


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "superionic"


def test_compiled_once_per_shape(empty_cache) -> None:
    definitions = build.shape_definitions(random_parameters(neurons=2, l_max=(1, 0, 0)), "mixed")
    with ThreadPoolExecutor(2) as pool:  # two at a time may compile; one file remains
        first, second = pool.map(build.library, [definitions, definitions])
    assert first == second
    written = first.stat().st_mtime_ns
    assert build.library(definitions) == first
    assert first.stat().st_mtime_ns == written
    assert [path.name for path in empty_cache.iterdir()] == [first.name]


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
            build.shape_definitions(replace(parameters, l_max=l_max), "mixed")
    with pytest.raises(ValueError, match=r"angular cutoff 6\.0 Å beyond the radial"):
        build.shape_definitions(replace(parameters, cutoff_angular=6.0), "mixed")
