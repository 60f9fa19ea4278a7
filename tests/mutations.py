"""`python -m tests.mutations [name ...]`: plant faults one by one, and show the test that finds each.

Works on a copy of the repository in a temporary folder. A fault that no test of its list finds is printed as
SURVIVES, and the exit status is 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent


def main(names: list[str]) -> int:
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        ignore = shutil.ignore_patterns(".git", ".venv*", "build", "*_cache", "figures", "__pycache__", "dft")
        shutil.copytree(ROOT, copy, ignore=ignore)
        shutil.copytree(ROOT / "src/superionic/dft", copy / "src/superionic/dft")
        for name, mutation in MUTATIONS.items():
            if names and not any(word in name for word in names):
                continue
            path = copy / "src/superionic" / mutation.file
            before = path.read_text(encoding="utf-8")
            if mutation.old not in before:
                raise SystemExit(f"{name}: {mutation.file} no longer holds {mutation.old!r}: mend this list")
            path.write_text(before.replace(mutation.old, mutation.new), encoding="utf-8")
            killer = _first_failure(copy, mutation)
            path.write_text(before, encoding="utf-8")
            survivors += killer is None
            print(f"| {name} | {killer or 'SURVIVES'} |", flush=True)
    return int(survivors > 0)


def _first_failure(copy: Path, mutation: Mutation) -> str | None:
    """Names of up to three tests that fail, or None when all pass."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--tb=no",
        "-rfE",
        "--maxfail=3",
    ]
    words += mutation.tests.split() + (["-k", mutation.select] if mutation.select else [])
    environment = {**os.environ, "PYTHONPATH": f"{copy / 'src'}:{copy}"}
    done = subprocess.run(words, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    failed = re.findall(r"^(?:FAILED|ERROR) \S*?::(.+?)(?: - |$)", done.stdout, re.M)
    if done.returncode not in (0, 1) or (done.returncode == 1 and not failed):
        raise SystemExit(f"pytest did not run:\n{done.stdout}{done.stderr}")
    return ", ".join(failed) if done.returncode else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
