"""Figure of an analysis: running integrals, and spectra with their zero-frequency limit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..conventions import Array
from .analysis import Analysis
from .uncertainty import Estimate
from .zero_frequency import reduced_spectrum

CONDUCTIVITIES = (("naive $L_{00}$", "#882255", "s"), ("Onsager $\\kappa$", "#117733", "o"))
"""Label, colour and symbol of the two conductivities."""

FROM_PS = 0.2
"""The Onsager κ(t) is drawn from here on: at shorter times it is a ratio of unconverged integrals."""

EXPLANATION = (
    "bands and bars: ±1 standard error; symbols at the edge: spectral limits at zero frequency, the values "
    "to quote; grey: plateau window"
)


def draw(result: Analysis) -> Figure:
    """Panel a: running Green-Kubo integrals. Panel b: spectra of the energy current (naive) and of its part
    uncorrelated with the ion currents (Onsager), in units of κ.
    """
    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    _integrals(left, result)
    _spectra(right, result)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        f"{', '.join(result.mobile)} mobile, {result.temperature_K:.4g} K, "
        f"{result.n_replicas} x {result.total_ps / result.n_replicas:.4g} ps",
        fontsize=10,
    )
    figure.supxlabel(EXPLANATION, fontsize=7, color="0.35")
    return figure


def _limits(result: Analysis) -> Iterator[tuple[Estimate, str, str, str]]:
    """Spectral estimates of both conductivities, with label, colour and symbol."""
    limits = (result.spectral.onsager.naive_kappa, result.spectral.onsager.kappa)
    for limit, style in zip(limits, CONDUCTIVITIES, strict=True):
        yield (limit, *style)


def _integrals(axes: Axes, result: Analysis) -> None:
    max_lag_ps, integrals = result.green_kubo.max_lag_ps, result.green_kubo.integrals
    time = integrals.time_ps
    begun = time >= min(FROM_PS, 0.5 * max_lag_ps)
    axes.axvspan(*result.green_kubo.plateau_ps, color="0.94", zorder=0)
    highest = 0.0
    for curve, in_range, (limit, label, colour, symbol), place in zip(
        (integrals.naive(), integrals.kappa()), (time >= 0, begun), _limits(result), (1.03, 1.07), strict=True
    ):
        value, error = (column[in_range] for column in curve)
        axes.plot(time[in_range], value, color=colour, label=label)
        axes.fill_between(time[in_range], value - error, value + error, color=colour, alpha=0.22, linewidth=0)
        _point(axes, place * max_lag_ps, limit, colour, symbol)
        highest = max(highest, limit.value, float(np.max(value[begun[in_range]])))
    axes.set(
        xlim=(0, 1.1 * max_lag_ps),
        ylim=(0, 1.4 * highest),
        xlabel="correlation time (ps)",
        ylabel="$\\kappa$  (W m$^{-1}$ K$^{-1}$)",
    )
    axes.set_title("(a)  running Green-Kubo integrals", fontsize=10, loc="left")
    axes.legend(loc="upper left", ncols=2, frameon=False)


def _spectra(axes: Axes, result: Analysis) -> None:
    spectrum = result.spectra.graded
    matrices, realisations = spectrum.mean()
    frequency, band = spectrum.frequency_THz, result.spectral.band_THz
    in_range = frequency <= band
    curves: list[tuple[Array, Array]] = [
        (np.real(matrices[:, 0, 0]), realisations),
        reduced_spectrum(matrices, realisations),
    ]
    lowest = min(float(power[in_range].min()) for power, _ in curves)
    for (power, dof), (limit, label, colour, symbol) in zip(curves, _limits(result), strict=True):
        axes.errorbar(
            frequency[in_range], power[in_range], (power / np.sqrt(dof))[in_range], fmt=symbol, color=colour,
            markersize=2.5, linewidth=0.6, label=label,
        )  # fmt: skip
        _point(axes, 0.6 * frequency[0], limit, colour, symbol)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="frequency (THz)",
        ylabel="spectrum  (W m$^{-1}$ K$^{-1}$)",
        ylim=(0.5 * lowest, None),
    )
    axes.set_title("(b)  spectra of the energy current", fontsize=10, loc="left")
    axes.legend(loc="lower left", frameon=False)


def _point(axes: Axes, x: float, limit: Estimate, colour: str, symbol: str) -> None:
    axes.errorbar(
        [x], [limit.value], [limit.standard_error], fmt=symbol, color=colour, markersize=5, capsize=2.5,
        clip_on=False, zorder=5,
    )  # fmt: skip
