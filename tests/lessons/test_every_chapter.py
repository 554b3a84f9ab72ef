"""What holds for each chapter: unanswered it runs to its end, and each question has one right answer and says why."""

import pytest

from retrograd.lessons.execution import checks_in
from retrograd.lessons.grading import Choice
from retrograd.lessons.notebooks import notebook_of
from retrograd.lessons.topics import questions_of, topics


@pytest.fixture(scope="module", params=topics(), ids=lambda topic: topic.name)
def chapter(run_chapter, request):
    """The chapter's name, what ran, and the questions with the recordings that they are checked with."""
    topic = request.param
    executed = run_chapter(topic.name, seed=7, answers={})
    cells = [cell["source"] for cell in notebook_of(topic, 7)["cells"] if cell["cell_type"] == "code"]
    asked = [(name, executed.recordings[recording]) for source in cells for name, recording in checks_in(source)]
    return topic.name, executed, asked


def test_unanswered_it_runs_to_its_end_and_errors_are_deliberate(chapter):
    name, executed, asked = chapter
    assert executed.graded.keys() == {question for question, _ in asked} == questions_of(name).keys()
    assert not any(executed.graded.values())
    assert all("three dots" in graded.message for graded in executed.graded.values())


def test_each_question_has_one_right_answer_and_a_reason_for_each_other(chapter):
    name, _, asked = chapter
    for key, recording in asked:
        question = questions_of(name)[key]
        right = question.right(recording)
        assert question(recording, right), key
        if isinstance(question, Choice):
            assert len(question.reasons) >= 2
            assert [bool(question(recording, letter)) for letter in question.reasons].count(True) == 1, key
            assert all(len(reason) > 20 for reason in question.reasons.values()), key
            continue
        for reason, number in question.mistakes(recording):
            graded = question(recording, number)
            assert not graded
            assert reason in graded.message, key
        assert question.because in question(recording, right + 3 * question.tolerance(right) + 0.37).message, key
