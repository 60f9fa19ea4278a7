"""Structure files of any format that ASE reads, with errors that name the file."""

from __future__ import annotations

from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms


def read_structures(path: str | Path, file_format: str | None = None) -> list[Atoms]:
    """All structures of a file.

    Raises FileNotFoundError, or ValueError for a file that is not a structure file, is empty, or has
    positions that are not finite.
    """
    try:
        structures = ase.io.read(path, index=":", format=file_format)
    except FileNotFoundError:
        raise
    except Exception as error:  # ASE's readers raise anything
        reason = str(error).splitlines()[0] if str(error) else ""
        raise ValueError(f"{path}: not a structure file ({type(error).__name__}: {reason})") from None
    frames = [frame for frame in structures if isinstance(frame, Atoms)]
    if not frames:
        raise ValueError(f"{path} holds no structures")
    for number, frame in enumerate(frames):
        if (
            len(frame) == 0
            or not np.isfinite(frame.positions).all()
            or not np.isfinite(frame.cell.array).all()
        ):
            raise ValueError(f"{path}: structure {number} has no atoms, or places that are no numbers")
    return frames


def read_structure(path: str | Path) -> Atoms:
    """The structure of a file; raises as `read_structures`, and ValueError if there are several."""
    frames = read_structures(path)
    if len(frames) != 1:
        raise ValueError(f"{path} holds {len(frames)} structures: give a file with one")
    return frames[0]
