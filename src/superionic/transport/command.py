"""`superionic analyse`: transport coefficients of a flux series, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..config import load_toml
from ..flux.gpumd import read_gpumd, structure_of
from ..flux.gpumd_run import read_gpumd_runs
from ..flux.lammps import LammpsMap, read_lammps
from ..flux.series import FluxError, FluxSeries, read_flux
from ..provenance import sha256_file, write_atomically
from .analysis import Analysis, analyse
from .green_kubo import MAX_LAG_PS
from .matrix_limits import MatrixLimits
from .uncertainty import Estimate, planned_duration_ps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="flux file; or, one per replica, folders in which GPUMD has run, or tables",
    )
    parser.add_argument(
        "--format", choices=("flux", "gpumd", "lammps"), default="flux", help="what PATH holds"
    )
    parser.add_argument(
        "--mobile", type=_symbols, required=True, metavar="Li[,..]", help="species that diffuse"
    )
    parser.add_argument("--charges", type=_charges, metavar="Li=1[,..]", help="formal charges of the species")
    parser.add_argument(
        "--max-lag-ps",
        type=_positive,
        help="longest Green-Kubo lag (default 10, less for a short series)",
    )
    parser.add_argument(
        "--plateau-ps", type=_time, nargs=2, metavar=("FROM", "TO"), help="default: second half of the lags"
    )
    parser.add_argument(
        "--plan", type=_fraction, metavar="ERROR", help="length needed for this relative error of κ"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--figure", type=_picture, metavar="FILE", help="draw integrals and spectra (.png, .pdf, .svg)"
    )
    parser.add_argument("--columns", metavar="MAP.toml", help="LAMMPS: which columns hold which current")
    foreign = parser.add_argument_group("GPUMD compute.out")
    foreign.add_argument("--structure", metavar="model.xyz", help="volume, masses and numbers of atoms")
    foreign.add_argument("--temperature-K", type=_positive, dest="temperature_K")
    foreign.add_argument("--dt-fs", type=_positive, help="time between rows")
    foreign.add_argument("--groups", type=_symbols, metavar="Li,P,S", help="symbol of each group, in order")
    foreign.add_argument(
        "--volume-A3", type=_positive, dest="volume_A3", help="mean volume, if not model.xyz's"
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.figure is not None:
        from .figure import draw  # matplotlib, which the numbers do without
    series = _read(arguments)
    result = analyse(
        series,
        arguments.mobile,
        charges=arguments.charges,
        **_window(arguments),
    )
    plan = None
    if arguments.plan is not None:
        plan = {
            "relative_error": arguments.plan,
            "green_kubo_ps": planned_duration_ps(result.kappa, result.total_ps, arguments.plan),
            "spectral_ps": planned_duration_ps(result.spectral.quoted.kappa, result.total_ps, arguments.plan),
        }
    if arguments.json:
        print(json.dumps({**result.as_dict(), "plan": plan}, indent=2))
    else:
        print(table(result, plan))
    if arguments.figure is not None:
        figure = draw(series, result)
        save = partial(figure.savefig, format=arguments.figure.suffix[1:], dpi=200)
        write_atomically(arguments.figure, save)
        print(f"{arguments.figure} drawn", file=sys.stderr)
    return 0


def _window(arguments: argparse.Namespace) -> dict[str, Any]:
    """Lag and plateau of the integrals; nobody has asked for the usual ones, so these may shrink."""
    lag, plateau = arguments.max_lag_ps, arguments.plateau_ps
    if lag is None and plateau is None:
        return {"shorten": True}
    lag = max(MAX_LAG_PS, plateau[1]) if lag is None else lag
    return {"max_lag_ps": lag, "plateau_ps": tuple(plateau) if plateau else (0.5 * lag, lag)}


def _read(arguments: argparse.Namespace) -> FluxSeries:
    if all(Path(path).is_dir() for path in arguments.paths):
        _refuse_options(arguments, ("structure", "columns"), "a folder of GPUMD")
        if arguments.format == "lammps":
            raise FluxError("--format lammps: folders are those in which GPUMD has run, give log files")
        _refuse_twins([Path(path) / "compute.out" for path in arguments.paths])
        return read_gpumd_runs(
            arguments.paths, arguments.temperature_K, arguments.volume_A3, arguments.groups, arguments.dt_fs
        )
    _refuse_twins(arguments.paths)
    if arguments.format == "flux":
        if len(arguments.paths) != 1:
            raise FluxError("one flux file at a time: it holds all replicas")
        foreign = ("structure", "temperature_K", "dt_fs", "groups", "volume_A3", "columns")
        _refuse_options(arguments, foreign, "a flux file")
        return read_flux(arguments.paths[0])
    if arguments.format == "lammps":
        if arguments.columns is None:
            raise FluxError("--format lammps needs --columns MAP.toml (see superionic.flux.lammps)")
        return read_lammps(arguments.paths, load_toml(arguments.columns, LammpsMap))
    wanted = ("structure", "temperature_K", "dt_fs", "groups")
    missing = [name for name in wanted if getattr(arguments, name) is None]
    if missing:
        options = ", ".join("--" + name.replace("_", "-") for name in missing)
        raise FluxError(f"--format gpumd needs {options}")
    return read_gpumd(
        arguments.paths,
        structure=structure_of(arguments.structure),
        groups=arguments.groups,
        temperature_K=arguments.temperature_K,
        dt_fs=arguments.dt_fs,
        volume_A3=arguments.volume_A3,
    )


def _refuse_options(arguments: argparse.Namespace, names: Sequence[str], what: str) -> None:
    """Options that would be ignored are refused."""
    given = ["--" + name.replace("_", "-") for name in names if getattr(arguments, name) is not None]
    if given:
        raise FluxError(f"{', '.join(given)}: {what} says that by itself; for tables give --format")


def _refuse_twins(paths: Sequence[str | Path]) -> None:
    """The same trajectory twice is no second replica: its error bars would be too small by sqrt(2)."""
    seen: dict[str, str | Path] = {}
    for path in paths:
        first = seen.setdefault(sha256_file(Path(path)), path)
        if first is not path:
            raise FluxError(f"{first} and {path} have the same content: give each replica once")


def table(result: Analysis, plan: Mapping[str, float] | None = None) -> str:
    """The analysis as text: value, standard error, unit."""
    smooth, cosine = result.spectral.quoted, result.cepstral.limits
    lines = [
        f"{result.total_ps:g} ps in all, T = {result.temperature_K:g} K, mobile: {', '.join(result.mobile)}",
        f"Green-Kubo: plateau {result.plateau_ps[0]:g}-{result.plateau_ps[1]:g} ps, "
        f"errors from {result.units}",
        f"cepstral: f* = {result.cepstral.cutoff_THz:.3g} THz, P* = {result.cepstral.terms}",
        f"below {result.spectral.lowest_THz:.2g} THz: spectrum over κ {1 + result.spectral.lowest.value:.2f} "
        f"± {result.spectral.lowest.standard_error:.2g} (1 without a slow part or a valley)",
        f"{'':20}{'spectral':>24}{'Green-Kubo':>24}{'cepstral':>24}",
    ]
    rows: list[tuple[str, Estimate | None, Estimate | None, Estimate | None, str]] = [
        ("κ (Onsager)", smooth.kappa, result.kappa, cosine.kappa, "W/m/K"),
        *(
            (f"  along {name}", k, None, None, "W/m/K")
            for name, k in zip("xyz", result.along_axes, strict=True)
        ),
        ("κ naive", smooth.naive, result.naive_kappa, cosine.naive, "W/m/K"),
        *((f"  {name}", None, result.parts[key], None, "W/m/K") for key, name in _PARTS.items()),
        ("coupled fraction r", smooth.coupled, result.coupled, cosine.coupled, ""),
        ("heat of transport", _heat(smooth), None, _heat(cosine), "J/kg"),
        *(
            (name, _element(smooth, name), value, _element(cosine, name), _unit(name))
            for name, value in result.onsager.items()
        ),
        *((f"D({s})", None, d, None, "m²/s") for s, d in result.ions.self_diffusion_m2_per_s.items()),
        ("ionic conductivity", None, result.ions.conductivity_S_per_m, None, "S/m"),
        ("Nernst-Einstein", None, result.ions.nernst_einstein_S_per_m, None, "S/m"),
        ("Haven ratio", None, result.ions.haven_ratio, None, ""),
    ]
    for name, *estimates, unit in rows:
        if any(estimate is not None for estimate in estimates):
            lines.append(f"{name:20}" + "".join(f"{_text(e):>24}" for e in estimates) + f"  {unit}".rstrip())
    lines += [f"DOUBT: {doubt}" for doubt in result.doubts]
    if plan:
        lines.append(
            f"for a relative error of {plan['relative_error']:g} of κ: {plan['green_kubo_ps']:.3g} ps in all "
            f"(Green-Kubo), {plan['spectral_ps']:.3g} ps (spectral)"
        )
    return "\n".join(lines)


_PARTS = {"kk": "kinetic kk", "pp": "potential pp", "kp": "cross kp (both)"}


def _element(limits: MatrixLimits, name: str) -> Estimate:
    index = int(name[1]), int(name[2])
    return Estimate.symmetric(float(limits.matrix[index]), float(limits.errors[index]))


def _heat(limits: MatrixLimits) -> Estimate | None:
    """There is one heat of transport with one mobile species only."""
    return limits.heat_of_transport if len(limits.matrix) == 2 else None


def _unit(name: str) -> str:
    return {0: "kg s/m³/K", 1: "kg/m/s/K", 2: "W/m/K"}[name[1:].count("0")]


def _text(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.4g} ± {estimate.standard_error:.2g}"


def _symbols(text: str) -> tuple[str, ...]:
    symbols = tuple(part.strip() for part in text.split(",") if part.strip())
    if not symbols:
        raise argparse.ArgumentTypeError(f"expected symbols as Li,P,S, got {text!r}")
    return symbols


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a positive finite number, got {text!r}")
    return value


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix not in (".png", ".pdf", ".svg"):
        raise argparse.ArgumentTypeError(f"{text!r} should end in .png, .pdf or .svg")
    return path


def _fraction(text: str) -> float:
    value = _positive(text)
    if not 1e-4 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a relative error between 0.0001 and 1, got {text!r}")
    return value


def _time(text: str) -> float:
    return 0.0 if text.strip() in ("0", "0.0") else _positive(text)


MOST_CHARGE = 10.0


def _charges(text: str) -> dict[str, float]:
    charges: dict[str, float] = {}
    for part in text.split(","):
        symbol, _, number = (word.strip() for word in part.partition("="))
        try:
            value = float(number)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected Li=1,P=5,S=-2, got {text!r}") from None
        if not symbol or symbol in charges:
            raise argparse.ArgumentTypeError(f"{text!r} names {symbol or 'nothing'} twice or not at all")
        if not 0 < abs(value) <= MOST_CHARGE:
            raise argparse.ArgumentTypeError(
                f"the charge of {symbol} is {number}: formal charges are -4 to 7"
            )
        charges[symbol] = value
    return charges
