"""Chapters executed as a learner would: the built notebook, in a clean kernel, with answers put in."""

import json
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrograd.lessons.grading import Graded
from retrograd.lessons.notebooks import notebook_of
from retrograd.lessons.topics import topic_called
from retrograd.recording import Recording
from retrograd.store import load

LAST_CELL = """
import json as _json, retrograd as _retrograd
for _name, _thing in list(globals().items()):
    if isinstance(_thing, _retrograd.Recording) and not _name.startswith("_"):
        _retrograd.save(_thing, _name + ".retro")
with open("graded.json", "w") as _file:
    _json.dump({name: [graded.correct, graded.message] for name, graded in chapter.graded.items()}, _file)
"""
"""What the test runs behind the chapter, in the same kernel: everything that it wants to look at, into files."""


@dataclass(frozen=True)
class Executed:
    """A chapter after it has run from top to bottom."""

    recordings: Mapping[str, Recording]
    """By the names of the variables."""
    errors: tuple[tuple[str, str, str], ...]
    """The source of a cell, the name and the text of what it raised. Only cells tagged `raises-exception` may."""
    texts: tuple[str, ...]
    """What each code cell printed; empty where it printed nothing."""
    graded: Mapping[str, Graded]
    """By the names of the questions."""


RunChapter = Callable[..., Executed]


@pytest.fixture(scope="session")
def run_chapter(tmp_path_factory: pytest.TempPathFactory) -> RunChapter:
    """Return `run_chapter(topic, seed=0, answers={})`; a second call with the same arguments does not run it again."""
    pytest.importorskip("nbclient", reason="jupyterlab is not installed; `pip install 'retrograd[lesson]'` does it")
    known: dict[str, Executed] = {}

    def run(topic: str, seed: int = 0, answers: Mapping[str, object] | None = None) -> Executed:
        key = json.dumps([topic, seed, answers or {}], sort_keys=True)
        if key not in known:
            known[key] = _executed(tmp_path_factory.mktemp(topic), topic, seed, answers or {})
        return known[key]

    return run


def _executed(folder: Path, topic: str, seed: int, answers: Mapping[str, object]) -> Executed:
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    notebook = nbformat.from_dict(notebook_of(topic_called(topic), seed, answers))
    nbformat.validate(notebook)
    notebook.cells.append(nbformat.v4.new_code_cell(textwrap.dedent(LAST_CELL)))
    # Over sockets in the file system: a port that was free when it was chosen can be taken when the kernel wants it.
    with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
        config = Config(KernelManager={"transport": "ipc", "ip": f"{sockets}/at"})
        options = {"kernel_name": "python3", "timeout": 300, "startup_timeout": 300}
        NotebookClient(notebook, config=config, resources={"metadata": {"path": str(folder)}}, **options).execute()
    cells = [cell for cell in notebook.cells[:-1] if cell.cell_type == "code"]
    outputs = [(cell, output) for cell in cells for output in cell.outputs]
    graded = json.loads((folder / "graded.json").read_text())
    return Executed(
        recordings={path.stem: load(str(path)) for path in sorted(folder.glob("*.retro"))},
        errors=tuple((c.source, o.ename, o.evalue) for c, o in outputs if o.output_type == "error"),
        texts=tuple("".join(o.text for o in cell.outputs if o.output_type == "stream") for cell in cells),
        graded={name: Graded(*entry) for name, entry in graded.items()},
    )


@pytest.hookimpl(tryfirst=True)  # pytest-xdist looks at the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests of a chapter run in one process, which then runs the chapter once (pytest-xdist)."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            topic = getattr(item, "callspec", None) and item.callspec.params.get("chapter")
            word = topic.name.partition("_")[2] if topic else item.path.stem.removeprefix("test_")
            item.add_marker(pytest.mark.xdist_group(f"lesson {word}"))
