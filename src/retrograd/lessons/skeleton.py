"""A chapter's skeleton from a script: the recorded cell, a section for each phase that was seen, one question.

A teacher fills in the prose. The answer to the question is computed from the recording of whoever runs the notebook.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from retrograd.errors import LessonError
from retrograd.recording import Event, Line, Recording, Step

PHASES = {
    "forward": "the loss is computed",
    "backward": "gradients are computed",
    "accumulate": "gradients are added to .grad",
    "update": "the parameters change",
    "clear": "the gradients are cleared",
}
"""What happens in a phase, in the order of a sound loop."""


def skeleton(recording: Recording, script: str, source: str, *, fails: bool = False) -> str:
    """Return a chapter as plain Python (jupytext, percent format).

    Args:
        recording: Of the script.
        script: Its name.
        source: Its text.
        fails: It ends with an error, so its cell may, too.
    """
    if not len(recording.steps):
        raise LessonError(
            f"{script} never called backward, so there is no loop to make a chapter of. "
            "A chapter can be written by hand, too: see docs/lesson.md."
        )
    return "\n\n".join(_cells(recording, script, source, fails)) + "\n"


def _cells(recording: Recording, script: str, source: str, fails: bool) -> Iterator[str]:
    count = len(recording.steps)
    name = os.path.splitext(os.path.basename(script))[0].replace("_", " ")
    yield "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n#     display_name: Python 3\n# ---"
    yield _text(f"# {name[:1].upper()}{name[1:]}\n\nSay in two or three sentences what this chapter shows.")
    yield "# %%\n# %load_ext retrograd\nimport retrograd\nfrom retrograd.lessons.grading import number"
    yield _text(
        f"**Predict.** The cell below runs {count} step{'' if count == 1 else 's'} of a loop. "
        "What will the loss of the last step be?"
    )
    yield (
        "# %%\n"
        '@number(relative=0.1, because="Say here how to find it, but not the number.")\n'
        "def last_loss(recording):\n"
        "    return recording.loss[-1]"
    )
    yield '# %% tags=["answer"]\nprediction = ...  # a number'
    tagged = ' tags=["raises-exception"]' if fails else ""
    yield f"# %%{tagged}\n# %%record\n" + source.strip("\n")
    yield "# %%\nrecording"
    yield "# %%\nlast_loss(recording, prediction)"
    yield from (_text(section) for section in _sections(recording, os.path.basename(script)))
    yield _text("## Break it\n\nChange one spelling in a copy of the loop, record it, and let `diagnose` name it.")
    yield "# %%\nretrograd.diagnose(recording)"
    yield _text("## What you saw\n\nOne paragraph.")


def _sections(recording: Recording, script: str) -> Iterator[str]:
    """Go through the phases of a step: what happens in them, and on which lines."""
    step = _telling(recording)
    for phase, what in PHASES.items():
        seen = [event for event in _doing(step) if event.phase == phase]
        if not seen:
            continue
        lines = {recording.lines[event.line] for event in seen if event.line is not None}
        code = "".join(
            f"{text}\n" for text in dict.fromkeys(_listed(recording, line, script) for line in _sorted(lines))
        )
        first, last = seen[0].number, seen[-1].number
        which = f"this is event {first}" if first == last else f"these are {len(seen)} events, from {first} to {last}"
        yield f"## {phase.capitalize()}: {what}\n\nIn step {step.number} {which}.\n\n{code}"


def _telling(recording: Recording) -> Step:
    """Return the first step, or the second if more phases happen in it, as where a loop begins with clearing."""
    return max(recording.steps[:2], key=lambda step: len({event.phase for event in _doing(step)}))


def _doing(step: Step) -> list[Event]:
    events = () if step.program is None else step.program.events
    return [event for event in events if event.phase in PHASES and event.kind != "state"]  # no_grad begins or ends


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.file, line.number))


def _listed(recording: Recording, line: Line, script: str) -> str:
    """Return a line as an entry of a list, with its file where that is not the script."""
    texts = recording.texts.get(line.file, "").splitlines()
    text = texts[line.number - 1].strip() if line.number <= len(texts) else ""
    file = os.path.basename(line.file)
    return f"- line {line.number}{'' if file == script else f' of {file}'}: `{text}`"


def _text(text: str) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.strip("\n").splitlines())
