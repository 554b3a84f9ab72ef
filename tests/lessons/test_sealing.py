"""Answers in a page: only the right one opens the seal, and nothing stands there in clear."""

import base64
import hashlib
import json
import math

import pytest

from retrograd.errors import LessonError
from retrograd.lessons.grading import choice, number
from retrograd.lessons.sealing import LENGTH, seal, sealed_question


def opened(text: str, key: str) -> dict | None:
    """Undo a seal as docs/lesson.md describes it: XOR with SHA-256("key#0"), SHA-256("key#1"), …"""
    sealed = base64.b64decode(text)
    stream = b"".join(hashlib.sha256(f"{key}#{n}".encode()).digest() for n in range(len(sealed) // 32 + 1))
    try:
        return json.loads(bytes(a ^ b for a, b in zip(sealed, stream, strict=False)))
    except ValueError:
        return None


@choice(a="the reason of a", b="the reason of b", c="the reason of c")
def lettered(recording):
    return "b"


@pytest.mark.parametrize("letter", "abc")
def test_each_letter_opens_its_own_reason(letter):
    letters = sealed_question(lettered, None, "salt")["letters"]
    assert opened(letters[letter], f"salt/lettered/{letter}") == {
        "right": letter == "b",
        "reason": f"the reason of {letter}",
        "report": "",
    }
    assert opened(letters[letter], "salt/lettered/x") is None


def test_neither_texts_nor_lengths_give_the_answer_away():
    made = sealed_question(lettered, None, "salt")
    assert "reason" not in json.dumps(made)
    assert {len(base64.b64decode(text)) for text in made["letters"].values()} == {LENGTH}


def test_a_report_is_behind_the_right_letter_and_its_length_tells_nothing():
    letters = sealed_question(lettered, None, "salt", "found: " + "x" * 2 * LENGTH)["letters"]
    reports = {letter: opened(text, f"salt/lettered/{letter}")["report"] for letter, text in letters.items()}
    assert [letter for letter, report in reports.items() if report] == ["b"]
    assert reports["b"].startswith("found: ")
    assert len({len(base64.b64decode(text)) for text in letters.values()}) == 1


def tried(made: dict, answer: float, place: int = 0) -> dict | None:
    """Look whether an answer opens the seal of the right number, or that of a mistake, as the page does."""
    number = made["numbers"][place]
    return opened(number["sealed"], f"salt/right/{place}/{math.floor((answer - number['start']) / number['width'])}")


def asked(value: float, **options):
    """Make a question, whose name is that of its function: `right`."""

    @number(because="count", **options)
    def right(recording):
        return value

    return right


@pytest.mark.parametrize(
    ("right", "relative", "absolute"),
    [(0.693, 0, 0.005), (-3.7, 0.1, 0), (18, 0, 0), (0, 0, 0), (492.5, 0.05, 1), (1e-7, 0.02, 0), (0.0, 0, 0.5)],
)
def test_a_number_is_right_exactly_within_its_tolerance(right, relative, absolute):
    made = sealed_question(asked(right, relative=relative, absolute=absolute), None, "salt")
    tolerance = max(absolute, relative * abs(right), 1e-9 * max(abs(right), 1))
    for answer in (right, right + tolerance, right - tolerance):
        graded = tried(made, answer)
        assert graded is not None, answer
        assert graded["right"]
    for answer in (right + 1.001 * tolerance, right - 1.001 * tolerance, right + 50 * tolerance):
        assert tried(made, answer) is None, answer
    assert opened(made["hint"], "salt/right/hint") == {"right": False, "reason": "count"}


def test_a_page_and_a_notebook_grade_alike():
    question = asked(2.5, relative=0.1, mistaken={"half of it": 1.25})
    made = sealed_question(question, None, "salt")
    for answer in (1.0, 1.2, 1.3, 1.4, 2.0, 2.24, 2.26, 2.5, 2.74, 2.76, 3.0):
        assert bool(question(None, answer)) == (tried(made, answer) is not None), answer
        assert ("half of it" in question(None, answer).message) == (tried(made, answer, 1) is not None), answer
    assert tried(made, 1.25, 1) == {"right": False, "reason": "half of it"}


def test_what_a_page_cannot_ask_is_said():
    with pytest.raises(LessonError, match="make a choice of it"):
        sealed_question(number(because="")(lambda recording: math.nan), None, "salt")


def test_long_reasons_are_sealed_whole():
    assert opened(seal({"reason": "ü" * 2000}, "k"), "k") == {"reason": "ü" * 2000}
