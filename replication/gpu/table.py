"""Tables that name the chip, and the kernels, they were measured with."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from superionic.engines.cuda.build import source
from superionic.provenance import write_text_atomically


def stamp() -> dict[str, str]:
    """Name of the GPU and its driver, from nvidia-smi; hash of the kernels' source."""
    kernels = hashlib.sha256(source().encode()).hexdigest()[:8]
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return {"chip": "unknown", "driver": "unknown", "kernels": kernels}
    name, driver = (part.strip() for part in answer.splitlines()[0].split(","))
    return {"chip": name, "driver": driver, "kernels": kernels}


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """All rows as CSV, columns in the order of their first appearance."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text_atomically(path, text.getvalue())


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a table; none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
