"""What `make release` refuses, and that the files it reads agree today."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import superionic
from tools.release import (
    ROOT,
    VERSION,
    ReleaseError,
    refuse_disagreement,
    refuse_uncommitted,
    refuse_unreleased,
    versions,
)

CHANGELOG = "# Changelog\n\n## Unreleased\n\n## 1.2.0 (2030-01-31)\n\n- Something.\n\n## 1.1.0 (2029-01-31)\n"


@pytest.fixture
def root(tmp_path) -> Path:
    """A repository that is ready for release 1.2.0."""
    (tmp_path / "src/superionic").mkdir(parents=True)
    (tmp_path / "src/superionic/__init__.py").write_text('"""Doc."""\n\n__version__ = "1.2.0"\n')
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 1.2.0\n")
    (tmp_path / ".zenodo.json").write_text(json.dumps({"version": "1.2.0"}))
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_files_that_agree_name_one_version(root) -> None:
    refuse_unreleased(root)
    refuse_uncommitted(root)
    assert refuse_disagreement(versions(root)) == "1.2.0"


@pytest.mark.parametrize(
    "name", ["src/superionic/__init__.py", "CITATION.cff", ".zenodo.json", "CHANGELOG.md"]
)
def test_one_file_that_disagrees_is_named(root, name) -> None:
    path = root / name
    text = path.read_text().replace("\nversion: 1.2.0", "\nversion: 1.3.0").replace('"1.2.0"', '"1.3.0"')
    path.write_text(text.replace("## 1.2.0", "## 1.3.0"))
    with pytest.raises(ReleaseError, match=rf"versions differ: .*{name} 1\.3\.0"):
        refuse_disagreement(versions(root))


def test_a_changelog_without_a_dated_heading_is_refused(root) -> None:
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- Something.\n")
    with pytest.raises(ReleaseError, match="turn the heading Unreleased into"):
        versions(root)
    with pytest.raises(ReleaseError, match="entries under Unreleased"):
        refuse_unreleased(root)


def test_changed_and_new_files_are_refused_by_name(root) -> None:
    (root / "CITATION.cff").write_text("version: 1.2.0\n")
    (root / "new.txt").write_text("")
    with pytest.raises(ReleaseError, match=r"not committed: CITATION\.cff, new\.txt"):
        refuse_uncommitted(root)


def test_this_repository_says_one_version_apart_from_the_changelog(monkeypatch) -> None:
    """Between releases the newest heading of the changelog is Unreleased or of the release before."""
    monkeypatch.delitem(VERSION, "CHANGELOG.md")
    assert refuse_disagreement(versions(ROOT)) == superionic.__version__
