"""How Sphinx builds the documentation: `make docs`."""

import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
from retrograd.checks import CHECKS

_pyproject = Path(__file__).parents[1] / "pyproject.toml"
_project = tomllib.loads(_pyproject.read_text(encoding="utf-8"))["project"]

project = _project["name"]
version = release = _project["version"]
author = "the retrograd contributors"
project_copyright = author

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]  # no dollarmath: each page would fetch MathJax from a network
# A heading can be linked to: [the recording](how-it-works.md#the-recording).
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"{project} {version}"


# ---------------------------------------------------------------- the rules: a page for each check, from its own file

_rules = Path(__file__).parent / "rules"
_rules.mkdir(exist_ok=True)
_checks = Path(__file__).parents[1] / "src" / "retrograd" / "checks"
_table = ["| check | what the loop has |", "| --- | --- |"]
for _check in CHECKS:
    _page = _checks.joinpath(f"{_check.name.replace('-', '_')}.md").read_text(encoding="utf-8")
    _rules.joinpath(f"{_check.name}.md").write_text(_page, encoding="utf-8")
    _table.append(f"| [{_check.name}]({_check.name}.md) | {_check.summary} |")
_names = "\n".join(_check.name for _check in CHECKS)
_rules.joinpath("index.md").write_text(
    "# All checks\n\nEach page is also a test: its example has exactly the finding that it marks, its cure none.\n\n"
    + "\n".join(_table)
    + "\n\n```{toctree}\n:hidden:\n\n"
    + _names
    + "\n```\n",
    encoding="utf-8",
)
