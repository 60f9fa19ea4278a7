"""Compile the C++ sources for one model shape and precision, once per machine, into the user's cache."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import shutil
import subprocess
from pathlib import Path

from ...nep.shape import NEPShape
from ..base import EngineUnavailable
from ..cache import kept
from ..coverage import refuse_uncovered

SOURCES = Path(__file__).parent
OPTIMISATION = ("-std=c++17", "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast")
"""No -ffast-math: it lets the compiler assume away NaN, and non-finite values must be seen."""
LINKING = ("-fPIC", "-shared", "-pthread", "-Wno-psabi")
COVERED = frozenset({"cutoffs of each pair of species", "typewise ZBL", "flexible ZBL"})
"""Of `coverage.FEATURES` what the sources evaluate."""
ARCHITECTURES = (("-march=native",), ("-mcpu=native",), ())
"""Tried in this order; the first that compiles is used."""


class NativeUnavailable(EngineUnavailable):
    """The native engine cannot be built here; the message says why and what to do."""


def shape_definitions(shape: NEPShape, precision: str) -> dict[str, str | int]:
    """Sizes that are fixed at compile time.

    Raises ValueError for a potential that the native engine does not cover, or nobody could.
    """
    _refuse_what_is_not_covered(shape)
    return {
        "NEP_REAL": {"mixed": "float", "float64": "double"}[precision],
        "NEP_TYPES": shape.n_types,
        "NEP_N_RADIAL": shape.n_radial,
        "NEP_N_ANGULAR": shape.n_angular,
        "NEP_K_RADIAL": shape.k_radial,
        "NEP_K_ANGULAR": shape.k_angular,
        "NEP_L_MAX": shape.l_max[0],
        "NEP_FOUR_BODY": int(shape.four_body),
        "NEP_FIVE_BODY": int(shape.five_body),
        "NEP_NEURONS": shape.n_neurons,
        "NEP_ZBL": int(shape.zbl is not None),
        "NEP_PAIR_CUTOFFS": int(shape.has_pair_cutoffs),
    }


def _refuse_what_is_not_covered(shape: NEPShape) -> None:
    refuse_uncovered("native", shape, COVERED)
    l_max, four_body = shape.l_max[0], shape.four_body
    if l_max < 1 or (four_body and l_max < 2):
        raise ValueError(
            f"l_max {shape.l_max} is outside the native engine (3-body 1 to 4, 4-body from 2 on): "
            "use engine='torch'"
        )
    radial, angular = shape.cutoff_radial, shape.cutoff_angular
    for name, cutoff in (("radial", radial), ("angular", angular)):
        if not (math.isfinite(cutoff) and cutoff > 0):
            raise ValueError(
                f"the {name} cutoff of the potential is {cutoff} Å: it must be a positive length"
            )
    if angular > radial:
        raise ValueError(
            f"angular cutoff {angular} Å beyond the radial one, {radial} Å, is outside the native engine: "
            "use engine='torch'"
        )
    if shape.zbl is None:
        return
    if shape.zbl_flexible:
        return  # NEPParameters has checked the radii of every pair
    inner, outer = shape.zbl
    if not 0 <= inner < outer < math.inf:
        raise ValueError(
            f"the ZBL radii of the potential are {inner} and {outer} Å: 0 <= inner < outer is needed"
        )
    if outer > radial:
        raise ValueError(
            f"outer ZBL radius {outer} Å beyond the radial cutoff, {radial} Å, is outside the native engine: "
            "use engine='torch'"
        )


def library(definitions: dict[str, str | int]) -> Path:
    """Path of the shared library for these definitions, compiled if the cache lacks it.

    Its key is the sha256 of sources, flags, compiler version and CPU model.

    Raises NativeUnavailable: no C++17 compiler, or it fails (its message is included), or `kept` refuses.
    """
    compiler = find_compiler()
    defines = tuple(f"-D{name}={value}" for name, value in definitions.items())
    key = _cache_key(compiler, defines)[:32]
    return kept("nep", key, ".so", lambda path: _compile(compiler, defines, path), NativeUnavailable)


def find_compiler() -> str:
    """$CXX, or the first of c++, g++, clang++; raises NativeUnavailable."""
    for name in (os.environ.get("CXX"), "c++", "g++", "clang++"):
        path = shutil.which(name) if name else None
        if path:
            return path
    raise NativeUnavailable(
        "no C++ compiler found: install g++ or clang++ (or set CXX), or use engine='torch', which is slower"
    )


def cpu_model() -> str:
    """Name of the processor, as far as the system tells; compiled code is not shared between models."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor() or platform.machine()
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    fields = {key.strip(): value.strip() for key, colon, value in lines if colon}
    return fields.get("model name") or fields.get("CPU part") or platform.machine()


def _cpu_identity() -> str:
    """Processor name and instruction sets: virtual machines share names but not instructions."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return cpu_model()
    flags = [
        line for line in text.split("\n\n")[0].splitlines() if line.lower().startswith(("flags", "features"))
    ]
    return cpu_model() + "".join(flags)


def _cache_key(compiler: str, defines: tuple[str, ...]) -> str:
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    digest = hashlib.sha256()
    for source in sorted([*SOURCES.glob("*.h"), *SOURCES.glob("*.cpp")]):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    for text in (compiler, version, _cpu_identity(), *OPTIMISATION, *LINKING, *defines):
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def _compile(compiler: str, defines: tuple[str, ...], target: Path) -> None:
    command = [compiler, *OPTIMISATION, *LINKING, *defines, str(SOURCES / "interface.cpp"), "-o", str(target)]
    for architecture in ARCHITECTURES:
        done = subprocess.run([*command, *architecture], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
    raise NativeUnavailable(
        f"{compiler} failed on the native engine; it needs C++17 and vector extensions (GCC 12 or Clang 14 "
        f"and newer). Use another compiler through CXX, or engine='torch'.\n{done.stderr[-2000:]}"
    )
