"""Relative links and anchors of all pages lead somewhere; the site's pages are in its table of contents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, name, pages

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`|\$\$?[^$]+\$\$?", re.MULTILINE | re.DOTALL)
"""And formulas."""


def anchors(page: Path) -> set[str]:
    """Of every heading, as GitHub and MyST make them: lower case, blanks to hyphens, no punctuation."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(text)]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def links(page: Path) -> list[str]:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    return [link for link in LINK.findall(text) if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("page", pages(), ids=name)
def test_links_lead_somewhere(page) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)}: {link} leads nowhere"
        assert target.is_relative_to(ROOT), f"{name(page)}: {link} leads out of the repository"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{name(page)}: {link}: no such heading in {name(target)}"


def test_every_page_of_the_site_can_be_reached_from_its_contents() -> None:
    contents = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^(?:.*<)?([\w./-]+)>?$", "\n".join(re.findall(r"```{toctree}\n(.*?)```", contents, re.S)), re.M
    )
    for page in (ROOT / "docs").glob("*.md"):
        assert page.stem in {*listed, "index"}, f"{name(page)} is in no table of contents"


def test_absent_anchors_and_files_would_be_seen(tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One `x`: two\n[a](#one-x-two) [b](b.md) `[c](c.md)`\n")
    assert anchors(page) == {"one-x-two"}
    assert links(page) == ["#one-x-two", "b.md"]
