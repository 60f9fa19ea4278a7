"""What a finished segment says of itself: its summary, its warnings, its line in the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..conventions import Array, framework_warnings
from ..engines.base import Evaluation
from ..system import System
from ..units import BOLTZMANN_EV_PER_K, GPA_PER_EV_PER_A3
from .guards import framework_displacement, temperature_warnings
from .thermostats import temperature


def summary(
    system: System, velocities: Array, now: Evaluation, drift: Array | None
) -> dict[str, float | None]:
    """Means over replicas for the log."""
    volume = system.volume
    kinetic_pressure = system.n_atoms * BOLTZMANN_EV_PER_K * temperature(system, velocities) / volume
    pressure = kinetic_pressure + np.trace(now.virial, axis1=1, axis2=2) / (3 * volume)
    return {
        "temperature_K": float(temperature(system, velocities).mean()),
        "pressure_GPa": float(pressure.mean() * GPA_PER_EV_PER_A3),
        "volume_per_atom_A3": float(volume.mean() / system.n_atoms),
        "energy_eV_per_atom": float(now.energy.mean() / system.n_atoms),
        "drift_meV_per_atom": None if drift is None else float(np.abs(drift).max()),
    }


def sampled_state(
    system: System,
    origin: Array,
    kinetic_energy: Array,
    temperature_K: float,
    framework_msd_A2: Mapping[str, float],
) -> dict[str, Any]:
    """Displacements since `origin`, (R, N, 3), and warnings of a sampled segment, (R, n) kinetic energies."""
    moved = framework_displacement(origin, system.positions, system)
    return {
        "msd_A2": moved,
        "warnings": [
            *temperature_warnings(kinetic_energy, system.n_atoms, temperature_K),
            *framework_warnings(moved, framework_msd_A2),
        ],
    }


def progress_line(news: dict[str, Any]) -> str:
    """One finished segment in a line: where the run stands and what state it is in."""
    drift = news["drift_meV_per_atom"]
    return (
        f"{news['ensemble']} {news['index'] + 1}/{news['total']}"
        f"  {news['temperature_K']:6.1f} K  {news['pressure_GPa']:+6.2f} GPa"
        f"  {news['volume_per_atom_A3']:7.3f} Å³/atom  {news['energy_eV_per_atom']:+.4f} eV/atom"
        + ("" if drift is None else f"  drift {drift:.3f} meV/atom")
        + "".join(f"\n           WARNING: {warning}" for warning in news.get("warnings", []))
    )
