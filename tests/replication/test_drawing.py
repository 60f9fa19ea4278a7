"""What stands in a picture: symbols where the tables have their values, bars as long as their errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.container import ErrorbarContainer

from replication.figures import __main__ as figures
from replication.figures import drawing
from replication.figures.drawing import Columns
from replication.figures.material import conductivity, decomposition
from replication.material_folder import MaterialFolder
from replication.presentation import Style
from replication.reduced.results import read_results
from replication.reduced.temperature import temperature_series
from superionic.md.sweep import Point

RUN = "li3ps4/nepA-650K-6144"
STYLE = Style(colour="#0072B2", marker="o")
LITHIUM = MaterialFolder("li3ps4")


def bars(axes: Axes) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Values of the symbols and half lengths of their vertical bars, of every set of points."""
    for container in axes.containers:
        if isinstance(container, ErrorbarContainer) and container.has_yerr:
            segments = np.array(container.lines[2][-1].get_segments())
            yield segments[:, :, 1].mean(axis=1), np.ptp(segments[:, :, 1], axis=1) / 2


def bands(axes: Axes) -> list[np.ndarray]:
    """Corners of every filled band."""
    return [c.get_paths()[0].vertices for c in axes.collections if isinstance(c, PolyCollection)]


def pairs(drawn: Columns) -> np.ndarray:
    """(2, n) values and errors in the drawn columns, an error behind its value."""
    columns = list(drawn.items())
    found = [(a, b) for (_, a), (name, b) in pairwise(columns) if "error" in name]
    single = [column for name, column in columns if column.shape == (2,) and name.endswith("_W_per_mK")]
    flat = [np.stack([a, b]) for a, b in found if a.shape == b.shape]
    return np.concatenate([*flat, *(column[:, None] for column in single)], axis=1)


@pytest.mark.parametrize("factor", [1.0, 1e8])
def test_our_points_have_the_numbers_of_the_table(factor: float) -> None:
    found = read_results(RUN).get("L01")
    _, axes = plt.subplots()
    drawing.our_point(axes, 1.0, RUN, "L01", STYLE, factor)
    ((value, error),) = bars(axes)
    assert value == pytest.approx([factor * found.value])
    assert error == pytest.approx([factor * found.standard_error])
    plt.close()


def test_points_of_the_paper_and_bands_show_one_standard_error() -> None:
    _, axes = plt.subplots()
    drawing.paper_point(axes, 1.0, 0.5, 0.02, STYLE, None)
    assert next(bars(axes)) == (pytest.approx([0.5]), pytest.approx([0.02]))
    drawing.band(axes, np.arange(3.0), np.array([1.0, 2.0, 3.0]), np.full(3, 0.25), STYLE, "x")
    (corners,) = bands(axes)
    for place, middle in enumerate((1.0, 2.0, 3.0)):
        assert set(corners[corners[:, 0] == place][:, 1]) == {middle - 0.25, middle + 0.25}
    plt.close()


@pytest.mark.parametrize(
    "name",
    ["figure3", "figure5", *(f"li3ps4/{kind}" for kind in ("axes", "committee", "conductivity", "size"))],
)
def test_every_symbol_has_a_value_and_the_bar_of_its_error(name: str) -> None:
    """Those of the CSV beside the picture, which is compared with the committed one elsewhere."""
    found = figures.draw(name)
    assert found is not None
    figure, drawn = found
    known = pairs(drawn)
    count = 0
    for axes in figure.axes:
        for values, errors in bars(axes):
            for value, error in zip(values, errors, strict=True):
                assert np.isclose(known.T, (value, error), rtol=1e-6).all(axis=1).any(), (value, error)
                count += 1
    assert count >= 10
    plt.close(figure)


def test_bands_of_the_parts_are_as_high_as_their_errors() -> None:
    _, axes = plt.subplots()
    drawn = decomposition.draw_parts(axes, LITHIUM, RUN, "x")
    shown = bands(axes)
    assert len(shown) == len(decomposition.PARTS)
    for corners, (name, *_) in zip(shown, decomposition.PARTS, strict=True):
        value, error = drawn[f"x_{name}_W_per_mK"], drawn[f"x_{name}_error"]
        assert (corners[:, 1].min(), corners[:, 1].max()) == pytest.approx(
            (np.min(value - error), np.max(value + error))
        )
    plt.close()


def test_points_against_temperature_and_the_line_of_a_crystal() -> None:
    chosen = LITHIUM.conductivity()
    assert chosen is not None
    figure, panels = plt.subplots(1, 2)
    conductivity.sweep_panels((panels[0], panels[1]), LITHIUM, chosen, "ab")
    series = temperature_series("li3ps4", chosen.models[0], chosen.cell, "kappa_onsager")
    value, error = next(bars(panels[1]))
    assert value == pytest.approx(series.value) and error == pytest.approx(series.error)
    (crystal,) = (line for line in panels[1].lines if line.get_label() == "ordered crystal: $p$ = −1")
    mean = np.average(series.value, weights=series.error**-2)
    assert crystal.get_xdata() * crystal.get_ydata() == pytest.approx(mean * chosen.crossing_K)
    plt.close(figure)


def test_the_band_of_a_measurement_is_where_it_was_measured() -> None:
    copper = MaterialFolder("cu2se")
    chosen = copper.conductivity()
    assert chosen is not None and (known := chosen.measured) is not None
    figure, panels = plt.subplots(1, 2)
    conductivity.sweep_panels((panels[0], panels[1]), copper, chosen, "ab")
    (corners,) = bands(panels[1])
    assert corners.min(axis=0) == pytest.approx([known.from_K, known.low])
    assert corners.max(axis=0) == pytest.approx([known.to_K, known.high])
    plt.close(figure)


def test_pressure_is_said_where_the_cells_were_found_at_one() -> None:
    chosen = LITHIUM.conductivity()
    assert chosen is not None
    assert conductivity.pressure(LITHIUM, chosen) == "at zero pressure"
    points = {name: point for name, point in LITHIUM.runs.items() if point.cell == chosen.cell}
    pressed, fixed = MaterialFolder("li3ps4"), MaterialFolder("li3ps4")
    vars(pressed)["runs"] = {name: with_keys(point, pressure_GPa=2.5) for name, point in points.items()}
    assert conductivity.pressure(pressed, chosen) == "at 2.5 GPa"
    vars(pressed)["runs"] |= dict([next(iter(points.items()))])
    assert conductivity.pressure(pressed, chosen) == ""
    vars(fixed)["runs"] = {
        name: with_keys(point, stages=point.config.stages[2:]) for name, point in points.items()
    }
    assert conductivity.pressure(fixed, chosen) == ""


def with_keys(point: Point, **changes: object) -> Point:
    return replace(point, config=point.config.model_copy(update=changes))
