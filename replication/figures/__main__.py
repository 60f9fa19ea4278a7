"""`python -m replication.figures [NAME ...]`: draw from the reduced tables, nothing is computed.

A name is a figure of the paper (figure3) or of a material (li3ps4, li3ps4/conductivity); without one, all.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

from superionic.cli import status

from ..material_folder import all_materials
from . import material as material_figures
from .drawing import Drawing, save, use_style


def names() -> list[str]:
    """Names of all figures, the paper's first."""
    package = importlib.import_module(__package__ or "")
    paper = [m.name for m in pkgutil.iter_modules(package.__path__) if m.name.startswith("figure")]
    return [*sorted(paper), *(f"{one.name}/{kind}" for one in all_materials() for kind in kinds())]


def kinds() -> list[str]:
    """Names of the figures of every material."""
    return sorted(m.name for m in pkgutil.iter_modules(material_figures.__path__))


def draw(name: str) -> Drawing | None:
    """One figure; None without data."""
    use_style()
    folder, _, kind = name.partition("/")
    if not kind:
        drawn: Drawing | None = _module(name).draw()
        return drawn
    (one,) = (material for material in all_materials() if material.name == folder)
    drawn = _module(f"material.{kind}").draw(one)
    return drawn


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__package__}.{name}")


def _selected(words: list[str]) -> Iterator[str]:
    """The figures named on the command line, all by default. Raises ValueError for an unknown name."""
    every = names()
    matches: Callable[[str, str], bool] = lambda name, word: name == word or name.startswith(f"{word}/")  # noqa: E731
    for word in words:
        matching = [name for name in every if matches(name, word)]
        if not matching:
            raise ValueError(f"no figure {word!r}; there are {', '.join(every)}")
        yield from matching
    if not words:
        yield from every


def main() -> int:
    parser = argparse.ArgumentParser(prog="replication.figures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    for name in _selected(parser.parse_args().names):
        try:
            drawing = draw(name)
            message = f"{name}: no data yet" if drawing is None else save(name, *drawing)
        except ValueError as error:  # matplotlib does not name the figure
            raise ValueError(f"figure {name}: {error}") from error
        print(message, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(status("replication.figures", main))
