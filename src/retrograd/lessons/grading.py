"""How an answer is graded: against what the learner's own recording holds, with the reason when it is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from retrograd.errors import LessonError
from retrograd.recording import Recording

ANOTHER = (
    "This recording has not what the question is about. Run the recorded cell as it was, then check again; a changed "
    "copy is best recorded under another name, such as `%%record mine`."
)
"""What is said of a recording that lacks what is asked for, as after changes in the recorded cell."""


@dataclass(frozen=True)
class Graded:
    """Is an answer right, and why? True where it is, so `assert` and graders take it as it is."""

    correct: bool
    message: str

    def __bool__(self) -> bool:
        return self.correct

    def __repr__(self) -> str:
        return f"{'Right' if self.correct else 'Not yet'}. {self.message}"


class Question:
    """A question whose right answer is computed from a recording: `question(recording, answer)` grades one.

    `right` is the function below the decorator; it takes the recording and returns the right answer.
    """

    def __init__(self, right: Callable[[Recording], object]) -> None:
        self.right = right
        self.name = right.__name__
        self.__doc__ = right.__doc__

    def __call__(self, recording: Recording, answer: object) -> Graded:
        """Grade an answer. `...`, which stands in a notebook that nobody has filled in, is no answer."""
        if answer is ...:
            return Graded(False, "Nothing is answered yet: write your prediction in place of the three dots.")
        try:
            return self.grade(recording, answer)
        except LessonError as error:
            return Graded(False, f"{error}")
        except Exception:  # a loop that the learner has changed can lack anything
            return Graded(False, ANOTHER)

    def grade(self, recording: Recording, answer: object) -> Graded:
        """Compare an answer with the right one."""
        raise NotImplementedError

    def takes(self, right: object, answer: str) -> bool:
        """Return whether an answer that was typed is taken for the right one, where that is known already."""
        raise NotImplementedError


class Choice(Question):
    """A question with lettered answers. Every letter has its reason: why it is right, or why it is not."""

    def __init__(self, right: Callable[[Recording], str], reasons: dict[str, str]) -> None:
        super().__init__(right)
        self.reasons = reasons

    def grade(self, recording: Recording, answer: object) -> Graded:
        """Look the letter up."""
        letter = _bare(answer)
        if letter not in self.reasons:
            letters = ", ".join(f'"{known}"' for known in self.reasons)
            return Graded(False, f"An answer is one of the letters {letters}, in quotes; {_named(answer)} is none.")
        return Graded(letter == self.right(recording), self.reasons[letter])

    def takes(self, right: object, answer: str) -> bool:
        """Return whether it is the right letter."""
        return _bare(answer) == right


class Number(Question):
    """A question whose answer is a number. Right: |answer - right| <= max(absolute, relative |right|).

    `mistaken` says what to answer a known misunderstanding, and to which number it leads, in any or in this recording.
    """

    def __init__(
        self,
        right: Callable[[Recording], float],
        relative: float,
        absolute: float,
        because: str,
        mistaken: Mapping[str, float | Callable[[Recording], float]],
    ) -> None:
        super().__init__(right)
        self.relative, self.absolute, self.because, self.mistaken = relative, absolute, because, mistaken

    def grade(self, recording: Recording, answer: object) -> Graded:
        """Compare the number with the one in the recording."""
        right = float(self.right(recording))  # type: ignore[arg-type]  # a Number's function returns a float
        try:
            given = float(answer)  # type: ignore[arg-type]  # whatever was typed; a tensor of one number too
        except (TypeError, ValueError, RuntimeError, OverflowError):
            given = None
        if given is None or (math.isnan(given) and not math.isnan(right)):
            return Graded(False, f"The answer is a number, such as 0.5; {_named(answer)} is none.")
        if given == right or abs(given - right) <= self.tolerance(right) or (math.isnan(given) and math.isnan(right)):
            return Graded(True, f"The recording says {right:.6g}. {self.because}")
        for reason, number in self.mistakes(recording):
            if abs(given - number) <= self.tolerance(number):
                return Graded(False, f"You have {given:.6g}. {reason}")
        side = "not it" if math.isnan(right) else "too large" if given > right else "too small"
        return Graded(False, f"{given:.6g} is {side}. {self.because}")

    def takes(self, right: object, answer: str) -> bool:
        """Return whether a number that was typed is as near to the right one as it has to be."""
        try:
            return abs(float(answer) - float(right)) <= self.tolerance(float(right))  # type: ignore[arg-type]  # a float
        except ValueError:
            return False

    def mistakes(self, recording: Recording) -> list[tuple[str, float]]:
        """Return what is said of each known misunderstanding, and the number that it leads to."""
        known = self.mistaken.items()
        return [(reason, float(wrong(recording) if callable(wrong) else wrong)) for reason, wrong in known]

    def tolerance(self, number: float) -> float:
        """Return how far from a number an answer may be and still be taken for it."""
        return max(self.absolute, self.relative * abs(number))


def _bare(answer: object) -> str:
    """Return a letter without what may stand around it: `b)`, `(B)` and ` b. ` are b."""
    return str(answer).strip(" \t\n.:;()[]{}*'\"").lower()


def _named(answer: object) -> str:
    """Return what was answered, as short as its kind allows: a tensor can fill a screen."""
    if isinstance(answer, str | int | float) and len(repr(answer)) < 40:
        return repr(answer)
    return f"this {type(answer).__name__}"


def choice(**reasons: str) -> Callable[[Callable[[Recording], str]], Choice]:
    """Make a lettered question of a function that finds the right letter in a recording.

    @choice(a="...", b="...")
    def leaves(recording): ...
    """
    return lambda right: Choice(right, reasons)


def number(
    *,
    relative: float = 0.0,
    absolute: float = 0.0,
    because: str,
    mistaken: Mapping[str, float | Callable[[Recording], float]] | None = None,
) -> Callable[[Callable[[Recording], float]], Number]:
    """Make a question of a function that finds the right number in a recording.

    Args:
        relative: How far off an answer may be, as a share of the right one.
        absolute: How far off it may be in any case.
        because: How to find the number, without the number.
        mistaken: What is said to whom a misunderstanding has led to another number; that number, or where it stands.
    """
    return lambda right: Number(right, relative, absolute, because, mistaken or {})
