"""Whatever is answered, what is said of it helps."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from retrograd.lessons.grading import choice, number


@choice(a="the reason of a", b="the reason of b")
def lettered(recording):
    return "b"


@number(because="Count.", relative=0.1, mistaken={"You forgot b.": lambda recording: 15 * recording})
def counted(recording):
    return 18 * recording


@pytest.mark.parametrize("answer", ["b", "B", " b ", "b)", "(b)", "b.", "**b**", "'b'", np.str_("b"), ["b"], {"b"}])
def test_a_letter_may_be_written_as_one_likes(answer):
    assert lettered(None, answer)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("d", "'d'"),
        ("", "''"),
        ("...", "'...'"),
        ("b or a", "'b or a'"),
        (2, "2"),
        (None, "this NoneType"),
        (torch.randn(3, requires_grad=True), "this Tensor"),  # `leaves = b`, without quotes: b is a tensor by then
    ],
)
def test_what_is_no_letter_is_said_in_short(answer, shown):
    graded = lettered(None, answer)
    assert not graded
    assert graded.message == f'An answer is one of the letters "a", "b", in quotes; {shown} is none.'


@pytest.mark.parametrize(
    "answer",
    [
        18,
        18.0,
        "18",
        " 18.0\n",
        "1.8e1",
        17,
        np.float32(18),
        np.array(18),
        Fraction(36, 2),
        torch.tensor(18.0),
        torch.tensor([18]),
    ],
)
def test_a_number_may_be_of_any_kind(answer):
    assert counted(1, answer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("many", "The answer is a number, such as 0.5; 'many' is none."),
        (math.nan, "The answer is a number, such as 0.5; nan is none."),
        (torch.ones(2), "The answer is a number, such as 0.5; this Tensor is none."),
        (1j, "The answer is a number, such as 0.5; this complex is none."),
        (10**400, "The answer is a number, such as 0.5; this int is none."),
        (None, "The answer is a number, such as 0.5; this NoneType is none."),
        (math.inf, "inf is too large. Count."),
        (-math.inf, "-inf is too small. Count."),
        (20, "20 is too large. Count."),
        (-18, "-18 is too small. Count."),
    ],
)
def test_another_number_and_what_is_none_get_a_hint(answer, said):
    graded = counted(1, answer)
    assert not graded
    assert graded.message == said


def test_what_is_no_number_is_wrong_also_where_the_right_one_is_nan():
    # As from a loop that ran away: nan is right there, and a word is not.
    assert counted(math.nan, math.nan)
    for answer in ("many", None, torch.ones(2), 10**400, 0, math.inf):
        assert not counted(math.nan, answer)


def test_a_known_misunderstanding_is_found_in_the_learners_own_recording():
    assert counted(1, 15).message == "You have 15. You forgot b."
    assert counted(2, 30).message == "You have 30. You forgot b."
    assert "forgot" not in counted(2, 15).message


def test_without_an_answer_it_says_where_to_write_one():
    for question in (lettered, counted):
        graded = question(1, ...)
        assert not graded
        assert "three dots" in graded.message


def test_a_recording_of_something_else_is_said_and_raises_nothing():
    from retrograd import record
    from retrograd.lessons.topics import questions_of, topics

    with record() as nothing:
        pass
    with record() as other:
        w = torch.zeros(2, requires_grad=True)
        ((w - 1) ** 2).sum().backward()
    said = [
        question(recording, answer).message
        for topic in topics()
        for question in questions_of(topic.name).values()
        for recording in (nothing, other, None)
        for answer in ("a", 1)
    ]
    assert any("Run the recorded cell as it was" in message for message in said)


@pytest.mark.parametrize(("typed", "taken"), [("b", True), (" B", True), ("b)", True), ("a", False), ("", False)])
def test_a_letter_from_a_page_is_taken_where_it_is_the_right_one(typed, taken):
    assert lettered.takes("b", typed) == taken


@pytest.mark.parametrize(("typed", "taken"), [("18", True), ("19.7", True), ("20", False), ("nan", False), ("", False)])
def test_a_number_from_a_page_is_taken_as_in_a_notebook(typed, taken):
    assert counted.takes(18.0, typed) == taken == bool(counted(1, typed))
