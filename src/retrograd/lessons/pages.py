"""A chapter as one HTML page that works offline: prose, code, what it gave, recorded views, and questions.

What is asked must be predicted before the page goes on. One viewer serves all recordings of a page.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from os import cpu_count
from typing import Any

from retrograd.errors import LessonError
from retrograd.lessons.execution import Given, execute
from retrograd.lessons.mathematics import mathml
from retrograd.lessons.notebooks import INSTALL, Notebook, notebook_of
from retrograd.lessons.topics import Topic, topics
from retrograd.views.page import inert, policy, viewer_source

KEYS = "← → section &nbsp; A B C or 1 2 3 vote, with Shift take back &nbsp; R reveal &nbsp; Esc leave"
"""What the presenter is told."""

KEPT = (
    '<small class="kept">Your predictions are kept in this browser. So that <code>retrograd lesson</code> counts them, '
    'type where your lesson lies: <code id="count"></code></small>'
)
"""What the end of a page says of progress. What is to be typed is written by page.js."""

_OPTION = re.compile(r"^- \*\*([a-z])\*\* (.*(?:\n(?: .*|(?![-#\n]).+))*)", re.MULTILINE)
"""A lettered answer in a question's text: `- **a** both`, and the lines that go on with it."""


@dataclass(frozen=True)
class Page:
    """A chapter's page, and what its questions have for answers."""

    topic: Topic
    text: str
    key: dict[str, str | float] = field(default_factory=dict)


def made(chosen: Sequence[Topic], seed: int, told: Callable[[Page], object] = lambda _: None) -> list[Page]:
    """Run chapters, each in an interpreter of its own, and return their pages.

    Args:
        chosen: The chapters.
        seed: For the random numbers in them.
        told: Is called with each page when it is ready.
    """

    def one(topic: Topic) -> Page:
        notebook = notebook_of(topic, seed)
        try:
            page = page_of(topic, notebook, execute(notebook), chosen)
        except LessonError as error:
            raise LessonError(f"chapter {topic.name}: {error}") from error
        told(page)
        return page

    with ThreadPoolExecutor(min(cpu_count() or 1, 4)) as pool:
        return list(pool.map(one, chosen))


def page_of(topic: Topic, notebook: Notebook, given: Sequence[Given], beside: Sequence[Topic] = ()) -> Page:
    """Return the page of a chapter that has been run.

    Args:
        topic: The chapter.
        notebook: It, as a notebook.
        given: What its cells gave, as `execute` returns it.
        beside: The chapters whose pages lie in the same folder; the one before and the one after are linked.
    """
    checked = {name: plain for each in given for name, plain in each.checked.items()}
    asked = [c["metadata"]["question"] for c in notebook["cells"] if "question" in c["metadata"]]
    missing = [name for name in asked if name not in checked]
    if missing:
        raise LessonError(f"the questions {', '.join(missing)} are asked and never checked.")
    data = {
        "salt": f"{topic.name}/{notebook['metadata']['retrograd']['seed']}",
        "counted": f"retrograd lesson {topic.number} --seed {notebook['metadata']['retrograd']['seed']} --predicted=",
        "order": asked,
        "questions": {name: {"sealed": checked[name]["sealed"]} for name in asked},
    }
    # Where a cell shows a recording and grades an answer about it, the question stands between the two.
    cases = {name: "" for each in given if each.recording for name in each.checked}
    pairs = zip(notebook["cells"], given, strict=True)
    blocks = [block for cell, each in pairs for block in _blocks(cell, each, data, cases)]
    text = "".join(_document(topic, blocks, data, beside))
    return Page(topic, text, {name: checked[name]["right"] for name in asked})


def contents(chosen: Sequence[Topic]) -> str:
    """Return a page that lists the chapters whose pages lie beside it."""
    style = _asset("page.css")
    rows = "".join(f'<li><a href="{t.name}.html">{html.escape(t.title)}</a></li>' for t in chosen)
    first = chosen[0].number if chosen else 0
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>The lesson · retrograd</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy("", style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<style>{style}</style></head>\n<body>\n"
        '<header class="bar"><span class="brand">retrograd</span></header>\n<main><section class="block">\n'
        "<h1>What learning means computationally</h1>\n"
        "<p>Four tensors, a loop of a few lines, and every number of it. Each chapter asks first and shows then.</p>\n"
        f'<ol class="contents" start="{first}">{rows}</ol>\n</section></main></body></html>\n'
    )


def _blocks(cell: Notebook, given: Given, data: Any, cases: dict[str, str]) -> Iterator[str]:
    source, metadata = cell["source"], cell["metadata"]
    if cell["cell_type"] != "code":
        question = metadata.get("question")
        if question and question not in cases:
            yield _asking(question, source, data)
            return
        if question:
            source, cases[question] = _parted(source)
        yield f'<section class="block prose">{_prose(source)}</section>'
        return
    if given.recording:
        yield (
            '<section class="block view"><div class="viewer"><p class="wait">Opening the recording …</p>'
            f'<script type="text/plain">{given.recording}</script></div></section>'
        )
    for name in given.checked:
        if name in cases:
            yield _asking(name, cases[name], data)
        said = "<p></p><pre hidden></pre>"
        yield f'<section class="block check" data-question="{name}" aria-live="polite">{said}</section>'
    if not given.recording and not given.checked and not _is_machinery(source, metadata):
        yield f'<section class="block"><div class="code">{"".join(_code(source, given))}</div></section>'


def _parted(source: str) -> tuple[str, str]:
    """Part the text of a question from its last paragraph and the lettered answers."""
    options = _OPTION.search(source)
    end = options.start() if options else len(source)
    before, _, asked = source[:end].rstrip().rpartition("\n\n")
    return before, f"{asked}\n\n{source[end:]}"


def _is_machinery(source: str, metadata: Any) -> bool:
    """Return whether a cell only serves the notebook: its set-up, or the place where an answer is typed."""
    return "answer" in metadata.get("tags", ()) or "from retrograd.lessons import begin" in source


def _code(source: str, given: Given) -> Iterator[str]:
    if source.startswith("%%record"):
        yield '<div class="label">recorded</div>'
        source = source.partition("\n")[2]
    yield f"<pre><code>{_coloured(source)}</code></pre>"
    if given.printed.strip():
        yield f'<pre class="out">{html.escape(given.printed.strip(chr(10)))}</pre>'
    for result in given.results:
        if "image/png" in result:
            yield f'<img alt="what the code above has drawn" src="data:image/png;base64,{result["image/png"].strip()}">'
        elif "text/plain" in result:
            yield f'<pre class="out">{html.escape(result["text/plain"])}</pre>'
    if given.error:
        yield f'<div class="error">{html.escape(given.error)}</div>'


def _asking(name: str, source: str, data: Any) -> str:
    options = _OPTION.findall(source)
    text = _prose(_OPTION.sub("", source))
    number = data["order"].index(name) + 1
    if data["questions"][name]["sealed"]["kind"] == "choice":
        fields = "".join(
            f'<label class="option" data-letter="{letter}"><input type="radio" name="{name}" value="{letter}">'
            f'<span class="letter">{letter}</span><span class="text">{_inline(" ".join(words.split()))}'
            '<span class="reason"></span></span><span class="votes"></span><span class="share"></span></label>'
            for letter, words in options
        )
        typed = ""
    else:
        fields = ""
        typed = '<input type="text" inputmode="decimal" autocomplete="off" aria-label="Your prediction, a number">'
    return (
        f'<section class="block question" id="{name}" data-question="{name}">{text}'
        f'<form><fieldset><legend hidden>question {number}</legend>{fields}<div class="answer">{typed}'
        '<button disabled>Predict</button><span class="note" role="status"></span></div></fieldset></form></section>'
    )


@cache
def _markdown() -> Any:  # markdown-it-py's own type
    try:
        from markdown_it import MarkdownIt
        from mdit_py_plugins.dollarmath import dollarmath_plugin
    except ImportError as error:
        raise LessonError(f"the lesson's pages need jupytext, which is not installed: {INSTALL}") from error

    def formula(content: str, options: dict[str, Any]) -> str:
        return mathml(content, block=bool(options.get("display_mode")))

    plain = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    return plain.use(dollarmath_plugin, renderer=formula, double_inline=True)


def _prose(source: str) -> str:
    return _markdown().render(source)


def _inline(source: str) -> str:
    return _markdown().renderInline(source)


def _coloured(source: str) -> str:
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer
    except ImportError:  # IPython brings it; without it the code is plain
        return html.escape(source)
    return highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip("\n")


def _document(topic: Topic, blocks: Sequence[str], data: Any, beside: Sequence[Topic]) -> Iterator[str]:
    style, script = _asset("page.css"), _asset("page.js")
    title = html.escape(f"{topic.number}. {topic.title}")
    dots = "".join(f'<a href="#{name}" data-question="{name}"></a>' for name in data["order"])
    yield "<!doctype html>\n"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title} · retrograd</title>\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy(script, style)}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
    yield f"<style>{style}</style></head>\n<body>\n"
    yield f'<header class="bar"><span class="brand">retrograd</span><span class="title">{title}</span>'
    yield f'<nav class="dots" aria-label="Questions">{dots}</nav><span id="where" class="note"></span>'
    yield '<button id="present" type="button" aria-pressed="false" title="large, one section at a time (P)">Present'
    yield "</button></header>\n<main>\n"
    yield "\n".join(blocks)
    yield '\n<p class="locked">Predict, and the chapter goes on.</p>\n'
    yield f'<nav class="next" aria-label="Chapters">{_links(topic, beside)}{KEPT}</nav>\n</main>\n'
    yield f'<p class="hint">{KEYS}</p>\n'
    yield "<noscript>The lesson needs JavaScript. It asks for nothing from a network.</noscript>\n"
    yield f'<script type="application/json" id="lesson">{inert(json.dumps(data))}</script>\n'
    yield '<script type="text/plain" id="viewer">' + inert(viewer_source()) + "</script>\n"
    yield f"<script>{script}</script>\n</body></html>\n"


def _links(topic: Topic, beside: Sequence[Topic]) -> str:
    numbers = {other.number: other for other in beside}
    before, after = numbers.get(topic.number - 1), numbers.get(topic.number + 1)
    left = f'<a href="{before.name}.html">← {html.escape(before.title)}</a>' if before else "<span></span>"
    if after:
        return left + f'<a href="{after.name}.html">{html.escape(after.title)} →</a>'
    last = topic.number == topics()[-1].number
    return left + (
        "<span>This was the last chapter.</span>" if last else f"<code>retrograd lesson {topic.number + 1}</code>"
    )


@cache
def _asset(name: str) -> str:
    return files("retrograd.lessons").joinpath("page", name).read_text("utf-8")
