"""`python -m replication.flux [RUN ...]`: the flux of runs, computed by molecular dynamics if necessary.

A run is `<material>/<point of its sweep.toml>`; the default is all runs that need no GPU. Flux that matches
the sweep file is skipped without network or potential.
"""

from __future__ import annotations

import argparse
import sys

from superionic.cli import status
from superionic.flux.files import read_header, write_flux
from superionic.flux.series import FluxError
from superionic.md.inputs import identify, prepare_config
from superionic.md.log import SegmentLog
from superionic.md.pipeline import Where, describe_packed, run_to_flux

from .data import register
from .paths import flux_file
from .runs import all_runs, described_runs, find_run


def is_current(run: str) -> bool:
    """Whether the packed flux was made from this point of the sweep, in full length."""
    point = find_run(run)
    try:
        made_from = read_header(flux_file(run))["provenance"]
    except (FluxError, FileNotFoundError):
        return False
    return identify(point.config, point.file).is_whole(made_from)


def make(run: str, where: Where) -> None:
    """Simulate or resume one run, and pack its flux."""
    point, out = find_run(run), flux_file(run)
    inputs = prepare_config(point.config, point.file)
    with SegmentLog(run, inputs.config) as log:
        series = run_to_flux(inputs, out.parent / "segments", where, log)
    write_flux(out, series)
    register(f"{run}/flux.npz")
    print(describe_packed(out, series), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.flux", description=__doc__)
    parser.add_argument("runs", nargs="*", metavar="RUN", help="<material>/<point> (default: all on a CPU)")
    parser.add_argument("--list", action="store_true", help="print the names of all runs and their state")
    parser.add_argument("--missing", action="store_true", help="print the runs that are not up to date")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--threads", type=int, default=None)
    arguments = parser.parse_args()
    runs = arguments.runs or (list(described_runs()) if arguments.list else all_runs())
    current = {run: is_current(run) for run in runs}
    if arguments.list:
        for run, whole in current.items():
            state = "up to date" if whole else "needs a GPU" if find_run(run).gpu else "to be run"
            print(f"{run:40} {state}")
        return 0
    missing = [run for run, whole in current.items() if not whole]
    if arguments.missing:
        print("\n".join(missing))
        return 0
    if len(missing) < len(runs):
        print(f"up to date: {len(runs) - len(missing)} of {len(runs)} runs")
    for run in missing:
        make(run, Where(arguments.engine, arguments.threads))
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.flux", main))
