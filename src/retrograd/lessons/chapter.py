"""What a chapter's notebook holds in its variable `chapter`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field

from retrograd.diagnosis import diagnose
from retrograd.errors import LessonError
from retrograd.lessons import progress
from retrograd.lessons.cases import Case
from retrograd.lessons.grading import Graded, Question
from retrograd.lessons.hints import watch_cells
from retrograd.lessons.topics import questions_of, topic_called
from retrograd.recording import Recording


@dataclass(frozen=True)
class Chapter:
    """A chapter at work: it grades answers, and notes the right ones in the folder where the notebook lies."""

    topic: str
    """Such as `04_backward`."""
    seed: int
    """What the notebook gives to `torch.manual_seed`."""
    graded: dict[str, Graded] = field(default_factory=dict, repr=False)
    """The last answer to each question, graded."""

    def question(self, name: str) -> Question:
        """Return a question of this chapter."""
        known = questions_of(self.topic)
        if name not in known:
            raise LessonError(
                f"chapter {self.topic} has no question {name!r}; it has {', '.join(known)}. If the notebook is from an "
                "older version, rename it: `retrograd lesson` makes it again with what is asked today."
            )
        return known[name]

    def check(self, name: str, recording: Recording, answer: object) -> Graded:
        """Grade an answer from a recording. The result says why, and is true where the answer is right."""
        graded = self.graded[name] = self.question(name)(recording, answer)
        if answer is not ...:
            try:
                progress.note(os.getcwd(), self.topic, name, graded.correct)
            except LessonError as error:  # what cannot be kept is no reason to keep the learner waiting
                print(f"Your progress was not kept: {error}", file=sys.stderr)
        return graded

    def case(self, name: str, recording: Recording, answer: object) -> Case:
        """Show a recording whose mistake is asked for, and grade what is answered.

        What `diagnose` finds is the answer, so it is shown behind the right one only.
        """
        graded = self.check(name, recording, answer)
        return Case(recording, graded, diagnose(recording) if graded else [])


def begin(topic: str, seed: int = 0) -> Chapter:
    """Begin a chapter in its notebook.

    Args:
        topic: Its name, such as `04_backward`.
        seed: The learner's own, which the notebook was made for.
    """
    chapter = Chapter(topic_called(topic).name, seed)
    watch_cells()
    if not os.path.exists(progress.FILE):
        print(f"This folder has no {progress.FILE}, so answers are graded here and not kept.")
    return chapter
