"""JupyterLab as the lesson starts it: a chapter opens, and nothing is asked before its first cell can be run."""

from __future__ import annotations

import os
import sys
from importlib.resources import files

from retrograd.lessons.execution import patient

SETTINGS = str(files("retrograd.lessons").joinpath("jupyter"))
"""Where other defaults for JupyterLab's settings lie; what a learner has set stays.

- A kernel is started also for who runs a cell before the notebook is there. JupyterLab would ask which one.
- News and updates are not asked for: that would need a network.
"""


def command(path: str) -> list[str]:
    """Return what starts JupyterLab with a notebook in it."""
    started = [sys.executable, "-m", "jupyterlab", "--Application.log_level=ERROR", path]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        started.append("--allow-root")  # in a container; JupyterLab listens to this machine only
    return started


def environment() -> dict[str, str]:
    """Return the environment for it, with `SETTINGS` before the folders that are looked into already."""
    known = patient()
    folders = [SETTINGS, *filter(None, [known.get("JUPYTER_CONFIG_PATH")])]
    return known | {"JUPYTER_CONFIG_PATH": os.pathsep.join(folders)}
