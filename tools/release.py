"""`make release`: check that everything says the same version, then build wheel and source distribution.

Checked: version in the package, in CITATION.cff, .zenodo.json and the newest heading of CHANGELOG.md; no
uncommitted file; claims current; the site builds without a warning. Nothing is uploaded or tagged.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUT = "build/release"

VERSION = {
    "src/superionic/__init__.py": r'^__version__ = "([^"]+)"$',
    "CITATION.cff": r"^version: (\S+)$",
    "CHANGELOG.md": r"^## (\d\S*) \(\d{4}-\d{2}-\d{2}\)$",
}
"""File -> where the first match says its version."""


class ReleaseError(ValueError):
    """Something that a release must not have; the message says what to do."""


def versions(root: Path) -> dict[str, str]:
    """File -> version; raises ReleaseError where one says none."""
    found = {}
    for name, pattern in VERSION.items():
        match = re.search(pattern, (root / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
        if match is None:
            raise ReleaseError(f"{name} names no version: {_REMEDY[name]}")
        found[name] = match[1]
    found[".zenodo.json"] = str(json.loads((root / ".zenodo.json").read_text(encoding="utf-8"))["version"])
    return found


_REMEDY = {
    "src/superionic/__init__.py": 'write __version__ = "1.2.3"',
    "CITATION.cff": "write version: 1.2.3",
    "CHANGELOG.md": "turn the heading Unreleased into `## 1.2.3 (2030-01-31)`",
}


def refuse_disagreement(found: Mapping[str, str]) -> str:
    """The one version; raises ReleaseError naming the files that differ."""
    if len(set(found.values())) != 1:
        named = ", ".join(f"{name} {version}" for name, version in found.items())
        raise ReleaseError(f"versions differ: {named}")
    return next(iter(found.values()))


def refuse_unreleased(root: Path) -> None:
    """Raises ReleaseError where CHANGELOG.md still has entries under Unreleased."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    if section is not None and section[1].strip():
        raise ReleaseError("CHANGELOG.md has entries under Unreleased: move them below the version's heading")


def refuse_uncommitted(root: Path) -> None:
    """Raises ReleaseError where the work tree differs from the last commit."""
    status = ["git", "status", "--porcelain"]
    changed = subprocess.run(status, cwd=root, check=True, capture_output=True, text=True).stdout.split("\n")
    if any(changed):
        raise ReleaseError(f"not committed: {', '.join(line[3:] for line in changed if line)}")


def build(root: Path) -> list[Path]:
    """Wheel and source distribution in build/release."""
    out = root / OUT
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(out), str(root)], check=True)
    return sorted(out.iterdir())


def main() -> int:
    try:
        refuse_unreleased(ROOT)
        version = refuse_disagreement(versions(ROOT))
        refuse_uncommitted(ROOT)
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 2
    for stage in (["claims"], ["docs"]):
        subprocess.run(["make", "--no-print-directory", *stage], cwd=ROOT, check=True)
    try:
        refuse_uncommitted(ROOT)  # a table that `make claims` has changed was stale
    except ReleaseError as error:
        print(f"release: stale tables; {error}", file=sys.stderr)
        return 2
    for product in build(ROOT):
        print(product.relative_to(ROOT))
    print(f"superionic {version} is ready: tag it v{version} and upload {OUT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
