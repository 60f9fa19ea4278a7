"""Command line: `superionic <verb> <path>`. Each verb is implemented in its layer and imported on use."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from . import __version__

DESCRIPTION = "Heat transport in superionic materials. `superionic VERB --help` explains a verb."

VERBS = {
    "label": ("superionic.dft.command_label", "label structures with an ab-initio calculator"),
    "sample": ("superionic.dft.command_sample", "choose structures worth labelling"),
    "train": ("superionic.training.command", "train a potential"),
    "md": ("superionic.md.command", "run molecular dynamics from a run file; resumes by itself"),
    "prepare": ("superionic.md.command_prepare", "write a run as input of GPUMD or LAMMPS"),
    "reduce": ("superionic.md.command_reduce", "pack the segments of a run into its compact flux file"),
    "export": ("superionic.md.command_export", "the trajectory of a run as extended XYZ"),
    "analyse": ("superionic.transport.command", "transport coefficients of a flux series"),
    "gauge": (
        "superionic.command_gauge",
        "what a potential adds to the heat its ions carry, from energies alone",
    ),
    "bench": ("superionic.engines.command", "time the engines side by side on this machine"),
    "completion": ("superionic.completion", "a script that completes this command line in bash or zsh"),
}
"""verb -> (module with `add_arguments(parser)` and `run(arguments) -> int`, help)."""


EXTRAS = {"torch": "torch", "vesin": "torch", "pooch": "md", "matplotlib": "figures"}
"""Module -> the optional dependency group (pyproject.toml) that provides it; the analysis needs none."""


def main(argv: list[str] | None = None) -> int:
    """Run one verb; expected failures (bad input, missing file) end as one message and exit status 2."""
    parser = argparse.ArgumentParser(prog="superionic", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"superionic {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    given = sys.argv[1:] if argv is None else argv
    requested = next((word for word in given if not word.startswith("-")), None)
    return status(f"superionic {requested or ''}".strip(), lambda: _run(parser, verbs, requested, given))


def _run(
    parser: argparse.ArgumentParser,
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    requested: str | None,
    given: list[str],
) -> int:
    """Import the requested verb, parse its arguments, run it."""
    for verb, (module, text) in VERBS.items():
        verb_parser = verbs.add_parser(verb, help=text, description=text)
        if verb == requested:
            implementation = importlib.import_module(module)
            implementation.add_arguments(verb_parser)
            verb_parser.set_defaults(run=implementation.run, verbs=VERBS)
    arguments = parser.parse_args(given)
    return int(arguments.run(arguments))


class Ended(BaseException):
    """Raised by a signal that asks the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def status(name: str, command: Callable[[], int | None]) -> int:
    """Exit status of a command; expected failures end as one message on standard error.

    2 after bad input, a missing file or a full disk; after a signal 128 + its number, as in a shell.
    """
    try:
        with _ending_on_signals():
            outcome = command() or 0
            sys.stdout.flush()
            return outcome
    except (KeyboardInterrupt, Ended) as signalled:
        number = signalled.number if isinstance(signalled, Ended) else signal.SIGINT
        print(f"{name}: ended by {signal.Signals(number).name}; {AGAIN}", file=sys.stderr)
        return 128 + number
    except BrokenPipeError:  # as after `| head`
        _silence_output()
        return 128 + signal.SIGPIPE
    except (ValueError, OSError, RuntimeError) as error:
        print(f"{name}: {_described(error)}", file=sys.stderr)
        if isinstance(error, OSError) and error.filename is None:
            _silence_output()
        return 2
    except MemoryError:
        print(
            f"{name}: not enough memory: give fewer replicas, a smaller cell or a shorter series",
            file=sys.stderr,
        )
        return 2
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing not in EXTRAS:
            raise
        print(f"{name}: needs {missing}: install it, or superionic with [{EXTRAS[missing]}]", file=sys.stderr)
        return 2


AGAIN = "what was finished is kept; run the same command again to go on"

REMEDIES = {
    errno.ENOSPC: "free some space, then run the same command again",
    errno.EDQUOT: "free some space, then run the same command again",
    errno.EROFS: "write to another folder",
    errno.EACCES: "mend its permissions, or write to another folder",
}


def _described(error: Exception) -> str:
    """An error as text; for errors of the operating system the file, the cause and a remedy."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    if error.filename is None and error.errno not in REMEDIES:
        return str(error)
    where = "standard output" if error.filename is None else error.filename
    remedy = REMEDIES.get(error.errno or 0)
    return f"{where}: {error.strerror}" + (f": {remedy}" if remedy else "")


def _silence_output() -> None:
    """Redirect standard output to nowhere, so that Python does not write to a closed pipe at exit."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP raise Ended, so that files are closed and messages written; nohup is respected."""

    def end(number: int, _: object) -> None:
        raise Ended(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
