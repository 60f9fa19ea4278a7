"""An analysis as text: one row per quantity, one column per estimator."""

from __future__ import annotations

from collections.abc import Mapping

from .analysis import Analysis
from .onsager import element_names, element_unit
from .uncertainty import Estimate

_TITLES = {"green_kubo": "Green-Kubo"}
_PARTS = {"kk": "kinetic kk", "pp": "potential pp", "kp": "cross kp (both)"}


def table(result: Analysis, plan: Mapping[str, float] | None = None) -> str:
    """The analysis as text: value, standard error, unit; one column per estimator."""
    estimates, ions = result.estimates, result.ions
    methods = list(estimates)
    onsager = {name: one.onsager for name, one in estimates.items()}
    green_kubo = {name: {"green_kubo": part} for name, part in result.green_kubo.parts.items()}
    split = result.green_kubo.parts["kk"].value != 0.0  # some programs write the total energy current alone
    axes = zip("xyz", result.spectral.along_axes, strict=True)
    diffusion = ions.self_diffusion_m2_per_s.items()
    rows: list[tuple[str, Mapping[str, Estimate | None], str]] = [
        ("κ (Onsager)", {name: one.kappa for name, one in onsager.items()}, "W/m/K"),
        *((f"  along {axis}", {"spectral": kappa}, "W/m/K") for axis, kappa in axes),
        ("κ naive", {name: one.naive_kappa for name, one in onsager.items()}, "W/m/K"),
        *((f"  {title}", green_kubo[key], "W/m/K") for key, title in _PARTS.items() if split),
        ("coupled fraction r", {name: one.coupled for name, one in onsager.items()}, ""),
        ("heat of transport", {name: result.heat_per_ion_eV(name) for name in methods}, "eV per ion"),
        *(
            (element, {name: one.elements[element] for name, one in onsager.items()}, element_unit(*place))
            for element, place in element_names(len(result.quoted.matrix)).items()
        ),
        *((f"D({symbol})", {"green_kubo": estimate}, "m²/s") for symbol, estimate in diffusion),
        ("ionic conductivity", {"green_kubo": ions.conductivity_S_per_m}, "S/m"),
        ("Nernst-Einstein", {"green_kubo": ions.nernst_einstein_S_per_m}, "S/m"),
        ("Haven ratio", {"green_kubo": ions.haven_ratio}, ""),
    ]
    mobile = ", ".join(result.mobile) or "none"
    lines = [
        f"{result.total_ps:g} ps in all, T = {result.temperature_K:g} K, mobile: {mobile}",
        *(one.summary() for one in estimates.values()),
        f"{'':20}" + "".join(f"{_TITLES.get(name, name):>24}" for name in methods),
    ]
    for title, row, unit in rows:
        if any(estimate is not None for estimate in row.values()):
            cells = "".join(f"{_text(row.get(name)):>24}" for name in methods)
            lines.append(f"{title:20}{cells}  {unit.replace('^3', '³')}".rstrip())
    lines += [f"DOUBT: {doubt}" for doubt in result.doubts]
    if plan:
        lengths = ", ".join(f"{plan[f'{name}_ps']:.3g} ps ({_TITLES.get(name, name)})" for name in methods)
        lines.append(f"for a relative error of {plan['relative_error']:g} of κ, in all: {lengths}")
    return "\n".join(lines)


def _text(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.4g} ± {estimate.standard_error:.2g}"
