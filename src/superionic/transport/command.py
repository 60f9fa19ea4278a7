"""`superionic analyse`: transport coefficients of a flux series, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

from ..flux.gpumd import read_gpumd
from ..flux.series import FluxError, FluxSeries, read_flux
from .analysis import Analysis, analyse
from .uncertainty import Estimate, planned_duration_ps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="flux file; for GPUMD one compute.out per replica"
    )
    parser.add_argument("--format", choices=("flux", "gpumd"), default="flux", help="what PATH holds")
    parser.add_argument(
        "--mobile", type=_symbols, required=True, metavar="Li[,..]", help="species that diffuse"
    )
    parser.add_argument("--charges", type=_charges, metavar="Li=1[,..]", help="formal charges of the species")
    parser.add_argument("--max-lag-ps", type=float, default=10.0, help="longest Green-Kubo lag (default 10)")
    parser.add_argument("--plateau-ps", type=float, nargs=2, default=(5.0, 10.0), metavar=("FROM", "TO"))
    parser.add_argument(
        "--plan", type=float, metavar="ERROR", help="length needed for this relative error of κ"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    foreign = parser.add_argument_group("GPUMD compute.out")
    foreign.add_argument("--structure", metavar="model.xyz", help="volume, masses and numbers of atoms")
    foreign.add_argument("--temperature-K", type=float, dest="temperature_K")
    foreign.add_argument("--dt-fs", type=float, help="time between rows")
    foreign.add_argument("--groups", type=_symbols, metavar="Li,P,S", help="symbol of each group, in order")
    foreign.add_argument("--volume-A3", type=float, dest="volume_A3", help="mean volume, if not model.xyz's")


def run(arguments: argparse.Namespace) -> int:
    series = _read(arguments)
    result = analyse(
        series,
        arguments.mobile,
        charges=arguments.charges,
        max_lag_ps=arguments.max_lag_ps,
        plateau_ps=tuple(arguments.plateau_ps),
    )
    plan = None
    if arguments.plan is not None:
        plan = {
            "relative_error": arguments.plan,
            "green_kubo_ps": planned_duration_ps(result.kappa, result.total_ps, arguments.plan),
            "cepstral_ps": planned_duration_ps(result.cepstral.kappa, result.total_ps, arguments.plan),
        }
    if arguments.json:
        print(json.dumps({**result.as_dict(), "plan": plan}, indent=2))
    else:
        print(table(result, plan))
    return 0


def _read(arguments: argparse.Namespace) -> FluxSeries:
    if arguments.format == "flux":
        if len(arguments.paths) != 1:
            raise FluxError("one flux file at a time: it holds all replicas")
        return read_flux(arguments.paths[0])
    wanted = ("structure", "temperature_K", "dt_fs", "groups")
    missing = [name for name in wanted if getattr(arguments, name) is None]
    if missing:
        options = ", ".join("--" + name.replace("_", "-") for name in missing)
        raise FluxError(f"--format gpumd needs {options}")
    from ase.io import read

    return read_gpumd(
        arguments.paths,
        structure=read(arguments.structure),
        groups=arguments.groups,
        temperature_K=arguments.temperature_K,
        dt_fs=arguments.dt_fs,
        volume_A3=arguments.volume_A3,
    )


def table(result: Analysis, plan: Mapping[str, float] | None = None) -> str:
    """The analysis as text: value, standard error, unit."""
    ceps = result.cepstral
    lines = [
        f"{result.total_ps:g} ps in all, T = {result.temperature_K:g} K, mobile: {', '.join(result.mobile)}",
        f"Green-Kubo: plateau {result.plateau_ps[0]:g}-{result.plateau_ps[1]:g} ps, "
        f"errors from {result.units}",
        f"cepstral: f* = {ceps.cutoff_THz:.3g} THz, P* = {ceps.fits['kappa'].cut}",
        f"{'':24}{'Green-Kubo':>26}{'cepstral':>26}",
    ]
    matrix = {
        name: Estimate.symmetric(
            float(ceps.matrix[int(name[1]), int(name[2])]), float(ceps.errors[int(name[1]), int(name[2])])
        )
        for name in result.onsager
    }
    rows: list[tuple[str, Estimate | None, Estimate | None, str]] = [
        ("κ (Onsager)", result.kappa, ceps.kappa, "W/m/K"),
        ("κ naive", result.naive_kappa, ceps.naive, "W/m/K"),
        ("  kinetic kk", result.parts["kk"], None, "W/m/K"),
        ("  potential pp", result.parts["pp"], None, "W/m/K"),
        ("  cross kp (both)", result.parts["kp"], None, "W/m/K"),
        ("coupled fraction r", result.coupled, None, ""),
        *((name, value, matrix[name], _unit(name)) for name, value in result.onsager.items()),
        *((f"D({s})", d, None, "m²/s") for s, d in result.ions.self_diffusion_m2_per_s.items()),
        ("ionic conductivity", result.ions.conductivity_S_per_m, None, "S/m"),
        ("Nernst-Einstein", result.ions.nernst_einstein_S_per_m, None, "S/m"),
        ("Haven ratio", result.ions.haven_ratio, None, ""),
    ]
    for name, left, right, unit in rows:
        if left is not None:
            lines.append(f"{name:24}{_text(left):>26}{_text(right):>26}  {unit}".rstrip())
    if plan:
        lines.append(
            f"for a relative error of {plan['relative_error']:g} of κ: {plan['green_kubo_ps']:.3g} ps in all "
            f"(Green-Kubo), {plan['cepstral_ps']:.3g} ps (cepstral)"
        )
    return "\n".join(lines)


def _unit(name: str) -> str:
    return {0: "kg s/m³/K", 1: "kg/m/s/K", 2: "W/m/K"}[name[1:].count("0")]


def _text(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.4g} ± {estimate.standard_error:.2g}"


def _symbols(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _charges(text: str) -> dict[str, float]:
    try:
        return {key.strip(): float(value) for key, value in (part.split("=") for part in text.split(","))}
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected Li=1,P=5,S=-2, got {text!r}") from None
