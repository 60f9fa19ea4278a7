"""The committed table behind figure 6."""

from __future__ import annotations

import numpy as np
import pytest
from ase.io import write

from replication import gauge, gauge_training
from replication.committee import labels
from replication.material_folder import all_materials
from replication.paths import POTENTIALS, material_file
from superionic.crystals import unit_cell
from superionic.engines import load_engine
from superionic.materials import load_material
from superionic.tables import read_table

MATERIALS = [one for one in all_materials() if one.presentation.gauge is not None]
every_material = pytest.mark.parametrize("material", MATERIALS, ids=lambda one: one.name)


@every_material
def test_the_committed_levels_are_those_of_the_committed_potentials(material) -> None:
    rows = {row["model"]: row for row in read_table(gauge.table_of(material.name))}
    frames = gauge.read_test_frames(material.name)
    assert len(frames) >= 20
    for model in "AB":
        potential = POTENTIALS / material.name / f"{model}.txt"
        found = gauge.gauge(load_engine(potential), frames, material.mobile)
        row = rows[model]
        assert float(row["level_eV"]) == pytest.approx(found.level.value, abs=2e-3)
        assert float(row["level_error"]) == pytest.approx(found.level.standard_error, rel=0.02)


@every_material
def test_the_committed_heats_are_those_of_the_runs(material) -> None:
    rows = read_table(gauge.table_of(material.name))
    assert [row["run"] for row in rows] == [
        f"{material.name}/{run}" for run in material.presentation.gauge.runs
    ]
    for row in rows:
        heat = gauge.heat_of_transport(material, row["run"])
        assert (heat is None) == (row["q_eV"] == "")
        if heat is not None:
            np.testing.assert_allclose([float(row["q_eV"]), float(row["q_error"])], heat, rtol=1e-4)


def test_energies_predict_the_heat_of_transport() -> None:
    """Slope and offset of figure 6: one, through the reference, for potentials whose q spans 4.6 eV."""
    rows = [row for row in read_table(gauge.table_of("li3ps4")) if row["q_eV"]]
    step, heat = (np.array([float(row[name]) for row in rows]) for name in ("step_eV", "q_eV"))
    assert np.ptp(heat) > 4
    slope, _ = np.polyfit(step, heat, 1)
    assert slope == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize(
    "path", sorted(gauge.REDUCED.glob("gauge_training-*.csv")), ids=lambda path: path.stem
)
def test_labels_that_lack_ions_bring_the_models_together(path) -> None:
    """Equally good forces, and Γ nearer to each other by more than a factor of two."""
    rows = read_table(path)
    levels, forces = (
        {
            kind: np.array([float(row[column]) for row in rows if row["labels"] == kind])
            for kind in ("stoichiometric", "both")
        }
        for column in ("level_eV", "force_error_meV_A")
    )
    assert {len(found) for found in levels.values()} == {3}
    assert np.ptp(levels["both"]) < 0.5 * np.ptp(levels["stoichiometric"])
    np.testing.assert_allclose(forces["both"], forces["stoichiometric"], rtol=0.1)


def test_labels_are_split_by_what_they_lack(tmp_path) -> None:
    material = load_material(material_file("li3ps4/any"))
    cell = unit_cell(material)
    lacking = cell[[i for i in range(len(cell)) if i != list(cell.symbols).index("Li")]]
    write(tmp_path / "labels.extxyz", [cell, lacking, cell])
    whole, found = gauge_training._split([tmp_path / "labels.extxyz"], material)
    assert [len(frame) for frame in whole] == [16, 16]
    assert [len(frame) for frame in found] == [15]


def test_a_material_without_labels_that_lack_ions_is_refused(tmp_path, monkeypatch) -> None:
    material = load_material(material_file("li3ps4/any"))
    monkeypatch.setattr(labels, "LABELS", tmp_path)
    with pytest.raises(ValueError, match="no label of a cell that lacks ions"):
        gauge_training._split_labels("li3ps4", material, tmp_path / "work")
