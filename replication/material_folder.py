"""A material of the compendium: its folder replication/materials/<name>, its runs, how it is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from ase.data import atomic_masses, atomic_numbers

from superionic.config import ConfigError, load_toml
from superionic.materials import Material, load_material
from superionic.md.sweep import Point
from superionic.units import EV_PER_U_IN_J_PER_KG

from .paths import MATERIALS, POTENTIALS
from .presentation import COLOURS, MARKERS, Committee, Conductivity, Presentation, Style
from .reduced.results import has_results
from .runs import runs_of


@dataclass(frozen=True)
class MaterialFolder:
    """The folder replication/materials/<name>."""

    name: str

    @property
    def path(self) -> Path:
        return MATERIALS / self.name

    @cached_property
    def material(self) -> Material:
        return load_material(self.path / "material.toml")

    @cached_property
    def presentation(self) -> Presentation:
        """figures.toml, or the defaults. Raises ConfigError also for a run that no sweep describes."""
        file = self.path / "figures.toml"
        if not file.exists():
            return Presentation()
        presentation = load_toml(file, Presentation)
        runs = [
            *presentation.main.values(),
            *(presentation.criterion.runs if presentation.criterion else ()),
            *(presentation.gauge.runs if presentation.gauge else ()),
        ]
        if unknown := sorted({run for run in runs if f"{self.name}/{run}" not in self.runs}):
            raise ConfigError(f"{file}: names {', '.join(unknown)}, which its sweep.toml does not describe")
        self._refuse_what_no_run_has(file, presentation)
        return presentation

    def _refuse_what_no_run_has(self, file: Path, presentation: Presentation) -> None:
        """Refuse models, cells and temperatures of figures.toml that would leave a figure empty."""
        points = list(self.runs.values())
        models, cells = {point.model for point in points}, {point.cell for point in points}
        groups = [group for group in (presentation.committee, presentation.conductivity) if group is not None]
        named = {model for group in groups for model in group.models}
        trained = {path.stem for path in (POTENTIALS / self.name).glob("*.txt")}
        for what, unknown, known in (
            ("cell", {group.cell for group in groups} - cells, cells),
            ("model", (named - models) | (presentation.models.keys() - models - trained), models),
        ):
            if unknown:
                raise ConfigError(
                    f"{file}: names the {what} {', '.join(sorted(unknown))}, which its sweep.toml does not "
                    f"describe; there are {', '.join(sorted(known)) or 'none'}"
                )
        for model, run in presentation.main.items():
            if (other := self.runs[f"{self.name}/{run}"].model) != model:
                raise ConfigError(f"{file}: main gives {model} the run {run}, which is of {other}")
        if presentation.labels and (absent := set(presentation.labels.bond) - set(self.material.elements)):
            raise ConfigError(f"{file}: labels.bond names {', '.join(absent)}, which material.toml does not")
        for group in groups:
            if len(set(group.models)) < len(group.models):
                raise ConfigError(f"{file}: models names one twice: {', '.join(group.models)}")
        if (shown := presentation.committee) is not None and not any(
            (point.temperature_K, point.cell) == (shown.temperature_K, shown.cell) for point in points
        ):
            raise ConfigError(
                f"{file}: committee: no run at {shown.temperature_K:g} K in cell {shown.cell!r}"
            )

    @property
    def title(self) -> str:
        """For figures, with mathtext."""
        return self.presentation.title or self.material.title

    @property
    def mobile(self) -> str:
        """The first mobile species, whose site energies are shifted in the gauge figures."""
        return self.material.mobile[0]

    @property
    def eV_per_ion(self) -> float:
        """1 J/kg of the mobile species in eV per ion."""
        return float(1.0 / EV_PER_U_IN_J_PER_KG * atomic_masses[atomic_numbers[self.mobile]])

    @cached_property
    def runs(self) -> dict[str, Point]:
        """The runs of the material by full name."""
        return runs_of(self.name)

    def run(self, model: str, temperature_K: float, cell: str) -> str | None:
        """The full name of a reduced run; None if there is none."""
        requested = (model, temperature_K, cell)
        for name, point in self.runs.items():
            if (point.model, point.temperature_K, point.cell) == requested and has_results(name):
                return name
        return None

    def style(self, model: str) -> Style:
        """How a model is drawn, defaults filled in."""
        described = self.presentation.models
        given = described.get(model, Style())
        base = described.get(given.variant_of, given)
        names = [name for name, style in described.items() if not style.variant_of]
        names += sorted({point.model for point in self.runs.values()} - described.keys())
        names += [] if model in names or given.variant_of else [model]
        place = names.index(given.variant_of or model)
        return Style(
            label=given.label or base.label or f"model {model}",
            colour=base.colour or COLOURS[place % len(COLOURS)],
            marker=base.marker or MARKERS[place % len(MARKERS)],
            variant_of=given.variant_of,
        )

    def committee(self) -> Committee | None:
        """From figures.toml, or the temperature and cell with most runs; None without runs."""
        if self.presentation.committee is not None:
            return self.presentation.committee
        reduced = [point for name, point in self.runs.items() if has_results(name)]
        if not reduced:
            return None
        ((temperature, cell), _), *_ = Counter((p.temperature_K, p.cell) for p in reduced).most_common(1)
        models = [p.model for p in reduced if (p.temperature_K, p.cell) == (temperature, cell)]
        return Committee(temperature_K=temperature, cell=cell, models=tuple(dict.fromkeys(models)))

    def committee_runs(self) -> dict[str, str]:
        """Model -> run, for the committee's models that have been reduced; empty without runs."""
        committee = self.committee()
        if committee is None:
            return {}
        at = (committee.temperature_K, committee.cell)
        return {model: run for model in committee.models if (run := self.run(model, *at)) is not None}

    def conductivity(self) -> Conductivity | None:
        """From figures.toml, or the cell with most runs and its models with at least two temperatures.

        None before any of these runs has been reduced.
        """
        reduced = [point for name, point in self.runs.items() if has_results(name)]
        if (shown := self.presentation.conductivity) is not None:
            return shown if any(p.cell == shown.cell and p.model in shown.models for p in reduced) else None
        count = Counter((point.cell, point.model) for point in reduced)
        several = [key for key, number in count.items() if number > 1]
        if not several:
            return None
        cell = max(several, key=lambda key: count[key])[0]
        return Conductivity(cell=cell, models=tuple(model for place, model in several if place == cell))


@cache
def all_materials() -> tuple[MaterialFolder, ...]:
    """Every folder of replication/materials, the paper's materials first."""
    folders = [MaterialFolder(path.parent.name) for path in MATERIALS.glob("*/material.toml")]
    return tuple(
        sorted(folders, key=lambda one: (not one.presentation.in_paper, one.presentation.order, one.name))
    )


def paper_materials() -> tuple[MaterialFolder, ...]:
    """The materials of the paper's figures and tables."""
    return tuple(one for one in all_materials() if one.presentation.in_paper)
