"""Counts of the data set, also inside a page."""

import pytest

from superionic.cli import main
from superionic.dft.settings import load_settings
from superionic.dft.status import count


def test_counts_follow_the_queue(make_queue, structure):
    path = make_queue([structure("a"), structure("b"), structure("iron", element="Fe")])
    settings = load_settings(path)
    (row,) = count(settings).values()
    assert (row.labels, row.atoms, row.waiting, row.failed) == (0, 0, 3, 0)
    main(["label", str(path), "--limit", "1"])
    (row,) = count(settings).values()
    assert (row.labels, row.atoms, row.waiting, row.failed) == (1, 4, 2, 0)
    assert len(row.cpu_seconds) == 1


def test_only_what_stands_between_the_marks_changes(make_queue, structure, tmp_path):
    path = make_queue([structure("a")])
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- counts: begin (generated) -->\nold\n<!-- counts: end -->\nafter\n")
    assert main(["label", str(path), "--status-into", str(page)]) == 0
    once = page.read_text()
    assert once.startswith("before\n") and once.endswith("after\n") and "old" not in once
    assert "| round0 | cubic | train | 0 | 0 | 1 | 0 | – |" in once
    assert main(["label", str(path), "--status-into", str(page)]) == 0
    assert page.read_text() == once


@pytest.mark.parametrize("text", ["no marks", "<!-- counts: end -->\n<!-- counts: begin (generated) -->"])
def test_a_page_without_marks_is_left_alone(make_queue, structure, tmp_path, text):
    path = make_queue([structure("a")])
    page = tmp_path / "page.md"
    page.write_text(text)
    assert main(["label", str(path), "--status-into", str(page)]) == 2
    assert page.read_text() == text
