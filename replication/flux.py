"""`python -m replication.flux <material>/<run>`: the flux of a run, by molecular dynamics if it must be.

Exits at once when the committed flux belongs to the run file as it stands.
"""

from __future__ import annotations

import argparse
import sys

from superionic.cli import main as superionic
from superionic.cli import status
from superionic.flux.files import read_header
from superionic.flux.series import FluxError
from superionic.md.inputs import prepare_inputs

from .paths import flux_file, run_file


def is_current(run: str) -> bool:
    """Whether the packed flux was made from this run file, in full length."""
    try:
        made_from = read_header(flux_file(run))["provenance"]
    except (FluxError, FileNotFoundError):
        return False
    inputs = prepare_inputs(run_file(run))
    last = inputs.config.stages[-1]
    complete = round(last.duration_ps / inputs.config.segment_ps)
    return made_from["identity"] == inputs.identity and made_from["segments"] == complete


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.flux", description=__doc__)
    parser.add_argument("run", help="<material>/<run>")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--threads", default=None)
    arguments = parser.parse_args()
    run = arguments.run
    if is_current(run):
        print(f"{run}: up to date")
        return 0
    segments = flux_file(run).parent / "segments"
    options = ["--engine", arguments.engine]
    options += ["--threads", arguments.threads] if arguments.threads else []
    if failed := superionic(["md", str(run_file(run)), "--out", str(segments), *options]):
        return failed
    out = str(flux_file(run))
    return superionic(["reduce", str(run_file(run)), "--segments", str(segments), "--out", out])


if __name__ == "__main__":
    sys.exit(status("replication.flux", main))
