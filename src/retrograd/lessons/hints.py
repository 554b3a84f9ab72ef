"""What a learner is told when a name is not there: most often a cell further up has not been run."""

from __future__ import annotations

import re
import sys
from typing import Any


def watch_cells() -> None:
    """Let the notebook that this is called in say what to do after a NameError. Elsewhere nothing happens."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.events.register("post_run_cell", after_cell)  # IPython keeps a function once


def after_cell(result: Any) -> None:  # IPython's ExecutionResult; IPython is no dependency
    """Print what to do, if a cell asked for a name that nobody has made."""
    error = result.error_in_exec
    if isinstance(error, NameError):
        print(advice(error.name or "the name", result.info.raw_cell), file=sys.stderr)


def advice(name: str, source: str) -> str:
    """Return what to do about a name that is missing in a cell.

    Args:
        name: The missing name.
        source: The cell.
    """
    if re.search(rf"^\w+ = {re.escape(name)}\s*(#.*)?$", source, re.MULTILINE) and len(name) == 1:
        return f'A letter is written in quotes: "{name}".'
    return (
        f"A cell further up makes `{name}`, or it is misspelt here. Run the cells in order; after a restart of the "
        "kernel begin at the top. In JupyterLab: Run → Run All Above Selected Cell."
    )
