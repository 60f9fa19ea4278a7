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
    "gauge": ("superionic.gauge", "what a potential adds to the heat its ions carry, from energies alone"),
    "bench": ("superionic.engines.command", "time the engines side by side on this machine"),
}
"""verb -> (module with `add_arguments(parser)` and `run(arguments) -> int`, help)."""


EXTRAS = {"torch": "md", "vesin": "md", "pooch": "md", "matplotlib": "figures"}
"""Module -> the optional dependencies (pyproject.toml) it comes with; the analysis needs none of them."""


def main(argv: list[str] | None = None) -> int:
    """Run one verb; expected failures (bad input, missing file) end as one message and exit status 2."""
    parser = argparse.ArgumentParser(prog="superionic", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    given = sys.argv[1:] if argv is None else argv
    chosen = next((word for word in given if not word.startswith("-")), None)
    return status(f"superionic {chosen or ''}".strip(), lambda: _run(parser, verbs, chosen, given))


def _run(
    parser: argparse.ArgumentParser,
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    chosen: str | None,
    given: list[str],
) -> int:
    """Import the chosen verb, parse its arguments, run it."""
    for verb, (module, text) in VERBS.items():
        verb_parser = verbs.add_parser(verb, help=text, description=text)
        if verb == chosen:
            implementation = importlib.import_module(module)
            implementation.add_arguments(verb_parser)
            verb_parser.set_defaults(run=implementation.run)
    arguments = parser.parse_args(given)
    return int(arguments.run(arguments))


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
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing not in EXTRAS:
            raise
        print(f"{name}: needs {missing}: install it, or superionic with [{EXTRAS[missing]}]", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
