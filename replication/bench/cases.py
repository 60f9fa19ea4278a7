"""The timed cases: every CPU engine, an external program, numbers of threads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ase import Atoms

from superionic.engines import ENGINES
from superionic.engines.base import Engine
from superionic.engines.native_engine import NativeEngine
from superionic.engines.timing import Steps, hot_system, step_of, steps_of
from superionic.potentials import load_potential

from .timing import Case, Timing


def cases(potential: Path, atoms: Atoms) -> Iterator[Case]:
    """All CPU engines on one thread, and calorine's."""
    for engine in engines(potential):
        yield engine_case(engine, atoms)
    try:
        steps = calorine_steps(potential, hot_system(atoms, engine.elements)[0].to_atoms())
        yield Case(Timing("calorine CPUNEP", len(atoms), 1, "energy, forces, virial"), steps)
    except ImportError:
        print("calorine is not installed: no ratio to it", file=sys.stderr)


def engines(potential: Path) -> Iterator[Engine]:
    """One of each engine available on this machine's CPU, the native one in both precisions."""
    _torch_on_one_thread()
    parameters = load_potential(potential)
    for entry in ENGINES.values():
        if "cpu" not in entry.devices:
            continue  # `make gpu` times those
        if reason := entry.unavailable():
            print(reason, file=sys.stderr)
            continue
        yield entry.load(parameters, "cpu", threads=1)
        if entry.name == "native":
            yield NativeEngine(parameters, "float64", threads=1)


def _torch_on_one_thread() -> None:
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


def engine_case(engine: Engine, atoms: Atoms) -> Case:
    """One replica on one thread."""
    system, velocities = hot_system(atoms, engine.elements)
    timing = Timing(f"{engine.name} {engine.precision}", len(atoms), 1, step_of(engine))
    return Case(timing, steps_of(engine, system, velocities))


def native_case(potential: Path, atoms: Atoms) -> Case:
    """The native engine on one replica and one thread."""
    return engine_case(NativeEngine(potential, threads=1), atoms)


def calorine_steps(potential: Path, atoms: Atoms) -> Steps:
    """Energies, forces and stress of calorine's CPUNEP through ASE; ImportError when not installed."""
    from calorine.calculators import CPUNEP

    atoms = atoms.copy()
    atoms.calc = CPUNEP(str(potential))

    def run(steps: int) -> None:
        for _ in range(steps):
            atoms.rattle(1e-6)
            atoms.get_forces()
            atoms.get_stress()

    return run


def thread_cases(potential: Path, atoms: Atoms, n_replicas: int) -> Iterator[Case]:
    """The same replicas on one and two threads, which share one replica or take one each."""
    for threads in (1, 2):
        engine = NativeEngine(potential, threads=threads)
        system, velocities = hot_system(atoms, engine.elements, n_replicas)
        label = f"native mixed, {_number(n_replicas, 'replica')}, {_number(threads, 'thread')}"
        yield Case(
            Timing(label, len(atoms), n_replicas, "MD with currents", threads=threads, by_the_clock=True),
            steps_of(engine, system, velocities),
        )


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' if count > 1 else ''}"
