"""The table of the stability trials in data/potentials/README.md."""

from __future__ import annotations

from typing import Any

from superionic.transport.uncertainty import formatted

from ..material_folder import MaterialFolder
from .trials import Trials, activation, load_trials, read_trials


def trials_section(material: MaterialFolder, names: list[str]) -> list[str]:
    """Lattice, diffusion and soundness of every model that has stood its trials; empty when none has."""
    if not (material.path / "trials.toml").exists():
        return []
    wanted = load_trials(material.name)
    every = [*names, *wanted.published]
    found = {name: trials for name in every if (trials := read_trials(material.name, name))}
    if not found:
        return []
    mobile = material.mobile
    hottest = wanted.hottest
    long = f"{hottest.temperature_K:g} K, {hottest.sample_ps:g} ps"
    quoted, reference = f"{wanted.quoted_K:g} K", f"{wanted.reference_temperature_K:g} K"
    temperatures = ", ".join(f"{t:g}" for t in wanted.temperatures_K)
    intro = (
        f"Molecular dynamics at zero pressure (`python -m replication.trials {material.name}`): "
        f"{wanted.replicas} replicas at each of {temperatures} K, {wanted.sample_ps:g} ps after "
        f"{wanted.npt_ps:g} ps at constant pressure. Volumes are per site of the perfect crystal; that at "
        f"{reference} stands beside {wanted.reference_volume_A3:.2f} Å³ ({wanted.reference}), with "
        "the lengths of the lattice vectors there. D: from the mean square displacement; E: activation "
        f"energy up to {hottest.temperature_K:g} K. Last columns: the run of {long}; "
        f"how far the mean place of any {wanted.framework} atom moved from its first tenth to its last, and "
        "how many groups have all their atoms at any time. Parentheses hold one standard error."
    )
    if any(name in wanted.published for name in found):
        intro += f" {' and '.join(wanted.published)} are the paper's public potentials in the same runs."
    rows = [
        f"| model | volume at {quoted}, Å³ | at {reference}, Å³ | of measured | lattice vectors, Å "
        f"| D({mobile}) at {quoted}, 10⁻⁹ m²/s | E, eV | {wanted.framework} moved, Å ({long}) "
        "| groups whole |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [f"| {name} | {_row(trials, wanted, mobile)} |" for name, trials in found.items()]
    return [intro + "\n", "\n".join(rows) + "\n"]


def _row(trials: list[dict[str, Any]], wanted: Trials, mobile: str) -> str:
    sound = [trial for trial in trials if "explosion" not in trial]
    at = {trial["temperature_K"]: trial for trial in sound if trial["replicas"] > 1}
    cells = [""] * 6
    if wanted.reference_temperature_K in at:
        here = at[wanted.reference_temperature_K]
        volume, error = here["volume_per_site_A3"]
        cells[1] = formatted(volume, error)
        cells[2] = f"{100 * (volume / wanted.reference_volume_A3 - 1):+.1f} %"
        cells[3] = ", ".join(formatted(*length) for length in here["cell_lengths_A"])
    if wanted.quoted_K in at:
        value, error = at[wanted.quoted_K]["diffusion_m2_per_s"][mobile]
        cells[0] = formatted(*at[wanted.quoted_K]["volume_per_site_A3"])
        cells[4] = formatted(1e9 * value, 1e9 * error)
    energy = activation(sound, wanted, mobile)
    cells[5] = "" if energy is None else formatted(energy.value, energy.standard_error)
    long = [trial for trial in trials if trial["replicas"] == 1]
    if not long:
        return " | ".join([*cells, "", ""])
    if "explosion" in long[0]:
        return " | ".join([*cells, "exploded", ""])
    share = long[0]["groups_whole"]
    cells += [f"{long[0]['framework_moved_A']:.2f}", "" if share is None else f"{100 * share:.2f} %"]
    return " | ".join(cells)
