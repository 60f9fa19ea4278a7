"""Completion scripts: every verb and option, in the shells themselves where they are installed."""

from __future__ import annotations

import subprocess

import pytest

from superionic.cli import VERBS, main
from superionic.completion import Option, Verb, bash, described, zsh
from superionic.flux.readers import READERS

ASK = """
source /dev/stdin <<'SCRIPT'
{script}
SCRIPT
COMP_WORDS=({words}) COMP_CWORD={place}
_superionic
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(script: str, *words: str) -> set[str]:
    """What bash offers for the last of these words."""
    quoted = " ".join(f"'{word}'" for word in words)
    asked = ASK.format(script=script, words=quoted, place=len(words) - 1)
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture
def script(capsys) -> str:
    assert main(["completion", "bash"]) == 0
    return capsys.readouterr().out


def test_bash_offers_verbs_options_and_choices(script) -> None:
    assert completed(script, "superionic", "") == {*VERBS, "--help", "--version"}
    assert completed(script, "superionic", "an") == {"analyse"}
    assert completed(script, "superionic", "analyse", "run", "--mob") == {"--mobile"}
    assert completed(script, "superionic", "analyse", "--format", "") == {*READERS}
    assert completed(script, "superionic", "completion", "z") == {"zsh"}


def test_no_verb_lacks_its_options(script) -> None:
    for verb in VERBS:
        assert "--help" in completed(script, "superionic", verb, "-"), verb


def test_zsh_escapes_what_it_would_read_as_its_own() -> None:
    option = Option(("--bins",), "how many [10]: 5 %% of them", True, ("a", "b"))
    text = zsh([Verb("count", "count's verb", (option,))])
    assert r"--bins[how many \[10\]\: 5 % of them]:value:(a b)" in text
    assert "'count:count'\"'\"'s verb'" in text


def test_a_verb_whose_dependency_is_missing_keeps_its_name() -> None:
    verb = described("draw", "superionic.no_such_module", "draw")
    assert verb == Verb("draw", "draw")
    assert completed(bash([verb]), "superionic", "dr") == {"draw"}
