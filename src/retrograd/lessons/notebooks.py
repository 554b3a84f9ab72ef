"""A chapter as a notebook: for a learner's seed, with cells that keep their names. It needs `retrograd[lesson]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from retrograd.errors import LessonError
from retrograd.lessons.topics import Topic

Notebook = dict[str, Any]  # what nbformat describes and json.dumps takes

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
"""Without it JupyterLab asks for a kernel before it opens a notebook."""

INSTALL = "pip install 'retrograd[lesson]'"
"""What someone types who wants to do the lesson."""

_SEED = re.compile(r"^(\s*torch\.manual_seed\()0(\))", re.MULTILINE)
_HEADER = re.compile(r"\A# ---\n.*?^# ---\n", re.DOTALL | re.MULTILINE)
"""What it says is for editors; `KERNEL` is said in any case."""
_BEGIN = re.compile(r"""\bbegin\((["'][^"']+["'])\)""")


def notebook_of(topic: Topic, seed: int = 0, answers: Mapping[str, object] | None = None) -> Notebook:
    """Return a chapter as a notebook.

    Args:
        topic: The chapter.
        seed: Put into each `torch.manual_seed(0)`, so that every learner has other numbers.
        answers: Written into the cells where a learner would write them; by the names of the questions.
    """
    cells = [
        _cell(cell, f"{topic.name.replace('_', '-')}-{number:02}", seed, answers or {})
        for number, cell in enumerate(_parsed(topic.source)["cells"])
    ]
    metadata = {
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
        "retrograd": {"topic": topic.name, "seed": seed},
    }
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _parsed(source: str) -> Any:  # jupytext's own notebook
    try:
        import jupytext
    except ImportError as error:
        raise LessonError(f"the lesson's notebooks are made by jupytext, which is not installed: {INSTALL}") from error
    return jupytext.reads(_HEADER.sub("", source).lstrip(), fmt="py:percent")


def _cell(cell: Any, name: str, seed: int, answers: Mapping[str, object]) -> Notebook:
    source = cell["source"]
    metadata = dict(cell["metadata"])
    if cell["cell_type"] != "code":
        return {"cell_type": cell["cell_type"], "id": name, "metadata": metadata, "source": source}
    source = _BEGIN.sub(rf"begin(\1, seed={seed})", _SEED.sub(rf"\g<1>{seed}\2", source))
    if "answer" in metadata.get("tags", ()):
        source = _answered(source, answers)
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _answered(source: str, answers: Mapping[str, object]) -> str:
    """Write answers in the place of the three dots: `leaves = ...  # a, b or c` becomes `leaves = 'a'`."""
    for name, answer in answers.items():
        source = re.sub(rf"^({re.escape(name)} = )\.\.\.", lambda m, a=answer: m[1] + repr(a), source, flags=re.M)
    return source
