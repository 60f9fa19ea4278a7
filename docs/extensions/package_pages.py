"""Sphinx extension: `.. package:: superionic.flux` describes every public module of a package.

Modules are found when the site is built, so one that is added, renamed or removed needs no edit here.
Commands (`command*.py`, described by `superionic VERB --help`) are left out.
"""

from __future__ import annotations

import pkgutil
from importlib.util import find_spec

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

LEFT_OUT = ("command", "__main__", "worker", "_")


class Package(SphinxDirective):
    """One section per module of a package, its own docstring first."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        spec = find_spec(name)  # without importing it: PyTorch may be missing
        if spec is None or spec.submodule_search_locations is None:
            raise self.error(f"{name} is no package")
        lines = [f".. automodule:: {name}", "   :members:", ""]
        for module in pkgutil.iter_modules(spec.submodule_search_locations):
            if module.name.startswith(LEFT_OUT) or module.ispkg:
                continue
            title = f"{name}.{module.name}"
            lines += [title, "-" * len(title), "", f".. automodule:: {title}", "   :members:", ""]
        section = nodes.section()
        section.document = self.state.document
        nested_parse_with_titles(self.state, StringList(lines, source=name), section)
        return section.children


def setup(app) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("package", Package)
    return {"parallel_read_safe": True}
