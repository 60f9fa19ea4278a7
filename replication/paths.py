"""Paths of the repository."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MATERIALS = ROOT / "replication" / "materials"
CLAIMS = ROOT / "replication" / "claims.toml"
CLAIMS_TABLE = ROOT / "replication" / "README.md"
README = ROOT / "README.md"
BENCHMARKS = ROOT / "docs" / "benchmarks.md"
LABELS = ROOT / "data" / "dft"
FLUX = ROOT / "data" / "flux"
REDUCED = ROOT / "data" / "reduced"
POTENTIALS = ROOT / "data" / "potentials"
REGISTRY = ROOT / "data" / "registry.txt"
FIGURES = ROOT / "figures"


def material_file(run: str) -> Path:
    """The material.toml of a run named `<material>/<run>`."""
    return MATERIALS / run.split("/")[0] / "material.toml"


def flux_file(run: str) -> Path:
    """The packed flux of a run."""
    return FLUX / run / "flux.npz"
