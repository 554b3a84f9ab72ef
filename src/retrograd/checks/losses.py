"""Which calls compare a prediction with a target. No check of its own: the checks of losses ask this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retrograd.checks.calls import VIEWS, short
from retrograd.checks.evidence import Evidence
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

NAMED = frozenset(
    [
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "cross_entropy",
        "nll_loss",
        "binary_cross_entropy",
        "kl_div",
        "binary_cross_entropy_with_logits",
        "poisson_nll_loss",
        "multi_margin_loss",
        "soft_margin_loss",
        "multilabel_soft_margin_loss",
        "gaussian_nll_loss",
    ]
)
REGRESSION = frozenset(["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "sub", "rsub", "__rsub__"])
ELEMENTWISE = frozenset(
    [
        "pow",
        "square",
        "abs",
        "mul",
        "div",
        "neg",
        "mean",
        "sum",
        "sqrt",
        "__pow__",
        "sub",
        "add",
        "squeeze",
        "view",
        "reshape",
        "log",
        "exp",
        "log1p",
        "rsub",
        "__rsub__",
        "clamp",
        "where",
        "norm",
        "relu",
        "max",
        "maximum",
        "nansum",
        "nanmean",
        "vector_norm",
        "logaddexp",
        "cosh",
        "hypot",
        "clamp_min",
    ]
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A call in which a prediction meets its target."""

    turn: Turn
    event: Event
    prediction: Reference
    target: Reference
    name: str
    """The last part of the call's name: `mse_loss`, or `sub` for `prediction - target`."""


def compared(evidence: Evidence, turns: list[Turn] | None = None) -> Iterator[Compared]:
    """Go through the calls that lie before a loss and compare what depends on parameters with what does not."""
    for turn in evidence.samples if turns is None else turns:
        shape = turn.shape
        seen: set[int] = set()
        for call in shape.calls:
            root = shape.root(call)
            if root is None:
                continue
            close = near(turn, root)
            for event in shape.behind(root):
                if event.number in seen or len(event.inputs) < 2:
                    continue
                name = short(event)
                first, second = event.inputs[0], event.inputs[1]
                if name in NAMED or (name in ("sub", "rsub", "__rsub__") and event.number in close):
                    depends = [r.buffer in shape.dependent for r in (first, second)]
                    if depends == [True, False] or (name in NAMED and depends != [False, True]):
                        seen.add(event.number)
                        yield Compared(turn, event, first, second, name)
                    elif depends == [False, True]:
                        seen.add(event.number)
                        yield Compared(turn, event, second, first, name)


def failed(evidence: Evidence) -> tuple[Turn, Event] | None:
    """Return the call that raised the exception which ended the loop, if it was a call of torch's."""
    if evidence.error is None or not evidence.turns:
        return None
    turn = evidence.turns[-1]
    for event in reversed(turn.shape.events):
        if event.kind in ("error", "state"):
            continue
        return turn, event
    return None


def near(turn: Turn, root: Event) -> set[int]:
    """Return the events from which only entrywise calls and sums lead to the loss."""
    found: set[int] = set()
    waiting = [root]
    while waiting:
        event = waiting.pop()
        if event.number in found:
            continue
        found.add(event.number)
        if short(event) in ELEMENTWISE | VIEWS or is_square(turn, event):
            for reference in event.inputs:
                maker = turn.shape.makers.get(reference.buffer)
                if maker is not None:
                    waiting.append(turn.shape.events[maker])
    return found


def is_square(turn: Turn, event: Event) -> bool:
    """Return whether a call sums the squares of its entries, as `r @ r` does."""
    if short(event) not in ("dot", "vdot", "inner", "matmul", "__matmul__") or len(event.inputs) != 2:
        return False
    one, two = event.inputs
    return one.buffer == two.buffer and not turn.shape.slot(event.outputs[0]).shape


KEEPS_PROBABILITY = VIEWS | {"clamp", "clamp_", "__getitem__", "select", "index_select", "gather", "nan_to_num", "cat"}


def made_by(evidence: Evidence, turn: Turn, reference: Reference, before: int) -> tuple[Turn, Event] | None:
    """Return the activation behind a prediction, through views, slices and clamps."""
    return evidence.origin(turn, reference, before, through=KEEPS_PROBABILITY)


def axis(turn: Turn, event: Event) -> int | None:
    """Return the axis of a softmax, from 0."""
    for operation in turn.shape.operations(event):
        if "softmax" in operation.name and len(operation.arguments) > 1:
            argument = operation.arguments[1]
            if isinstance(argument, dict) and "constant" in argument:
                number = argument["constant"]
                value = turn.step.constants.get(number, turn.program.constants[number].value)
                count = len(turn.shape.slot(event.inputs[0]).shape)
                return int(value.real) % count if count else 0
    return None
