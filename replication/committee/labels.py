"""The ab-initio labels of a material, data/dft/<material>/*.extxyz."""

from __future__ import annotations

from pathlib import Path

import ase.io
from ase import Atoms

from ..paths import LABELS


def label_files(material: str) -> list[Path]:
    """One file per round of labels, by name; empty before the first."""
    return sorted((LABELS / material).glob("*.extxyz"))


def read_test_frames(material: str) -> list[Atoms]:
    """The labelled frames held out of training and validation (`split=test`)."""
    return [
        frame
        for file in label_files(material)
        for frame in ase.io.read(file, ":")
        if frame.info.get("split") == "test"
    ]
