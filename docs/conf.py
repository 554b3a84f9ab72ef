"""How Sphinx builds the documentation: `make docs`."""

import tomllib
from pathlib import Path

_pyproject = Path(__file__).parents[1] / "pyproject.toml"
_project = tomllib.loads(_pyproject.read_text(encoding="utf-8"))["project"]

project = _project["name"]
version = release = _project["version"]
author = "the retrograd contributors"
project_copyright = author

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
# A heading can be linked to: [the recording](how-it-works.md#the-recording).
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"{project} {version}"
