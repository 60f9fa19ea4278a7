"""When a table is current: its first line tells what it was made from, and what it held then."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from superionic.provenance import sha256_file, sha256_json, write_text_atomically
from superionic.tables import csv_text


@dataclass(frozen=True)
class Product:
    """A table made from files by code of a stated version.

    Current while the bytes of its inputs and the version are those of its first line, and nobody has edited
    or cut it since. Changes of the code alone leave it current: whoever changes what a number means raises
    the version.
    """

    path: Path
    inputs: tuple[Path, ...]
    version: int

    @property
    def stamp(self) -> str:
        """Hash of the inputs and the version."""
        return sha256_json([self.version, *(sha256_file(path) for path in self.inputs)])

    def is_current(self) -> bool:
        """Whether the file is there, whole, and made from these inputs. Raises OSError without the inputs."""
        if not self.path.exists():
            return False
        first, _, body = self.path.read_text(encoding="utf-8").partition("\n")
        return first == self._first_line(body)

    def write(
        self, columns: Sequence[str], rows: Iterable[Iterable[object]], warnings: Sequence[str] = ()
    ) -> None:
        """The table under its stamp; warnings stand between the two."""
        body = csv_text(columns, rows, [f"WARNING: {warning}" for warning in warnings])
        write_text_atomically(self.path, f"{self._first_line(body)}\n{body}")

    def _first_line(self, body: str) -> str:
        content = hashlib.sha256(body.encode()).hexdigest()[:16]
        return f"# made from {self.stamp}, content {content}"
