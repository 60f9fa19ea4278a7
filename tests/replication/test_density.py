"""The table of densities, and the frames it rests on."""

from __future__ import annotations

from pathlib import Path

import ase.io
import pytest
from ase import Atoms

from replication.committee import density, labels

PARITY = """split,frame,quantity,element,label,predicted
"""


@pytest.fixture
def parity(tmp_path: Path) -> Path:
    """Two test frames near zero pressure under a potential whose pressures are 0.1 and 0.2 GPa too high."""
    rows = []
    for frame, label, shift in (("f1", 0.4, 0.1), ("f2", -0.2, 0.2)):
        for row in range(6):  # of the six, xx, yy and zz
            pair = (-label, -label - shift) if row in (0, 3, 5) else (0.1, 0.2)
            rows.append(f"test,{frame},stress_GPa,,{pair[0]},{pair[1]}")
    path = tmp_path / "A_parity.csv"
    path.write_text(PARITY + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_only_test_frames_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "LABELS", tmp_path)
    folder = tmp_path / "any"
    folder.mkdir(parents=True)
    frames = [Atoms("Li", info={"split": split}) for split in ("test", "train", "validation", "test")]
    ase.io.write(folder / "round0.extxyz", frames, format="extxyz")
    assert len(labels.read_test_frames("any")) == 2
    assert labels.read_test_frames("other") == []


def test_change_of_volume_is_the_pressure_over_the_bulk_modulus(
    parity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(density, "FEWEST", 2)
    monkeypatch.setattr(density, "hot_modulus", lambda frames: (20.0, 3.0))
    section = density.density_section("any", {"A": parity, "B": parity.with_name("B_parity.csv")})
    assert "on the 2 test frames within 1 GPa" in section
    assert " 20.0(30) GPa" in section
    assert "| A | 0.150(50) | 0.75(25) % |" in section
    assert "| B |" not in section
    monkeypatch.setattr(density, "hot_modulus", lambda frames: None)
    assert density.density_section("any", {"A": parity}) == ""
