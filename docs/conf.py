"""Settings of the documentation site: `make docs` builds it into build/docs.

The source folder is the repository, so that pages link to each other, to data and to figures by the same
relative paths on GitHub and on the site.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "docs" / "extensions")]

import superionic.flux.header  # noqa: E402, F401  (pydantic cannot build its models under autodoc's imports)
from superionic import __version__  # noqa: E402

project = "superionic"
author = "the superionic-heat-transport contributors"
version = release = __version__
copyright = "CC-BY-4.0 (text, data, figures) and MIT (code)"

root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "docs/**.rst",
    "data/*/README.md",
    "replication/*.md",
    "src/superionic/**/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "CODE_OF_CONDUCT.md",
]
exclude_patterns = [".*", "build", "**/__pycache__", "tests", "docs/extensions", "docs/static"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx-mathjax-offline",
    "plain_docstrings",
    "package_pages",
]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
suppress_warnings = ["myst.header"]  # generated pages may begin below the first level

default_role = "code"
autodoc_mock_imports = ["torch", "vesin", "pooch", "matplotlib", "cuda", "gpaw"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
add_module_names = False
maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"superionic {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = ["start"]  # index.html at the top leads to the start page
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
copybutton_exclude = ".linenos, .gp, .go"
