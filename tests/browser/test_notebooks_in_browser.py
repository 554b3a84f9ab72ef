"""Where people keep their notebooks: JupyterLab and marimo show the recording as the page does, number for number."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anywidget
import handmade
import pytest

from retrograd.views.page import page

UNIT = Path(__file__).parents[1] / "unit"
TURNS, STEP, EVENT = 4, 2, 8
SHOWN = f"""
import sys
import textwrap
sys.path.insert(0, {str(UNIT)!r})
import handmade
from retrograd.views.widget import RecordingWidget
view = RecordingWidget(handmade.recorded({TURNS}))
"""
"""What a cell runs: the recording of `handmade`, which needs no PyTorch, so that the kernel is soon there."""

NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "id": name, "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for name, source in (("one", SHOWN + "view"), ("two", f"view.step, view.event = {STEP}, {EVENT}"))
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}

MARIMO = f"""
import marimo
app = marimo.App()

@app.cell
def _():
{"".join(f"    {line}" + chr(10) for line in SHOWN.strip().splitlines())}
    import marimo as mo
    shown = mo.ui.anywidget(view)
    shown
    return shown, mo

@app.cell
def _(shown, mo):
    mo.md(f"python sees step {{shown.value['step']}}, event {{shown.value['event']}}")
    return
"""


def needed(module: str) -> None:
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed; `pip install {module}` does it")


@contextmanager
def running(folder: Path, *command: str, ready: str, environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Run a notebook's server until the block ends; it begins when the server answers."""
    homes = {name: str(folder / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    log = (folder / "server.log").open("w+", encoding="utf-8")
    (folder / "home").mkdir()
    server = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=folder, env={**environment, **homes}, stdout=log, stderr=log,
        start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not _answers(ready):
            ended = server.poll() is not None or time.monotonic() > deadline
            assert not ended, (folder / "server.log").read_text(encoding="utf-8")
            time.sleep(0.1)
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        log.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


PICTURE = """
() => {
    const roots = (node) => [...node.querySelectorAll("*")].filter((each) => each.shadowRoot)
        .flatMap((each) => [each, ...roots(each.shadowRoot)]);
    const viewer = roots(document).find((each) => each.retrograd);
    if (!viewer) return null;
    const text = (selector) => [...viewer.shadowRoot.querySelectorAll(selector)].map((each) => each.textContent);
    return {
        where: text(".where, .which"), loss: text(".plot .readout"), code: text(".line code"),
        values: text(".line .value"), now: text(".line.now code"),
        event: text(".event .what, .figure"), nodes: text(".node .title"),
        tensors: text(".card"), lit: text(".node.now .title"),
    };
}
"""
"""All that the viewer of a page shows, wherever it is in there."""


@pytest.fixture(scope="module")
def expected(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the page shows; that it is true is told in the tests of the page."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(page(handmade.recorded(TURNS)), encoding="utf-8")
    tab = chromium.new_page(viewport={"width": 1440, "height": 900})
    tab.goto(f"{path.as_uri()}#step={STEP}&event={EVENT}")
    tab.wait_for_selector("html[data-ready]")
    picture = tab.evaluate(PICTURE)
    tab.close()
    assert picture["where"][0] == f"step {STEP} of {TURNS}"
    return picture


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    page = chromium.new_page(viewport={"width": 1440, "height": 1200})
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert not [error for error in errors if "retrograd" in error], errors


@contextmanager
def laboratory(tab: Any, folder: Path, notebook: dict[str, Any]) -> Iterator[None]:
    """Open a notebook in JupyterLab and run all of its cells."""
    needed("jupyterlab")
    (folder / "loop.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    port = free_port()
    lab = ["jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    lab += ["--IdentityProvider.token=t", "--LabApp.expose_app_in_browser=True", "--allow-root"]
    # Where the widget's package is installed, its extension of JupyterLab is too.
    lab += [f"--LabApp.extra_labextensions_path={Path(anywidget.__file__).parents[4] / 'share/jupyter/labextensions'}"]
    lab += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with running(folder, *lab, ready=f"http://127.0.0.1:{port}/api"):
        tab.goto(f"http://127.0.0.1:{port}/lab/tree/loop.ipynb?token=t")
        tab.wait_for_function("window.jupyterapp && jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel")
        tab.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
        yield


def test_jupyterlab_shows_what_the_page_shows(tab, expected, tmp_path):
    with laboratory(tab, tmp_path, NOTEBOOK):
        # The second cell has moved the cursor from Python.
        tab.wait_for_function(f"(p) => ({PICTURE})()?.where.join() === p", arg=",".join(expected["where"]))
        tab.wait_for_timeout(500)  # tensors out of sight follow when the cursor rests
        assert tab.evaluate(PICTURE) == expected
        tab.get_by_role("button", name="Step forth").click()
        tab.wait_for_function(f"() => ({PICTURE})().where[0] === 'step {STEP + 1} of {TURNS}'")


DESCENT = """
import torch, retrograd
from retrograd.views.widget import RecordingWidget
with retrograd.record() as recording:
    w = torch.tensor(1.0, requires_grad=True)
    learning_rate = 0.25
    for step in range(6):
        loss = w * w
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        w.grad = None
RecordingWidget(recording)
"""
"""w is halved in each step, for its gradient is 2w."""


def sweeps_opens_a_run_and_stops(tab: Any) -> None:
    """Do what a person does with the widget of DESCENT, wherever it is shown."""
    tab.get_by_role("button", name="Sweep").click(timeout=120_000)
    tab.get_by_label("From, across").fill("0.25")
    tab.get_by_label("To, across").fill("4")
    tab.get_by_label("How many values, across").fill("3")
    tab.get_by_role("button", name="sweep", exact=True).click()
    tab.locator(".field").wait_for(timeout=120_000)
    tab.locator(".field").press("ArrowRight")  # 4: w becomes -7w, so the last loss is 7^10, in float32
    assert tab.locator(".sweep .under").inner_text() == "learning_rate 4: diverged after 6 steps, last loss 282475264"
    tab.locator(".field").press("Enter")
    tab.get_by_role("button", name="back to the recorded run").wait_for()
    tab.get_by_role("button", name="Sweep").click()
    tab.get_by_label("At most so many steps").fill("30000000")  # a day
    tab.get_by_role("button", name="sweep", exact=True).click()
    tab.get_by_role("button", name="stop", exact=True).click()
    tab.get_by_text(re.compile("stopped after . of 3 runs")).wait_for()


def test_jupyterlab_sweeps_opens_a_run_and_stops(tab, tmp_path):
    pytest.importorskip("torch")
    [cell, _] = NOTEBOOK["cells"]
    with laboratory(tab, tmp_path, NOTEBOOK | {"cells": [cell | {"source": DESCENT}]}):
        sweeps_opens_a_run_and_stops(tab)


def test_marimo_shows_what_the_page_shows(tab, expected, tmp_path):
    needed("marimo")
    (tmp_path / "loop.py").write_text(MARIMO, encoding="utf-8")
    port = free_port()
    command = ["marimo", "run", "loop.py", "--headless", "--no-token", "--host", "127.0.0.1", "--port", str(port)]
    with running(tmp_path, *command, ready=f"http://127.0.0.1:{port}/health"):
        tab.goto(f"http://127.0.0.1:{port}/")
        tab.wait_for_function(f"() => ({PICTURE})() !== null")
        for _ in range(STEP):
            tab.get_by_role("button", name="Step forth").click()
        for _ in range(EVENT):
            tab.get_by_role("button", name="Event forth").click()
        tab.wait_for_function(f"(p) => ({PICTURE})()?.where.join() === p", arg=",".join(expected["where"]))
        tab.wait_for_timeout(500)  # tensors out of sight follow when the cursor rests
        assert tab.evaluate(PICTURE) == expected
        # What was clicked has reached Python, which ran the cell below again.
        tab.get_by_text(f"python sees step {STEP}, event {EVENT}").wait_for()


def test_marimo_sweeps_opens_a_run_and_stops(tab, tmp_path):
    needed("marimo")
    pytest.importorskip("torch")
    # An app has its cells as indented functions, and their numbers have names all the same.
    cell = textwrap.indent(DESCENT.strip(), "    ")
    app = f"import marimo\napp = marimo.App()\n\n@app.cell\ndef _():\n{cell}\n    return\n"
    (tmp_path / "loop.py").write_text(app, encoding="utf-8")
    port = free_port()
    command = ["marimo", "run", "loop.py", "--headless", "--no-token", "--host", "127.0.0.1", "--port", str(port)]
    with running(tmp_path, *command, ready=f"http://127.0.0.1:{port}/health"):
        tab.goto(f"http://127.0.0.1:{port}/")
        sweeps_opens_a_run_and_stops(tab)


def test_what_nbconvert_makes_of_a_notebook_is_not_blank(chromium, expected, tmp_path):
    """The output of a recording stays in the notebook; no widget is asked for, and nothing from a network."""
    needed("nbconvert")
    bundle = handmade.recorded(TURNS)._repr_mimebundle_()
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": bundle}
    notebook = NOTEBOOK | {"cells": [NOTEBOOK["cells"][0] | {"outputs": [output], "execution_count": 1}]}
    (tmp_path / "saved.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "saved.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    tab = chromium.new_page(viewport={"width": 1440, "height": 1200})
    tab.route(re.compile("^https?:"), lambda route: route.abort())
    tab.goto((tmp_path / "saved.html").as_uri())
    inside = tab.frame_locator("iframe")
    inside.get_by_role("button", name="Step forth").click()
    assert inside.locator(".where").inner_text() == f"step 1 of {TURNS}"
    assert inside.locator(".line code").all_inner_texts() == expected["code"]
    tab.close()
