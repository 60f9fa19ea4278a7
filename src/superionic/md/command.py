"""`superionic md RUN.toml --out FOLDER`: run molecular dynamics, or go on with it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..config import load_toml
from ..engines import load_engine
from ..materials import load_material, supercell, unit_cell
from ..nep.format import read_nep
from ..provenance import sha256_file, sha256_json
from ..registry import fetch
from ..system import System
from .config import PotentialSource, RunConfig, relative_to
from .simulate import Run, simulate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="run file (TOML)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the segments")
    parser.add_argument(
        "--engine", default="auto", help="auto, torch, native (default: the fastest that works)"
    )
    parser.add_argument("--threads", type=int, default=None, help="threads of the native engine")


def run(arguments: argparse.Namespace) -> int:
    prepared = prepare(arguments.path, arguments.out, arguments.engine, arguments.threads)
    engine = prepared.engine
    print(
        f"{arguments.path}: {prepared.start.n_replicas} replicas of {prepared.start.n_atoms} atoms, "
        f"engine {engine.name} ({engine.precision}, {engine.device})",
        flush=True,
    )
    total = sum(round(s.duration_ps / prepared.config.segment_ps) for s in prepared.config.stages)
    with tqdm(total=total, unit="segment", disable=not sys.stderr.isatty()) as bar:
        started = time.perf_counter()

        def report(news: dict[str, Any]) -> None:
            bar.update()
            drift = news["drift_meV_per_atom"]
            bar.write(
                f"{time.perf_counter() - started:8.0f} s"
                f"  {news['ensemble']} {news['index'] + 1}/{news['total']}"
                f"  {news['temperature_K']:6.1f} K  {news['pressure_GPa']:+6.2f} GPa"
                f"  {news['volume_per_atom_A3']:7.3f} Å³/atom  {news['energy_eV_per_atom']:+.4f} eV/atom"
                + ("" if drift is None else f"  drift {drift:.3f} meV/atom"),
                file=sys.stdout,
            )
            sys.stdout.flush()

        simulate(prepared, report)
    return 0


def prepare(run_file: Path, out: Path, engine: str = "auto", threads: int | None = None) -> Run:
    """Read a run file and everything it names. Raises ConfigError, NEPFormatError, ValueError, OSError."""
    config = load_toml(run_file, RunConfig)
    material_path = relative_to(run_file, config.material)
    material = load_material(material_path)
    potential_path = locate_potential(run_file, config.potential)
    parameters = read_nep(potential_path)
    atoms = supercell(unit_cell(material), config.supercell)
    identity = sha256_json(
        {
            "run": config.identity(),
            "material": material.structure.model_dump(mode="json"),
            "potential": sha256_file(potential_path),
        }
    )
    return Run(
        config=config,
        engine=load_engine(parameters, engine, threads),
        start=System.from_atoms(atoms, parameters.elements, config.replicas),
        folder=out,
        identity=identity,
    )


def locate_potential(run_file: Path, source: PotentialSource) -> Path:
    """The nep.txt a run file names, fetched from its public address if it is a registered one."""
    if source.path is not None:
        return relative_to(run_file, source.path)
    return fetch(relative_to(run_file, source.registry or ""), source.name or "")
