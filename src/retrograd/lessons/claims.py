"""What should be true of a training loop, as plain functions from a recording to `Graded`.

    assert cleared_each_step(recording)

They are for teachers: in a notebook, pytest, otter-grader or nbgrader. A result is true or false; its message names
the step and the line. `retrograd.diagnose` looks for mistakes; these say whether one thing that was asked for was done.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from retrograd.checks.acts import Act
from retrograd.checks.code import listed, number
from retrograd.checks.evidence import Evidence
from retrograd.checks.turns import Turn
from retrograd.errors import NotKeptError
from retrograd.lessons.grading import Graded
from retrograd.recording import Event, Program, Recording, Reference, Slot, Step, reference_to, value_of

NO_GRADIENT = "No gradient arrived anywhere: `loss.backward()` was not called while the recording ran."


# ---------------------------------------------------------------- clearing


def cleared_each_step(recording: Recording) -> Graded:
    """Say whether each step's backward found every `.grad` cleared: None, or all zeros.

    Several backward calls within one step may add up. What an earlier step left may not be there any more.
    """
    evidence = Evidence(recording)
    if not evidence.reached:
        return Graded(False, NO_GRADIENT)
    lives = sorted(evidence.lives.items())  # in the order in which the leaves were made
    stale = [found for thing, life in lives if (found := _first_left(evidence, thing, life))]
    if stale:
        first = min(stale, key=lambda left: left.turn.number)
        return Graded(False, first.told(evidence))
    names = listed([f"{evidence.name_of_thing(thing)}.grad" for thing in sorted(evidence.reached)])
    return Graded(True, f"Every step began with a clear {names}: nothing of an earlier step was added to.")


@dataclass(frozen=True)
class _Left:
    """A gradient that an earlier step left, and that was added to."""

    name: str
    turn: Turn
    event: Event
    since: Turn

    def told(self, evidence: Evidence) -> str:
        old, new = (evidence.norm(self.turn, self.event.inputs[place]) for place in (-1, 1))
        return (
            f"In step {self.turn.number}, {_at(evidence, self.event)} added to the {self.name}.grad that step "
            f"{self.since.number} had left there (|old| = {number(old)}, |new| = {number(new)}). Clear it once in "
            f"each step, after the update: `{self.name}.grad = None`."
        )


def _first_left(evidence: Evidence, thing: int, life: list[tuple[Turn, Act]]) -> _Left | None:
    """Return the first accumulation onto what another step had accumulated."""
    since: Turn | None = None
    for turn, act in life:
        if act.deed == "clear":
            since = None
        elif act.deed == "accumulate":
            event = turn.shape.events[act.event]
            left = not act.fresh and since is not None and since.number != turn.number
            if left and evidence.norm(turn, event.inputs[-1]) != 0:  # zeros are as good as cleared, however they came
                assert since is not None  # `left` says so
                return _Left(evidence.name_of_thing(thing), turn, event, since)
            since = turn
    return None


# ---------------------------------------------------------------- updating


def updates_equal(recording: Recording, learning_rate: float) -> Graded:
    """Say whether each step changed each parameter by -learning_rate times the gradient that backward left.

    What may differ is rounding: `w - learning_rate * w.grad` in the parameter's own precision. Of large parameters the
    recording keeps some entries; these are compared.
    """
    evidence = Evidence(recording)
    count = 0
    for step in recording.steps:
        for change in _changes(recording, step):
            count += 1
            if not (change.error(learning_rate) <= change.tolerance(learning_rate)).all():
                return Graded(False, _told(evidence, change, learning_rate))
    if not count:
        return Graded(False, NO_GRADIENT)
    return Graded(True, f"All {count} updates are -{learning_rate:g} · gradient, up to rounding.")


@dataclass(frozen=True)
class _Change:
    """A parameter over one step: its entries one after another, or a sample of them."""

    step: Step
    slot: Slot
    before: np.ndarray
    after: np.ndarray
    gradient: np.ndarray

    def error(self, learning_rate: float) -> np.ndarray:
        """Return how far each entry is from where the update should have brought it."""
        return np.abs(self.after.astype("f8") - self.before + learning_rate * self.gradient.astype("f8"))

    def tolerance(self, learning_rate: float) -> np.ndarray:
        """Return how far rounding may have brought it: of the rate, of its product with the gradient, of the sum."""
        scale = np.abs(self.after) + 2 * np.abs(learning_rate * self.gradient.astype("f8"))
        return np.finfo(self.before.dtype).eps * scale  # eps is twice what rounding once does


def _changes(recording: Recording, step: Step) -> Iterator[_Change]:
    program = step.program
    if program is None or not step.finished:
        return
    for place, gradient in sorted(program.gradients):
        slot = program.slots[place]
        before = reference_to(program, slot.name) if slot.name else None
        after = _at_the_end(program, slot)
        if before is None or after is None:
            continue
        yield _Change(step, slot, *(_numbers(recording, step, reference) for reference in (before, after, gradient)))


def _at_the_end(program: Program, slot: Slot) -> Reference | None:
    """Return what the name stood for after the step: the tensor itself, or the one that was put in its place."""
    named = [r for r in program.end if program.slots[r.slot].name == slot.name]
    if named:
        return max(named, key=lambda reference: reference.slot)
    seen = [r for event in program.events for r in (*event.inputs, *event.outputs) if r.slot == slot.number]
    return seen[-1] if seen else None  # it lived no longer than the step


def _numbers(recording: Recording, step: Step, reference: Reference) -> np.ndarray:
    try:
        value = value_of(replace(step, wholes={}), reference)  # of a large tensor the same entries in each case
    except NotKeptError:  # it follows from the rest of the step
        from retrograd.program import reconstruct

        value = value_of(replace(reconstruct(recording, step.number), wholes={}), reference)
    if value.array is not None:
        return value.array.reshape(-1)
    assert value.summary is not None  # what is not kept whole is kept as a summary
    return value.summary.sample


def _told(evidence: Evidence, change: _Change, learning_rate: float) -> str:
    """Return a message about the entry that is farthest off."""
    worst = int((change.error(learning_rate) - change.tolerance(learning_rate)).argmax())
    whole = change.before.size == np.prod(change.slot.shape)
    index = np.unravel_index(worst, change.slot.shape) if whole else ("…",)
    entry = f"{change.slot.name}[{', '.join(map(str, index))}]" if index else str(change.slot.name)
    changed = float(change.after[worst]) - float(change.before[worst])
    wanted = -learning_rate * float(change.gradient[worst])
    return (
        f"In step {change.step.number}{_where(evidence, change)} {entry} changed by {number(changed)}, but "
        f"-{learning_rate:g} · gradient is {number(wanted)}. {_hint(change, learning_rate)}".strip()
    )


def _where(evidence: Evidence, change: _Change) -> str:
    program = change.step.program
    assert program is not None  # a change is made of a step with a program
    lines = [
        _at(evidence, event)
        for event in program.events
        if event.kind == "update" and any(program.slots[r.slot].storage == change.slot.storage for r in event.outputs)
    ]
    return f", at {lines[-1]}," if lines else ""


def _hint(change: _Change, learning_rate: float) -> str:
    moved, gradient = change.after.astype("f8") - change.before, change.gradient.astype("f8")
    if not moved.any():
        return "It did not change at all: look at what the update wrote to, and at what `.grad` was then."
    ratio = -float(moved @ gradient) / (float(gradient @ gradient) * learning_rate) if gradient.any() else np.nan
    if not np.allclose(moved, -ratio * learning_rate * gradient, rtol=1e-3, atol=1e-3 * np.abs(moved).max()):
        return "It is no multiple of the gradient."
    return "It went along the gradient: the sign is wrong." if ratio < 0 else f"It went {ratio:.3g} times as far."


# ---------------------------------------------------------------- identity


def leaf_identity(recording: Recording, name: str) -> Graded:
    """Say whether a name stood for the same leaf in all steps: one tensor in one place, with requires_grad.

    Args:
        recording: What was recorded.
        name: The person's variable, such as `w`.
    """
    evidence = Evidence(recording)
    first: int | None = None
    for turn in evidence.steps:
        for reference in (*turn.program.start, *turn.program.end):
            slot = turn.program.slots[reference.slot]
            if slot.name != name or slot.gradient_of is not None:
                continue
            thing = turn.things[slot.storage]
            first = thing if first is None else first
            if thing != first:
                what = f"In step {turn.number} the name {name} came to stand for another tensor"
            elif not slot.leaf:
                what = f"In step {turn.number} {name} is no leaf"
            elif not (slot.requires_grad or slot.parameter):  # `w.data` is the same slot, without requires_grad
                what = f"In step {turn.number} {name} does not require a gradient"
            else:
                continue
            return Graded(False, f"{what}{_made_at(evidence, turn, reference)}. {_properties(name, slot)}")
    if first is None:
        known = ", ".join(recording.parameters) or "none"
        return Graded(False, f"No step has a tensor {name}. Tensors that gradients arrived at: {known}.")
    return Graded(True, f"{name} was the same leaf in all {len(evidence.steps)} steps: the same memory, each time.")


def _made_at(evidence: Evidence, turn: Turn, reference: Reference) -> str:
    made = evidence.origin(turn, reference)
    return f", made at {_at(evidence, made[1])}" if made and made[1].line is not None else ""


def _properties(name: str, slot: Slot) -> str:
    if not slot.leaf:
        return f"It is the result of an operation that is kept track of, so backward does not fill {name}.grad."
    if not slot.requires_grad:
        return "It has requires_grad False, so backward does not come to it."
    return f"A {name}.grad of the old tensor is not there any more. Write in place to keep it."


# ---------------------------------------------------------------- the loss, and the gradients


def loss_falls(recording: Recording, every_step: bool = False) -> Graded:
    """Say whether the loss of the last step is smaller than that of the first.

    Args:
        recording: What was recorded.
        every_step: Ask besides that no step's loss is above the one before.
    """
    evidence = Evidence(recording)
    losses = recording.loss.tolist()
    if len(losses) < 2:
        return Graded(False, f"There are {len(losses)} steps with a loss; it takes two to compare.")
    at = _line_of_loss(evidence)
    bad = [step for step, loss in enumerate(losses) if not math.isfinite(loss)]
    if bad:
        return Graded(False, f"The loss of step {bad[0]}{at} is {losses[bad[0]]:g}.")
    rises = [step for step in range(1, len(losses)) if losses[step] > losses[step - 1]]
    course = f"from {number(losses[0])} in step 0 to {number(losses[-1])} in step {len(losses) - 1}"
    if len(set(losses)) == 1:
        return Graded(False, f"The loss{at} was {number(losses[0])} in all {len(losses)} steps: nothing was learnt.")
    if losses[-1] >= losses[0]:
        return Graded(False, f"The loss{at} went {course}. It rose for the first time in step {rises[0]}.")
    if every_step and rises:
        old, new = number(losses[rises[0] - 1]), number(losses[rises[0]])
        return Graded(False, f"The loss{at} went {course}, but rose in step {rises[0]}: from {old} to {new}.")
    never = "and never rose" if not rises else f"and rose in {len(rises)} steps, first in step {rises[0]}"
    return Graded(True, f"The loss went {course}, {never}.")


def _line_of_loss(evidence: Evidence) -> str:
    calls = [call for turn in evidence.steps[:1] for call in turn.shape.calls]
    return f" that {_at(evidence, calls[-1])} was called on" if calls and calls[-1].line is not None else ""


def gradients_agree(recording: Recording) -> Graded:
    """Say whether each gradient agrees with independent computations of it: see `retrograd.verify`."""
    from retrograd.verification import verify

    if not recording.parameters:
        return Graded(False, NO_GRADIENT)
    found = verify(recording)
    if found.agrees:
        methods = len({comparison.method for comparison in found.comparisons})
        return Graded(True, f"{found.entries} numbers were computed again in {methods} ways. All of them agree.")
    first = found.disagreements[0]
    line = recording.lines[first.line].number if first.line is not None else "?"
    return Graded(
        False,
        f"In step {first.step}, line {line}, {first.what} is {number(first.recorded)} in the recording, but "
        f"{number(first.recomputed)} computed again ({first.method}). {first.why}".strip(),
    )


# ---------------------------------------------------------------- lines


def _at(evidence: Evidence, event: Event) -> str:
    """Return the line of an event with what stands there."""
    line = evidence.line_of(event)
    if line is None:
        return "a line that is not known"
    return f"line {line.number} (`{evidence.sources.line_text(line.file, line.number).strip()}`)"
