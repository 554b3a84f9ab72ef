"""loss-expects-probs: a loss that expects probabilities, or their logarithms, gets something else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.code import line_of_node, makings, number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import Compared, compared, failed, made_by
from retrograd.checks.nonfinite import masked_later
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

WHY = (
    "nll_loss and kl_div take logarithms of probabilities: with anything else they are no likelihood, can fall without "
    "bound, and pull least where the model is most wrong."
)
RAW = frozenset(
    [
        "linear",
        "matmul",
        "addmm",
        "mm",
        "add",
        "__matmul__",
        "conv2d",
        "conv1d",
        "softmax",
        "sigmoid",
        "relu",
        "tanh",
        "bmm",
    ]
)


SCORES = RAW - {"softmax", "sigmoid", "relu", "tanh"}
"""Of these, what gives numbers of any size."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at what went into nll_loss, kl_div and binary_cross_entropy."""
    yield from _refused(evidence)
    for pair in compared(evidence, evidence.samples[:1]):
        if pair.name in ("nll_loss", "kl_div"):
            found = _no_logarithm(evidence, pair)
            if found:
                yield found
                return
    yield from _selected_scores(evidence)
    yield from _logarithm_of_anything(evidence)


def _selected_scores(evidence: Evidence) -> Iterator[Finding]:
    """Look for a negative mean of the scores of the right classes, without any logarithm: it has no lower bound."""
    for turn in evidence.samples[:1]:
        shape = turn.shape
        root = shape.root(shape.calls[0]) if len(shape.calls) == 1 else None
        negative = False
        for _ in range(6):
            if root is None or not root.inputs:
                break
            name = short(root)
            if name in ("gather", "__getitem__") and negative and _chooses_classes(turn, root):
                made = made_by(evidence, turn, root.inputs[0], root.number)
                losses = evidence.losses[np.isfinite(evidence.losses)]
                maker = short(made[1]) if made is not None else ""
                if maker in SCORES and losses.size > 1 and losses[-1] < min(0, losses[0]):
                    yield _of_scores(evidence, turn, root, maker, losses)
                break
            negative = negative != (name in ("neg", "__neg__"))
            if name not in ("neg", "__neg__", "mean", "sum", "squeeze", "view", "reshape", "flatten"):
                break
            number_of = shape.makers.get(root.inputs[0].buffer)
            root = None if number_of is None else shape.events[number_of]


def _chooses_classes(turn: Turn, event: Event) -> bool:
    """Return whether one entry of each row of scores is taken, by an index that is data."""
    scores, taken = turn.shape.slot(event.inputs[0]).shape, turn.shape.slot(event.outputs[0]).shape
    index = event.inputs[-1]
    data = index.buffer not in turn.shape.dependent and turn.shape.slot(index).dtype == "int64"
    return data and len(event.inputs) > 1 and len(scores) == 2 and taken in (scores[:1], (scores[0], 1))


def _of_scores(evidence: Evidence, turn: Turn, event: Event, maker: str, losses: np.ndarray) -> Finding:
    return evidence.finding(
        "loss-expects-probs",
        "error",
        evidence.line_of(event),
        f"the loss is the negative mean of the scores that `{maker}` gave the right classes, without any logarithm of "
        f"probabilities; it went from {number(float(losses[0]))} to {number(float(losses[-1]))}",
        "Scores can grow for ever, so this has no lower bound, and nothing makes the other classes less likely.",
        "Take log_softmax of the scores before, or use cross_entropy.",
        confidence=0.9,
        events=[(turn, event)],
    )


def _refused(evidence: Evidence) -> Iterator[Finding]:
    error = evidence.error
    if error is None or "between 0 and 1" not in error[2]:
        return
    call = failed(evidence)
    _, raised, _ = error
    fact = "binary_cross_entropy expects probabilities"
    others: list[tuple[Line | None, str]] = []
    if call is not None and call[1].inputs:
        turn, event = call
        extremes = evidence.extremes(turn, event.inputs[0])
        made = made_by(evidence, turn, event.inputs[0], event.number)
        if extremes:
            fact += f" and got numbers from {number(extremes[0])} to {number(extremes[1])}"
        if made is not None:
            fact += f", straight from `{short(made[1])}`"
            others = [(evidence.line_of(made[1]), "makes the input")]
    criteria = makings(evidence, frozenset({"BCELoss"}))
    others += [(made.line, "chooses the loss") for made in criteria]
    yield evidence.finding(
        "loss-expects-probs",
        "error",
        raised,
        fact,
        "A logarithm needs something positive, and a probability lies between 0 and 1.",
        evidence.sources.replaced(criteria[0].file, criteria[0].call.func, "nn.BCEWithLogitsLoss")
        if len(criteria) == 1
        else "Use binary_cross_entropy_with_logits, or apply sigmoid before.",
        confidence=0.99,
        others=others,
        events=[call] if call else [],
    )


def _no_logarithm(evidence: Evidence, pair: Compared) -> Finding | None:
    turn, event = pair.turn, pair.event
    made = made_by(evidence, turn, pair.prediction, event.number)
    maker = short(made[1]) if made is not None else ""
    numbers = evidence.numbers(turn, pair.prediction)
    highest = float(numbers.max()) if numbers is not None and numbers.size else None
    array = evidence.array(turn, pair.prediction)
    what = ""
    if highest is not None and highest > 1e-4:  # a rounded logarithm of 1 may lie above 0 by some 1e-7
        what = f"has entries up to {number(highest)}"
    elif maker in RAW:
        what = f"comes straight from `{maker}`"
    elif array is not None and array.ndim == 2 and pair.name == "nll_loss":
        sums = np.exp(array.astype("f8")).sum(axis=1)
        # A mask may take classes away, so sums below 1 are nothing to speak of, unless all are far from it.
        what = f"has rows whose exponentials sum to {number(float(sums.min()))}" if sums.min() > 1.05 else ""
    if not what or maker in ("log_softmax", "logsigmoid"):
        return None
    if maker == "softmax":
        what += " and is what softmax gave, probabilities instead of their logarithms"
    lowest = evidence.losses[np.isfinite(evidence.losses)]
    course = f"; the loss went down to {number(float(lowest.min()))}" if lowest.size and lowest.min() < 0 else ""
    line = (
        evidence.line_of(made[1]) if made is not None and maker in ("softmax", "sigmoid") else evidence.line_of(event)
    )
    criteria = makings(evidence, frozenset({"NLLLoss", "KLDivLoss"}))
    softmaxes = makings(evidence, frozenset({"Softmax"}))
    if maker == "softmax" and len(softmaxes) == 1:
        line = line_of_node(softmaxes[0].file, softmaxes[0].call)
    elif criteria and line is not None and line == evidence.line_of(event):
        line = criteria[0].line
    return evidence.finding(
        "loss-expects-probs",
        "error",
        line,
        f"`{pair.name}` expects logarithms of probabilities, and what it got {what}{course}",
        WHY,
        _fix(evidence, pair, maker)
        or "Use log_softmax (nn.LogSoftmax) for the last step, or give the scores to cross_entropy.",
        confidence=0.97,
        others=[(evidence.line_of(event), "computes the loss"), *((c.line, "chooses the loss") for c in criteria)],
        events=[(turn, event)],
    )


def _fix(evidence: Evidence, pair: Compared, maker: str) -> str:
    """Return the diff that takes the logarithm of a softmax, or gives raw scores to cross_entropy."""
    softmaxes = makings(evidence, frozenset({"Softmax"}))
    if maker == "softmax" and len(softmaxes) == 1:
        call = evidence.sources.text(softmaxes[0].file, softmaxes[0].call)
        return evidence.sources.replaced(
            softmaxes[0].file, softmaxes[0].call, call.replace("Softmax(", "LogSoftmax(", 1)
        )
    made = made_by(evidence, pair.turn, pair.prediction, pair.event.number)
    line = evidence.line_of(made[1]) if made is not None and maker == "softmax" else None
    node = evidence.sources.node(line)
    if line is not None and isinstance(node, ast.Call) and called(node) == "softmax":
        name = ast.unparse(node.func).replace("softmax", "log_softmax")
        return evidence.sources.replaced(line.file, node.func, name)
    criteria = makings(evidence, frozenset({"NLLLoss"}))
    if pair.name != "nll_loss" or maker in ("softmax", "sigmoid"):
        return ""
    if len(criteria) == 1:
        call = evidence.sources.text(criteria[0].file, criteria[0].call)
        return evidence.sources.replaced(
            criteria[0].file, criteria[0].call, call.replace("NLLLoss(", "CrossEntropyLoss(", 1)
        )
    line = evidence.line_of(pair.event)
    node = evidence.sources.node(line)
    if line is None or not isinstance(node, ast.Call):
        return ""
    name = ast.unparse(node.func).replace("nll_loss", "cross_entropy")
    return evidence.sources.replaced(line.file, node.func, name)


def _logarithm_of_anything(evidence: Evidence) -> Iterator[Finding]:
    """Look for the logarithm of raw scores in a loss that was written by hand, also of scores cut off at zero."""
    for turn in evidence.samples[:2]:
        for call in turn.shape.calls:
            root = turn.shape.root(call)
            for event in turn.shape.behind(root) if root is not None else ():
                if short(event) != "log" or not event.inputs or event.inputs[0].buffer not in turn.shape.dependent:
                    continue
                given = _raw(evidence, turn, event) if masked_later(turn, event) is None else None
                extremes = evidence.extremes(turn, event.inputs[0])
                if given is None or extremes is None:
                    continue
                as_probabilities = extremes[0] >= 0
                if as_probabilities and not _has_complement(evidence, turn, root, given):
                    continue
                what = evidence.extremes(turn, given.outputs[0]) or extremes
                yield evidence.finding(
                    "loss-expects-probs",
                    "error",
                    evidence.line_of(event),
                    f"the logarithm of raw scores was taken, straight from `{short(given)}`, from {number(what[0])} to "
                    f"{number(what[1])} in step {turn.number}"
                    + (", and that of 1 minus them, too, as if they were probabilities" if as_probabilities else ""),
                    "Scores are no probabilities: what lies below 0 or above 1 has no such logarithm, and a clamp only "
                    "hides that.",
                    "Use binary_cross_entropy_with_logits of the scores."
                    if as_probabilities
                    else "Use log_softmax or logsigmoid of the scores.",
                    confidence=0.9,
                    events=[(turn, event)],
                )
                return


def _has_complement(evidence: Evidence, turn: Turn, root: Event | None, scores: Event) -> bool:
    """Return whether a loss also takes the logarithm of 1 minus these scores, and some of them are no probability."""
    extremes = evidence.extremes(turn, scores.outputs[0])
    if root is None or extremes is None or (extremes[0] >= 0 and extremes[1] <= 1):
        return False
    behind = turn.shape.behind(root)
    ones = [e for e in behind if short(e) in ("rsub", "__rsub__") and scores in turn.shape.behind(e)]
    logs = [e for e in behind if short(e) == "log" and e.inputs]
    return any(short(e) in ("rsub", "__rsub__") for log in logs for e in turn.shape.behind(log)[-4:] if e in ones)


def _raw(evidence: Evidence, turn: Turn, event: Event) -> Event | None:
    made = made_by(evidence, turn, event.inputs[0], event.number)
    return made[1] if made is not None and short(made[1]) in SCORES | {"tanh"} else None
