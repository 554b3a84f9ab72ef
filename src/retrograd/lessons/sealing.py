"""Answers in a page that do not stand there in clear: each is sealed with a key that is made of the answer.

Whoever wants to break it can try all letters. It keeps a glance at the page's source from giving the answer away.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from typing import Any

from retrograd.errors import LessonError
from retrograd.lessons.grading import Choice, Number, Question
from retrograd.recording import Recording

Plain = dict[str, Any]  # what json.dumps takes

LENGTH = 600
"""Sealed texts are at least so many bytes long, and those of one question equally long: their lengths tell nothing."""


def sealed_question(question: Question, recording: Recording, salt: str, report: str = "") -> Plain:
    """Return what a page must know to grade a question.

    A choice has a sealed reason for each letter. For a number the line is cut into buckets as wide as what counts as
    right; only the bucket that holds the right answer opens the seal. The same for each number that a misunderstanding
    leads to.

    Args:
        question: What is asked.
        recording: Where its answer is computed from.
        salt: What is different for each chapter and each seed.
        report: Shown behind the right letter of a choice.
    """
    if isinstance(question, Choice):
        right = question.right(recording)
        contents = {
            letter: {"right": letter == right, "reason": reason, "report": report if letter == right else ""}
            for letter, reason in question.reasons.items()
        }
        length = max(LENGTH, *(len(_plain(content)) for content in contents.values()))
        letters = {
            letter: seal(content, f"{salt}/{question.name}/{letter}", length) for letter, content in contents.items()
        }
        return {"kind": "choice", "letters": letters}
    if isinstance(question, Number):
        return _sealed_number(question, recording, f"{salt}/{question.name}")
    raise LessonError(f"a page cannot ask {question.name}: it is neither a choice nor a number.")


def _sealed_number(question: Number, recording: Recording, salt: str) -> Plain:
    right = float(question.right(recording))  # type: ignore[arg-type]  # a Number's function returns a float
    if not math.isfinite(right):
        raise LessonError(f"a page cannot ask for a number that is {right} ({question.name}); make a choice of it.")
    graded = {"right": True, "reason": f"The recording says {right:.6g}. {question.because}"}
    contents = [(right, graded)]
    contents += [(number, {"right": False, "reason": reason}) for reason, number in question.mistakes(recording)]
    numbers = []
    for place, (number, content) in enumerate(contents):
        tolerance = max(question.tolerance(number), 1e-9 * max(abs(number), 1))
        width = 2.000001 * tolerance  # what lies exactly at the tolerance still counts, however it is rounded
        start = (number - width / 2) % width
        bucket = round((number - width / 2 - start) / width)
        numbers.append({"width": width, "start": start, "sealed": seal(content, f"{salt}/{place}/{bucket}")})
    hint = {"right": False, "reason": question.because}
    return {"kind": "number", "numbers": numbers, "hint": seal(hint, f"{salt}/hint")}


def seal(content: Plain, key: str, length: int = LENGTH) -> str:
    """Return content as base64 of its JSON, hidden under a stream of SHA-256 blocks that only the key gives."""
    text = _plain(content).ljust(length)
    blocks = (hashlib.sha256(f"{key}#{n}".encode()).digest() for n in range(len(text) // 32 + 1))
    stream = b"".join(blocks)
    return base64.b64encode(bytes(a ^ b for a, b in zip(text, stream, strict=False))).decode()


def _plain(content: Plain) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
