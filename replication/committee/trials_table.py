"""The table of the stability trials in data/potentials/README.md."""

from __future__ import annotations

from typing import Any

from superionic.transport.uncertainty import formatted

from ..material_folder import MaterialFolder
from .trials import Trials, activation, load_trials, read_trials


def trials_section(material: MaterialFolder, names: list[str]) -> list[str]:
    """Lattice, diffusion and integrity of every model with finished trials; empty without any."""
    if not (material.path / "trials.toml").exists():
        return []
    trials = load_trials(material.name)
    every = [*names, *trials.published]
    by_model = {name: results for name in every if (results := read_trials(material.name, name))}
    if not by_model:
        return []
    mobile = material.mobile
    hottest = trials.hottest
    long = f"{hottest.temperature_K:g} K, {hottest.sample_ps:g} ps"
    quoted, reference = f"{trials.quoted_K:g} K", f"{trials.reference_temperature_K:g} K"
    temperatures = ", ".join(f"{t:g}" for t in trials.temperatures_K)
    intro = (
        f"Molecular dynamics at zero pressure (`python -m replication.trials {material.name}`): "
        f"{trials.replicas} replicas at each of {temperatures} K, {trials.sample_ps:g} ps after "
        f"{trials.npt_ps:g} ps at constant pressure. Volumes are per site of the perfect crystal; the volume "
        f"at {reference} is compared with the measured {trials.reference_volume_A3:.2f} Å³ "
        f"({trials.reference}), with the lengths of the lattice vectors there. D: from the mean squared "
        f"displacement; E: activation energy up to {hottest.temperature_K:g} K. Last columns, from the "
        f"run of {long}: the largest displacement of the mean position of a {trials.framework} atom "
        "from the first to the last tenth, "
        "and the fraction of intact groups. One standard error in parentheses."
    )
    if any(name in trials.published for name in by_model):
        intro += f" {' and '.join(trials.published)} are the paper's public potentials in the same runs."
    rows = [
        f"| model | volume at {quoted}, Å³ | at {reference}, Å³ | relative to measured | lattice vectors, Å "
        f"| D({mobile}) at {quoted}, 10⁻⁹ m²/s | E, eV | {trials.framework} moved, Å ({long}) "
        "| groups intact |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [f"| {name} | {_row(results, trials, mobile)} |" for name, results in by_model.items()]
    return [intro + "\n", "\n".join(rows) + "\n"]


def _row(results: list[dict[str, Any]], trials: Trials, mobile: str) -> str:
    stable = [trial for trial in results if "explosion" not in trial]
    at = {trial["temperature_K"]: trial for trial in stable if trial["replicas"] > 1}
    cells = [""] * 6
    if trials.reference_temperature_K in at:
        reference = at[trials.reference_temperature_K]
        volume, error = reference["volume_per_site_A3"]
        cells[1] = formatted(volume, error)
        cells[2] = f"{100 * (volume / trials.reference_volume_A3 - 1):+.1f} %"
        cells[3] = ", ".join(formatted(*length) for length in reference["cell_lengths_A"])
    if trials.quoted_K in at:
        value, error = at[trials.quoted_K]["diffusion_m2_per_s"][mobile]
        cells[0] = formatted(*at[trials.quoted_K]["volume_per_site_A3"])
        cells[4] = formatted(1e9 * value, 1e9 * error)
    energy = activation(stable, trials, mobile)
    cells[5] = "" if energy is None else formatted(energy.value, energy.standard_error)
    long = [trial for trial in results if trial["replicas"] == 1]
    if not long:
        return " | ".join([*cells, "", ""])
    if "explosion" in long[0]:
        return " | ".join([*cells, "unstable", ""])
    intact = long[0]["groups_whole"]
    cells += [f"{long[0]['framework_moved_A']:.2f}", "" if intact is None else f"{100 * intact:.2f} %"]
    return " | ".join(cells)
