"""`superionic analyse`: transport coefficients of a flux series, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from ..flux.reader import ReadOptions
from ..flux.readers import READERS, read_series
from ..flux.series import FluxSeries
from ..provenance import write_atomically
from .analysis import analyse
from .green_kubo import MAX_LAG_PS
from .text import table
from .uncertainty import planned_duration_ps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="flux file; or, one per replica, folders in which GPUMD has run, or tables",
    )
    parser.add_argument(
        "--format", choices=tuple(READERS), help="format of PATH (default: detected from the files)"
    )
    parser.add_argument(
        "--mobile",
        type=_mobile,
        required=True,
        metavar="Li[,..]",
        help="species that diffuse; none where nothing does",
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
        "--plan",
        type=_fraction,
        metavar="ERROR",
        help="trajectory length for this relative error of κ",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--figure", type=_picture, metavar="FILE", help="draw integrals and spectra (.png, .pdf, .svg)"
    )
    foreign = parser.add_argument_group("files of other programs")
    foreign.add_argument("--columns", metavar="MAP.toml", help="LAMMPS: which columns hold which current")
    foreign.add_argument("--structure", metavar="model.xyz", help="volume, masses and numbers of atoms")
    foreign.add_argument("--temperature-K", type=_positive, dest="temperature_K")
    foreign.add_argument("--dt-fs", type=_positive, help="time between rows")
    foreign.add_argument("--groups", type=_symbols, metavar="Li,P,S", help="symbol of each group, in order")
    foreign.add_argument(
        "--volume-A3", type=_positive, dest="volume_A3", help="mean volume, if not model.xyz's"
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.figure is not None:
        from .figure import draw  # matplotlib, needed for figures only
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
            **{
                f"{name}_ps": planned_duration_ps(one.onsager.kappa, result.total_ps, arguments.plan)
                for name, one in result.estimates.items()
            },
        }
    if arguments.json:
        print(json.dumps({**result.as_dict(), "plan": plan}, indent=2))
    else:
        print(table(result, plan))
    if arguments.figure is not None:
        figure = draw(result)
        save = partial(figure.savefig, format=arguments.figure.suffix[1:], dpi=200)
        write_atomically(arguments.figure, save)
        print(f"{arguments.figure} drawn", file=sys.stderr)
    return 0


def _window(arguments: argparse.Namespace) -> dict[str, Any]:
    """Lag and plateau of the Green-Kubo integrals; the defaults may shrink, explicit values may not."""
    lag, plateau = arguments.max_lag_ps, arguments.plateau_ps
    if lag is None and plateau is None:
        return {"shorten": True}
    lag = max(MAX_LAG_PS, plateau[1]) if lag is None else lag
    return {"max_lag_ps": lag, "plateau_ps": tuple(plateau) if plateau else (0.5 * lag, lag)}


def _read(arguments: argparse.Namespace) -> FluxSeries:
    options = {field.name: getattr(arguments, field.name) for field in fields(ReadOptions)}
    return read_series(arguments.paths, arguments.format, **options)


def _symbols(text: str) -> tuple[str, ...]:
    symbols = tuple(part.strip() for part in text.split(",") if part.strip())
    if not symbols:
        raise argparse.ArgumentTypeError(f"expected symbols as Li,P,S, got {text!r}")
    return symbols


def _mobile(text: str) -> tuple[str, ...]:
    return () if text.strip() == "none" else _symbols(text)


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
