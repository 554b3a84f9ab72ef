"""From a turn that was watched closely to a pattern: for each of its calls a function that expects it."""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle

from retrograd.contents import MEMORY, content, summary
from retrograd.recorder.building import Built
from retrograd.recorder.comparing import Comparing
from retrograd.recorder.copying import Copying
from retrograd.recorder.draft import Draft, Watch
from retrograd.recorder.gradients import Differentiating
from retrograd.recorder.hooks import take_off
from retrograd.recorder.operations import state_of
from retrograd.recorder.parts import Unrepeatable
from retrograd.recorder.pattern import Pattern
from retrograd.recorder.swapping import Held
from retrograd.recorder.turn import Turn
from retrograd.recording import Program, Step


def pattern_of(turn: Turn, built: Built, step: Step, before: Program, hands: Any) -> Pattern:
    """Return what expects a turn like this one.

    Args:
        turn: The turn, as it was watched closely.
        built: What was built from it.
        step: The step that was written down.
        before: The program of the step before.
        hands: Who is asked when something differs (`miss`, `late`, `failed`) and when the turn is complete.

    Raises:
        Unrepeatable: Something took part that cannot be compared.
    """
    pattern = Pattern(turn, built, step, before)
    if not pattern.is_possible():
        raise Unrepeatable
    draft = Draft(_within_reach(pattern, hands), len(pattern.calls), pattern.repeats_itself)
    pattern.functions += _functions(pattern, draft)
    if not pattern.is_covered():
        raise Unrepeatable
    for held in turn.contents:  # from here on the bytes of a turn are in `pattern.out`
        held.data, held.full = b"", None
    return pattern


def _within_reach(pattern: Pattern, hands: Any) -> dict[str, Any]:
    """Return what the functions can reach, by name."""
    of_the_turn = ("out", "weak", "changed", "drawn", "wholes", "ghosts", "summarises", "began")
    of_the_hands = ("mode", "miss", "late", "failed", "complete", "odd", "strayed")
    return {
        **{name: getattr(pattern, name) for name in of_the_turn},
        **{name: getattr(hands, name) for name in of_the_hands},
        **{"hands": hands, "end": hands.at_end, "hooks": hands.hooks, "handle": RemovableHandle, "take_off": take_off},
        **{"above": sys._getframe, "ref": Held, "memory": MEMORY},
        **{"content": content, "summary": summary, "state_of": state_of},
        "nodes": torch.autograd._get_sequence_nr,  # type: ignore[attr-defined]
    }


def _functions(pattern: Pattern, draft: Draft) -> list[Watch]:
    comparing, copying = Comparing(pattern, draft), Copying(pattern, draft)
    differentiating = Differentiating(pattern, draft, copying)
    carried = copying.carry_over()
    functions = []
    for number, called in enumerate(pattern.calls):
        draft.begin(number)
        comparing.call(called)
        if number == 0:
            draft.add("hands.begin()", "began[0] = nodes()")
        comparing.arguments(called)
        if number == 0:
            draft.add(*carried)
        comparing.numbers_of_tensors(called)
        for part in called.tensors:
            copying.before(part)
        copying.generators(called)
        if called.walk is None:
            draft.run(called.has_keywords)
        else:
            differentiating.call(called, called.walk)
        for part in (*called.results, *called.written):
            comparing.meet(part, called)
            copying.after(part)
        functions.append(draft.function())
    return functions
