"""Tables that know whether they are current: the first line holds a hash of the inputs and of the content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from superionic.provenance import sha256_file, sha256_json, write_text_atomically
from superionic.tables import csv_text


@dataclass(frozen=True)
class StampedTable:
    """A table computed from input files by code of a given version.

    It is current if its first line matches the bytes of the inputs, the version and its own content. A change
    of the code alone leaves it current: raise the version when a number changes its meaning.
    """

    path: Path
    inputs: tuple[Path, ...]
    version: int

    @property
    def stamp(self) -> str:
        """Hash of the inputs and the version."""
        return sha256_json([self.version, *(sha256_file(path) for path in self.inputs)])

    def is_current(self) -> bool:
        """Whether the file exists, unedited, and was made from these inputs. Raises OSError without them."""
        if not self.path.exists():
            return False
        try:
            first, _, body = self.path.read_text(encoding="utf-8").partition("\n")
        except UnicodeDecodeError:
            return False
        return first == self._first_line(body)

    def write(
        self, columns: Sequence[str], rows: Iterable[Iterable[object]], warnings: Sequence[str] = ()
    ) -> None:
        """Write the first line, the warnings as comment lines, then the table."""
        body = csv_text(columns, rows, [f"WARNING: {warning}" for warning in warnings])
        write_text_atomically(self.path, f"{self._first_line(body)}\n{body}")

    def _first_line(self, body: str) -> str:
        return f"# made from {self.stamp}, content {_hash(body)}"


def is_whole(path: Path) -> bool:
    """Whether a table is unedited, according to its first line, regardless of its inputs. Raises OSError."""
    try:
        first, _, body = path.read_text(encoding="utf-8").partition("\n")
    except UnicodeDecodeError:
        return False
    return first.startswith("# made from ") and first.endswith(f", content {_hash(body)}")


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]
