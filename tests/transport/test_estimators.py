"""What all estimators have in common, and that a new one appears everywhere by its registration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from replication.reduced.quantities import quantities
from superionic.flux.series import FluxError
from superionic.transport.analysis import analyse
from superionic.transport.current_set import CurrentSet, select_currents
from superionic.transport.estimators import ESTIMATORS
from superionic.transport.green_kubo import green_kubo
from superionic.transport.onsager import OnsagerEstimate, element_names, heat_of_transport
from superionic.transport.text import table

LAGS = {"max_lag_ps": 0.2, "plateau_ps": (0.1, 0.2)}


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("mobile", [(), ("Li",), ("Li", "Na")])
def test_every_estimate_is_complete_and_of_one_piece(three_current_series, name, mobile) -> None:
    settings = LAGS if name == "green_kubo" else {}
    onsager = ESTIMATORS[name](select_currents(three_current_series, mobile), **settings).onsager
    size = 1 + len(mobile)
    assert onsager.matrix.shape == onsager.errors.shape == (size, size)
    assert len(onsager.heat) == len(onsager.heat_errors) == len(mobile)
    np.testing.assert_allclose(onsager.matrix, onsager.matrix.T, rtol=1e-12)
    assert (onsager.errors > 0).all()
    assert list(onsager.elements) == list(element_names(size))
    assert onsager.naive_kappa.value == pytest.approx(onsager.matrix[0, 0], rel=1e-12)
    # the jackknife takes the bias of each quotient away by itself
    loose = {"green_kubo": 0.1}.get(name, 1e-9)
    assert onsager.kappa.value == pytest.approx((1 - onsager.coupled.value) * onsager.matrix[0, 0], rel=loose)
    assert (onsager.heat_of_transport is None) == (len(mobile) != 1)
    if mobile:
        expected = heat_of_transport(onsager.matrix)
        np.testing.assert_allclose(onsager.heat, expected, rtol=loose, atol=loose * abs(expected).max())


def test_heat_of_transport_solves_for_the_ions_share() -> None:
    matrix = np.array([[9.0, 2.0, 1.0], [2.0, 4.0, 1.0], [1.0, 1.0, 3.0]])
    np.testing.assert_allclose(matrix[1:, 1:] @ heat_of_transport(matrix), matrix[1:, 0])
    assert heat_of_transport(matrix[:2, :2]) == pytest.approx([0.5])


def test_green_kubo_uses_the_window_it_is_given(smooth_series) -> None:
    result = green_kubo(select_currents(smooth_series, "Li"), **LAGS)
    plateau = result.integrals.plateau((0.1, 0.2)).mean(axis=0)
    assert result.onsager.matrix[1, 1] == pytest.approx(plateau[2, 2], rel=1e-12)
    assert result.parts["kk"].value == pytest.approx(plateau[0, 0], rel=1e-12)
    assert sum(part.value for part in result.parts.values()) == pytest.approx(result.onsager.matrix[0, 0])
    assert result.onsager.dof == 15  # 16 blocks


@dataclass(frozen=True)
class Halved:
    """Half of what the log-spectrum finds."""

    onsager: OnsagerEstimate
    scalars: dict[str, tuple[float, float, str]] = field(default_factory=lambda: {"halves": (2.0, 0.0, "1")})

    def details(self) -> dict[str, Any]:
        return {"halves": 2}

    def summary(self) -> str:
        return "halved: twice"


def test_a_new_estimator_appears_in_the_analysis_in_json_in_text_and_in_tables(
    smooth_series, monkeypatch
) -> None:
    def halved(currents: CurrentSet) -> Halved:
        return Halved(ESTIMATORS["spectral"](currents).onsager)

    monkeypatch.setitem(ESTIMATORS, "halved", halved)
    result = analyse(smooth_series, "Li", **LAGS)
    assert result.estimates["halved"].onsager.kappa == result.quoted.kappa
    assert result.as_dict()["halved"]["halves"] == 2
    assert result.as_dict()["halved"]["kappa_W_per_mK"] == result.as_dict()["spectral"]["kappa_W_per_mK"]
    assert "halved: twice" in table(result)
    rows = {row[:2]: row[2:] for row in quantities(result, smooth_series)}
    assert rows["kappa_onsager", "halved"] == rows["kappa_onsager", "spectral"]
    assert rows["halves", "halved"] == (2.0, 0.0, "1")


def test_periodograms_are_computed_once(smooth_series, monkeypatch) -> None:
    from superionic.transport import current_set

    calls = []
    compute = current_set.spectra
    monkeypatch.setattr(current_set, "spectra", lambda *given: calls.append(1) or compute(*given))
    analyse(smooth_series, "Li", **LAGS)
    assert len(calls) == 1


def test_a_bare_string_is_one_species(three_current_series) -> None:
    assert select_currents(three_current_series, "Na").mobile == ("Na",)
    with pytest.raises(FluxError, match=r"no mass current of Cu: .* Li, Na"):
        analyse(three_current_series, "Cu")
    with pytest.raises(FluxError, match="name each once, among Li, Na"):
        analyse(three_current_series, ["Li", "Li"])


def test_what_is_read_is_short_and_has_units(smooth_series) -> None:
    result = analyse(smooth_series, "Li", **LAGS)
    quoted = result.quoted
    for text in (repr(result), repr(quoted)):
        assert f"κ {quoted.kappa} W/m/K" in text
        assert max(map(len, text.splitlines())) < 240
    assert repr(result).startswith("<Analysis of 4 x 8 ps at 300 K, mobile: Li\n")
    heat = result.heat_per_ion_eV()
    assert heat.value == pytest.approx(quoted.heat[0] * 1.66053907e-27 / 1.602176634e-19, rel=1e-6)
    assert f"heat of transport {heat} eV per ion" in repr(result)
    assert "eV per ion" in table(result)
    assert repr(smooth_series) == "<FluxSeries of Li: 4 x 8 ps every 1 fs, 300 K, 1000 Å³, 1 atoms>"
