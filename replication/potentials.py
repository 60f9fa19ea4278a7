"""`python -m replication.potentials`: the tables of our potentials in data/potentials/README.md.

Generated from the JSON files written by training; `--check` writes nothing and fails when the page is out of
date.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from superionic.cli import status
from superionic.provenance import write_text_atomically

from .committee.density import density_section
from .committee.training_reports import training_reports
from .committee.trials_table import trials_section
from .material_folder import all_materials
from .paths import POTENTIALS, ROOT
from .presentation import Targets

TABLE = POTENTIALS / "README.md"
HEAD = """# Our own potentials

Made by `make potentials` from the labels in `../dft`; see [docs/training.md](../../docs/training.md).
This page is generated from the JSON files of the potentials (`python -m replication.potentials`).
Licence: CC-BY-4.0. The folders `vacancies` and `stoichiometric` contain models with the same settings trained
on another choice of labels, for figure 6 (`python -m replication.gauge_training`).

Errors are root mean square errors over the frames of each split. Test frames come from separate molecular
dynamics of the hot crystal; validation frames are drawn from the training rounds and select the epoch that
is kept. "Offset removed" is the energy error after subtracting a constant per atom, which no observable
depends on. The targets are set in each material's `figures.toml`.
"""


def table() -> str:
    """The text of the page."""
    parts = [HEAD]
    for material in all_materials():
        trained = training_reports(material.name)
        if not trained and not (ROOT / "data" / "dft" / material.name).exists():
            continue  # nothing to train on: its potentials come from elsewhere
        parts.append(f"## {material.material.title}\n")
        if not trained:
            parts.append("No potential yet: too few labels.\n")
            continue
        parts += [_errors(trained), _models(trained), _gauges(trained)]
        if material.presentation.targets is not None:
            parts.insert(-2, _verdict(material.presentation.targets, trained))
        parities = {name: POTENTIALS / material.name / f"{name}_parity.csv" for name in trained}
        if density := density_section(material.name, parities):
            parts.append(density)
        parts += trials_section(material, list(trained))
    return "\n".join(parts)


def _errors(trained: dict[str, dict[str, Any]]) -> str:
    rows = [
        "| model | split | frames | force, meV/Å | of labels | energy, meV/atom | offset removed "
        "| stress, GPa |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, report in trained.items():
        for split in ("train", "validation", "test"):
            errors = report["errors"][split]
            if errors is None:
                rows.append(f"| {name} | {split} | 0 | | | | | |")
                continue
            # a single frame has no error after its offset is removed
            without = "" if errors["frames"] < 2 else f"{errors['energy_offset_removed_meV_per_atom']:.1f}"
            stress = "" if errors["stress_GPa"] is None else f"{errors['stress_GPa']:.2f}"
            rows.append(
                f"| {name} | {split} | {errors['frames']} | {errors['force_meV_per_A']:.0f} | "
                f"{errors['force_of_labels_meV_per_A']:.0f} | {errors['energy_meV_per_atom']:.1f} | "
                f"{without} | {stress} |"
            )
    return "\n".join(rows) + "\n"


def _verdict(targets: Targets, trained: dict[str, dict[str, Any]]) -> str:
    """One sentence per target, with the numbers."""
    tests = {name: report["errors"]["test"] for name, report in trained.items()}
    if any(errors is None for errors in tests.values()):
        return "**Targets not judged: there are no test labels yet.**\n"
    count = next(iter(tests.values()))["frames"]
    sentences = []
    for quantity, key, target, unit in (
        ("force", "force_meV_per_A", targets.force_meV_per_A, "meV/Å"),
        ("energy", "energy_meV_per_atom", targets.energy_meV_per_atom, "meV/atom"),
    ):
        met = [name for name, errors in tests.items() if errors[key] <= target]
        missed = [f"{name} {errors[key]:.1f}" for name, errors in tests.items() if errors[key] > target]
        text = f"{quantity} target of {target:.0f} {unit}: "
        text += f"met by {', '.join(met)}" if met else "met by none"
        sentences.append(text + (f"; missed by {', '.join(missed)}" if missed else ""))
    judged = f"{count} test frame{'s' if count > 1 else ''}"
    return f"**Targets**, on {judged}: {sentences[0]}. {sentences[1][0].upper()}{sentences[1][1:]}.\n"


def _models(trained: dict[str, dict[str, Any]]) -> str:
    rows = [
        "| model | seed | cutoffs, Å | n_max | basis | neurons | σ of energy, force, virial | weight decay "
        "| epochs (best) | training time, s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, report in trained.items():
        s = report["settings"]
        pairs = [" / ".join(f"{x:g}" for x in s[key]) for key in ("cutoffs_A", "n_max", "basis_size")]
        accuracies = [s["energy_meV_per_atom"], s["force_meV_per_A"], s["virial_meV_per_atom"]]
        rows.append(
            f"| {name} | {s['seed']} | {' | '.join(pairs)} | {s['neurons']} | "
            f"{' / '.join(f'{x:g}' for x in accuracies)} | {s['weight_decay']:g} | "
            f"{report['epochs']} ({report['best_epoch']}) | {report['wall_seconds']:.0f} |"
        )
    return "\n".join(rows) + "\n"


def _gauges(trained: dict[str, dict[str, Any]]) -> str:
    elements = list(next(iter(trained.values()))["mean_site_energy_eV"])
    rows = [
        "Mean site energies, eV: the gauge of each trained model. Forces do not depend on it; the naive "
        "thermal conductivity does.\n",
        f"| model | {' | '.join(elements)} |",
        "|---" * (len(elements) + 1) + "|",
    ]
    for name, report in trained.items():
        values = [f"{report['mean_site_energy_eV'][element]:+.3f}" for element in elements]
        rows.append(f"| {name} | {' | '.join(values)} |")
    return "\n".join(rows) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the table is stale")
    check = parser.parse_args(arguments).check
    text, place = table(), TABLE.relative_to(ROOT)
    if not check:
        write_text_atomically(TABLE, text)
        print(place)
        return 0
    current = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    if current != text:
        print(f"{place} is stale: python -m replication.potentials", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.potentials", main))
