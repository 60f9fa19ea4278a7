"""What training reports about our potentials, from the JSON files beside them in data/potentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from ..paths import POTENTIALS


def training_reports(material: str) -> dict[str, dict[str, Any]]:
    """The report of each model of a material; empty before the first training."""
    reports = {}
    for path in sorted((POTENTIALS / material).glob("*.json")):
        content = _content(path)
        if "mean_site_energy_eV" in content:
            reports[path.stem] = content
    return reports


def _content(path: Path) -> dict[str, Any]:
    """A report of training; raises ValueError that names a damaged file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    except ValueError:
        pass
    raise ValueError(f"{path} is damaged: `git checkout` brings it back, or train anew (`make potentials`)")


def learning_curves(material: str, parts: Literal["sizes", "rounds"]) -> dict[str, list[dict[str, Any]]]:
    """Trainings on subsets of the frames, then on all of them, of each model that has such trainings.

    parts : "sizes", random subsets; "rounds", the frames available after each sampling round
    """
    curves = {}
    for name, report in training_reports(material).items():
        path = POTENTIALS / material / f"{name}_{parts}.json"
        if not path.exists():
            continue
        content = _content(path)
        if content["task"] == report["task"]:
            full = {"part": "all", "frames": report["errors"]["train"]["frames"], "errors": report["errors"]}
            curves[name] = [*content["trainings"], full]
    return curves
