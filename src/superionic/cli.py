"""Command line: `superionic <verb> <path>`. Each verb lives beside its layer and is imported on use."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable

VERBS = {
    "label": ("superionic.dft.command_label", "label structures with an ab-initio calculator"),
    "sample": ("superionic.dft.command_sample", "choose structures worth labelling"),
    "train": ("superionic.training.command", "train a potential"),
    "md": ("superionic.md.command", "run molecular dynamics from a run file; resumes by itself"),
    "reduce": ("superionic.flux.command", "pack the segments of a run into its compact flux file"),
    "analyse": ("superionic.transport.command", "transport coefficients of a flux series"),
    "bench": ("superionic.engines.command", "time the engines side by side on this machine"),
}
"""verb -> (module with `add_arguments(parser)` and `run(arguments) -> int`, help)."""


def main(argv: list[str] | None = None) -> int:
    """Run one verb; expected failures (bad input, missing file) end as one message and exit status 2."""
    parser = argparse.ArgumentParser(prog="superionic", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    arguments_given = sys.argv[1:] if argv is None else argv
    chosen = next((word for word in arguments_given if not word.startswith("-")), None)
    for verb, (module, text) in VERBS.items():
        verb_parser = verbs.add_parser(verb, help=text, description=text)
        if verb == chosen:
            implementation = importlib.import_module(module)
            implementation.add_arguments(verb_parser)
            verb_parser.set_defaults(run=implementation.run)
    arguments = parser.parse_args(arguments_given)
    return status(f"superionic {arguments.verb}", lambda: int(arguments.run(arguments)))


def status(name: str, command: Callable[[], int | None]) -> int:
    """Exit status of a command; expected failures end as one message, and status 2."""
    try:
        return command() or 0
    except KeyboardInterrupt:
        print("interrupted; run the same command again to resume", file=sys.stderr)
        return 130
    except (ValueError, OSError, RuntimeError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
