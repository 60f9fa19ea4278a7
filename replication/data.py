"""`python -m replication.data`: restore missing flux files, verified by the hashes in data/flux/registry.txt.

Each line of the registry is `<material>/<run>/flux.npz sha256 [address]`. A file is copied from `--from
FOLDER` or SUPERIONIC_MIRROR, under the same name, or downloaded from its address; another hash is refused.
`--check` only reads and fails when a file is missing or differs; `--write` rebuilds the registry from the
existing files, keeping addresses.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

from superionic.cli import status
from superionic.md.sweep import NAME
from superionic.provenance import sha256_file, write_atomically, write_text_atomically
from superionic.registry import fetch

from .paths import FLUX

REGISTRY = FLUX / "registry.txt"


def entries() -> dict[str, tuple[str, str]]:
    """Name -> (sha256, address or ""). Raises ValueError for a malformed line."""
    files: dict[str, tuple[str, str]] = {}
    try:
        lines = REGISTRY.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{REGISTRY} is damaged: `git checkout -- {REGISTRY}` brings it back") from None
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words:
            continue
        if len(words) not in (2, 3) or not re.fullmatch("[0-9a-f]{64}", words[1]) or not _is_flux(words[0]):
            raise ValueError(f"{REGISTRY}, line {number}: not '<name> <sha256> [address]': {line!r}")
        if words[0] in files:
            raise ValueError(f"{REGISTRY}, line {number}: {words[0]} occurs twice")
        files[words[0]] = (words[1], words[2] if len(words) == 3 else "")
    return files


def _is_flux(name: str) -> bool:
    """Whether a name has the form <material>/<run>/flux.npz."""
    material, _, rest = name.partition("/")
    run, _, file = rest.partition("/")
    return file == "flux.npz" and all(NAME.fullmatch(part) for part in (material, run))


def restore(name: str, sha256: str, address: str, folder: Path | None) -> str:
    """Restore one file of data/flux; returns its source.

    Raises ValueError for content with another hash, OSError if no source has the file.
    """
    source, where = _find(name, address, folder)
    if sha256_file(source) != sha256:
        raise ValueError(f"{source}: sha256 differs from the one in {REGISTRY}: another version of {name}")
    write_atomically(FLUX / name, lambda temporary: shutil.copyfile(source, temporary))
    return where


def _find(name: str, address: str, folder: Path | None) -> tuple[Path, str]:
    for place in (folder, os.environ.get("SUPERIONIC_MIRROR")):
        if place and (Path(place) / name).exists():
            return Path(place) / name, str(place)
    if not address:
        raise FileNotFoundError(
            f"{name} has no public address yet: `git checkout -- data/flux` brings it back, `make "
            f"flux-{Path(name).parent}` computes it, `--from FOLDER` takes it from a folder that contains it"
        )
    return fetch(REGISTRY, name), address


def write_registry() -> None:
    """Write the registry: one line per existing flux file."""
    known = entries() if REGISTRY.exists() else {}
    existing = [str(path.relative_to(FLUX)) for path in FLUX.glob("*/*/flux.npz")]
    _write({name: (sha256_file(FLUX / name), known.get(name, ("", ""))[1]) for name in existing})


def register(name: str) -> None:
    """Update the line of one flux file; other lines are kept, even if their files are missing."""
    known = entries() if REGISTRY.exists() else {}
    _write(known | {name: (sha256_file(FLUX / name), known.get(name, ("", ""))[1])})


def _write(files: dict[str, tuple[str, str]]) -> None:
    lines = [" ".join([name, *entry]).strip() for name, entry in sorted(files.items())]
    write_text_atomically(REGISTRY, "\n".join(lines) + "\n")


def faults() -> list[str]:
    """Files that are missing, differ, or are not registered."""
    known = entries()
    faulty = [
        f"{name}: {'differs from the registry' if (FLUX / name).exists() else 'missing'}"
        for name, (sha256, _) in known.items()
        if not (FLUX / name).exists() or sha256_file(FLUX / name) != sha256
    ]
    existing = {str(path.relative_to(FLUX)) for path in FLUX.glob("*/*/flux.npz")}
    return [*faulty, *(f"{name}: not in the registry (--write)" for name in sorted(existing - known.keys()))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.data", description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path, help="a folder that contains the files")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    if arguments.write:
        write_registry()
        print(f"{REGISTRY}: {len(entries())} files")
        return 0
    if arguments.check:
        for fault in faults():
            print(fault, file=sys.stderr)
        return 1 if faults() else 0
    missing = {name: entry for name, entry in entries().items() if not (FLUX / name).exists()}
    for name, (sha256, address) in missing.items():
        print(f"{name}: from {restore(name, sha256, address, arguments.folder)}", flush=True)
    print(f"flux: {len(entries())} files, complete")
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.data", main))
