"""`superionic completion bash|zsh`: a shell script that completes verbs, options and their choices.

    source <(superionic completion bash)         # in ~/.bashrc
    source <(superionic completion zsh)          # in ~/.zshrc, after compinit

The script is generated from the argument parsers of this installation; completing starts no Python.
"""

from __future__ import annotations

import argparse
import importlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

SHELLS = ("bash", "zsh")


@dataclass(frozen=True)
class Option:
    """An option of a verb with all its spellings; `choices` is empty for free text."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verb:
    """A verb with its options; `words` are the choices of its positional argument."""

    name: str
    help: str
    options: tuple[Option, ...] = ()
    words: tuple[str, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell to write the script for")


def run(arguments: argparse.Namespace) -> int:
    verbs = [described(name, *entry) for name, entry in arguments.verbs.items()]
    print({"bash": bash, "zsh": zsh}[arguments.shell](verbs), end="")
    return 0


def described(name: str, module: str, text: str) -> Verb:
    """A verb as described by its parser; without options if a dependency of its module is missing."""
    parser = argparse.ArgumentParser()
    try:
        importlib.import_module(module).add_arguments(parser)
    except ModuleNotFoundError:
        return Verb(name, text)
    options: list[Option] = []
    words: list[str] = []
    for action in parser._actions:
        choices = tuple(str(choice) for choice in action.choices or ())
        if action.option_strings:
            names = tuple(action.option_strings)
            options.append(Option(names, action.help or "", action.nargs != 0, choices))
        else:
            words += choices
    return Verb(name, text, tuple(options), tuple(words))


def bash(verbs: list[Verb]) -> str:
    """A bash script around `complete -F`; falls back to file names."""
    names = " ".join(verb.name for verb in verbs)
    lines = [
        "_superionic() {",
        '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
        "  COMPREPLY=()",
        '  if [ "$COMP_CWORD" -eq 1 ]; then',
        f'    COMPREPLY=($(compgen -W "{names} --help --version" -- "$current"))',
        "    return",
        "  fi",
        '  case "${COMP_WORDS[1]} $previous" in',
    ]
    for verb in verbs:
        for option in verb.options:
            if option.choices:
                patterns = " | ".join(shlex.quote(f"{verb.name} {name}") for name in option.names)
                lines.append(f"    {patterns}) {_compgen(option.choices)}; return ;;")
    lines += ["  esac", '  case "${COMP_WORDS[1]}" in']
    for verb in verbs:
        options = [name for option in verb.options for name in option.names]
        lines.append(f"    {verb.name}) {_compgen([*verb.words, *options])} ;;")
    lines += ["  esac", "}", "complete -o bashdefault -o default -F _superionic superionic", ""]
    return "\n".join(lines)


def zsh(verbs: list[Verb]) -> str:
    """A zsh script around `_arguments`, with the help text of every option."""
    lines = [
        "#compdef superionic",
        "_superionic() {",
        "  if (( CURRENT == 2 )); then",
        "    local -a verbs=(",
    ]
    lines += [f"      {shlex.quote(f'{verb.name}:{verb.help}')}" for verb in verbs]
    lines += ["    )", "    _describe verb verbs", "    return", "  fi", '  case "$words[2]" in']
    for verb in verbs:
        lines.append(f"    {verb.name}) shift words; (( CURRENT-- )); _arguments -S \\")
        lines += [
            f"      {shlex.quote(_spec(name, option))} \\" for option in verb.options for name in option.names
        ]
        rest = f"({' '.join(verb.words)})" if verb.words else "_files"
        lines.append(f"      {shlex.quote(f'*:argument:{rest}')} ;;")
    lines += ["  esac", "}", "compdef _superionic superionic", ""]
    return "\n".join(lines)


def _compgen(words: Sequence[str]) -> str:
    return f'COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$current"))'


def _spec(name: str, option: Option) -> str:
    """`--name[help]:value:(choices)`, with special characters of zsh escaped."""
    text = option.help.replace("%%", "%")
    for mark in "\\[]:":
        text = text.replace(mark, f"\\{mark}")
    value = f":value:({' '.join(option.choices)})" if option.choices else ":value:_files"
    return f"{name}[{text}]{value if option.takes_value else ''}"
