"""The bench verb: a line for every registered engine, with a speed or the reason why there is none."""

from __future__ import annotations

import re

import pytest

from superionic import cli
from superionic.engines import ENGINES
from tests.subjects import committed, crystal


def test_every_engine_gets_a_line(tmp_path, capsys) -> None:
    structure = tmp_path / "structure.xyz"
    crystal("li3ps4").write(structure)
    words = ["bench", str(committed("li3ps4/A")), "--structure", str(structure), "--repeat", "1x2x1"]
    assert cli.main([*words, "--replicas", "2", "--rounds", "1", "--seconds", "0.01"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == "2 x 32 atoms"
    assert [line.split()[0] for line in lines] == list(ENGINES)
    for line, entry in zip(lines, ENGINES.values(), strict=True):
        if reason := entry.unavailable():
            assert reason in line
            continue
        speed, hours = re.search(r"(\S+) atom-steps/s .*, (\S+) h for 1 ns at 1 fs", line).groups()
        assert float(hours) == pytest.approx(1e6 * 64 / float(speed) / 3600, rel=0.01)


@pytest.mark.parametrize("words", [["--rounds", "0"], ["--repeat", "4x3"], ["--replicas", "0"]])
def test_bad_options_are_refused(words) -> None:
    base = ["bench", str(committed("li3ps4/A")), "--structure", "none.xyz", *words]
    try:
        status = cli.main(base)
    except SystemExit as leaving:
        status = leaving.code
    assert status == 2
