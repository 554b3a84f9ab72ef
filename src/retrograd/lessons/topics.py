"""Which chapters there are: each is a file of `chapters/`, a notebook as plain Python (jupytext, percent format)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files

from retrograd.errors import LessonError
from retrograd.lessons.grading import Question


@dataclass(frozen=True)
class Topic:
    """A chapter, before it is made into a notebook."""

    name: str
    """The name of its file, without the ending: `04_backward`."""
    title: str
    """Its first heading, without the number."""
    source: str
    """Its text: percent format."""

    @property
    def number(self) -> int:
        """From 0."""
        return int(self.name.split("_")[0])


@cache
def topics() -> tuple[Topic, ...]:
    """Return all chapters in order."""
    found = files("retrograd.lessons").joinpath("chapters").iterdir()
    texts = {file.name[: -len(".py")]: file.read_text("utf-8") for file in found if file.name.endswith(".py")}
    return tuple(Topic(name, _title(text), text) for name, text in sorted(texts.items()))


def topic_called(wanted: str) -> Topic:
    """Return the chapter of a number (`4`), a name (`04_backward`) or a topic (`backward`)."""
    text = wanted.strip().lower().removesuffix(".py").removesuffix(".ipynb")
    for topic in topics():
        number, _, word = topic.name.partition("_")
        if text in (topic.name, word, number, str(int(number))):
            return topic
    words = [topic.name.partition("_")[2] for topic in topics()]
    close = difflib.get_close_matches(text, words, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"There are {topics()[0].number} to {topics()[-1].number}."
    raise LessonError(f"the lesson has no chapter {wanted!r}. {hint}")


def questions_of(topic: str) -> dict[str, Question]:
    """Return what a chapter asks, by the names of the questions."""
    module = import_module(f"retrograd.lessons.questions.{topic.partition('_')[2]}")
    return {thing.name: thing for thing in vars(module).values() if isinstance(thing, Question)}


def _title(text: str) -> str:
    """Return the first heading, without `# # 4. `."""
    heading = next(line for line in text.splitlines() if line.startswith("# # "))
    return heading.removeprefix("# # ").partition(". ")[2]
