"""Pictures and tables embedded in a page as data URLs, so that a page is one file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from ..paths import FIGURES

MEDIA_TYPES = {".png": "image/png", ".csv": "text/csv", ".pdf": "application/pdf"}


def data_url(path: Path) -> str:
    """The bytes of a file as a data URL. Raises OSError."""
    return f"data:{MEDIA_TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


@dataclass(frozen=True)
class Picture:
    """A figure and the table of its numbers.

    name : of the figure, such as li3ps4/conductivity
    what : the alternative text, one sentence
    """

    name: str
    what: str

    @property
    def file_name(self) -> str:
        """Suggested name of a download."""
        return self.name.replace("/", "-")

    @property
    def width(self) -> int:
        """CSS pixels: half the pixels of the PNG."""
        header = (FIGURES / f"{self.name}.png").read_bytes()[:24]
        return int.from_bytes(header[16:20], "big") // 2

    @property
    def png(self) -> str:
        return data_url(FIGURES / f"{self.name}.png")

    @property
    def csv(self) -> str:
        return data_url(FIGURES / f"{self.name}.csv")

    def exists(self) -> bool:
        """Whether it has been drawn."""
        return (FIGURES / f"{self.name}.png").exists()
