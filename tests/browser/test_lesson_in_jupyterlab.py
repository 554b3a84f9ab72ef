"""A chapter where a learner works on it: JupyterLab runs it, shows the recording, grades, and keeps the progress."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anywidget
import pytest
from test_notebooks_in_browser import free_port, needed, running

pytest.importorskip("jupytext", reason="the lesson is not installed; `pip install 'retrograd[lesson]'` does it")

from retrograd.lessons import folder, laboratory, progress
from retrograd.lessons.notebooks import notebook_of
from retrograd.lessons.topics import topic_called

RIGHT = {"leaves": "b", "learnable": 18, "scaled_is_leaf": "a"}
"""By hand; the last one is wrong on purpose."""


@contextmanager
def opened(tab: Any, notebook: Path) -> Iterator[None]:
    """Open a notebook in JupyterLab with the lesson's settings."""
    port = free_port()
    lab = ["jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    lab += ["--IdentityProvider.token=t", "--LabApp.expose_app_in_browser=True", "--allow-root"]
    lab += [f"--LabApp.extra_labextensions_path={Path(anywidget.__file__).parents[4] / 'share/jupyter/labextensions'}"]
    address = f"http://127.0.0.1:{port}"
    with running(notebook.parent, *lab, ready=f"{address}/api", environment=laboratory.environment()):
        tab.goto(f"{address}/lab/tree/{notebook.name}?token=t")
        yield


@pytest.mark.slow
def test_who_runs_cells_before_the_notebook_is_there_is_asked_nothing(chromium, tmp_path):
    needed("jupyterlab")
    where, _ = folder.opened(str(tmp_path), seed=7)
    tab = chromium.new_page(viewport={"width": 1440, "height": 1000})
    tab.set_default_timeout(90_000)
    # The text comes late, as from a slow disk. Until then JupyterLab does not know which kernel the notebook names.
    late: list[Any] = []
    tab.route(re.compile("/api/contents/00_objects.ipynb.*content=1"), lambda route: late.append(route))
    with opened(tab, Path(folder.path_of(where, topic_called("objects")))):
        tab.locator(".jp-Notebook").wait_for()
        tab.get_by_role("menuitem", name="Run", exact=True).click()
        tab.get_by_text("Run All Cells", exact=True).click()
        assert len(late) == 1
        late[0].continue_()
        tab.get_by_role("heading", name="0. Four tensors").wait_for()
        tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        asked = [tab.locator(".jp-Dialog").count(), tab.get_by_text("Jupyter news").count()]
    tab.close()
    assert asked == [0, 0]


@pytest.mark.slow
def test_a_chapter_is_run_shown_graded_and_kept(chromium, tmp_path):
    needed("jupyterlab")
    where, known = folder.opened(str(tmp_path), seed=7)
    notebook = Path(folder.path_of(where, topic_called("objects")))
    notebook.write_text(json.dumps(notebook_of(topic_called("objects"), known.seed, RIGHT)), encoding="utf-8")
    tab = chromium.new_page(viewport={"width": 1440, "height": 1400})
    tab.set_default_timeout(90_000)
    with opened(tab, notebook):
        # The notebook names its kernel, so nobody is asked for one.
        tab.wait_for_function("window.jupyterapp && jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel")
        tab.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
        tab.get_by_text("Right. Count the entries").or_(
            tab.get_by_text("Right. The recording says 18")
        ).first.wait_for()
        view = tab.frame_locator("iframe[title^=retrograd]").first
        view.get_by_role("button", name="Event forth").click()
        assert view.locator(".which").inner_text() == "event 1 of 4"
        tab.get_by_text("Not yet. torch.randn made a leaf").first.wait_for()
    tab.close()
    kept = progress.read(where).answered["00_objects"]
    assert {name: entry["right"] for name, entry in kept.items()} == {
        "leaves": True,
        "learnable": True,
        "scaled_is_leaf": False,
    }
