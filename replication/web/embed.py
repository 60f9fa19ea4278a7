"""Files inside a page: pictures and tables as data addresses, so that one file holds everything."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from ..paths import FIGURES

KINDS = {".png": "image/png", ".csv": "text/csv", ".pdf": "application/pdf"}


def data_address(path: Path) -> str:
    """The bytes of a file as an address that needs no network. Raises OSError."""
    return f"data:{KINDS[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


@dataclass(frozen=True)
class Picture:
    """A figure with what is behind it.

    name : of the figure, such as li3ps4/conductivity; what : a sentence for those who cannot see it
    """

    name: str
    what: str

    @property
    def file_name(self) -> str:
        """For downloads."""
        return self.name.replace("/", "-")

    @property
    def png(self) -> str:
        return data_address(FIGURES / f"{self.name}.png")

    @property
    def csv(self) -> str:
        return data_address(FIGURES / f"{self.name}.csv")

    def exists(self) -> bool:
        """Whether it has been drawn."""
        return (FIGURES / f"{self.name}.png").exists()
