"""update-wrong-sign: the parameters move along the gradient of what should become small."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.acts import Act
from retrograd.checks.calls import short
from retrograd.checks.code import listed, number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

WHY = "The gradient points to where the loss grows; a step along it makes the loss larger, a step against it smaller."
ERRORS = frozenset(
    [
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "cross_entropy",
        "nll_loss",
        "binary_cross_entropy",
        "kl_div",
        "ctc_loss",
        "binary_cross_entropy_with_logits",
        "poisson_nll_loss",
        "gaussian_nll_loss",
        "hinge_embedding_loss",
        "soft_margin_loss",
        "cross_entropy_loss",
        "multi_margin_loss",
    ]
)
REWARDS = ("reward", "return", "advantage", "payoff")
WORDS = ("loss", "error", "cost", "nll", "mse", "err", "residual")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for updates whose change has a positive product with the gradient, in all steps that can be compared."""
    signs: dict[int, list[float]] = {}
    first: tuple[Turn, Event, float] | None = None
    for turn in evidence.samples:
        for thing, event, product in _products(evidence, turn):
            signs.setdefault(thing, []).append(product)
            if product > 0 and first is None:
                first = turn, event, product
    moved = {thing for thing, products in signs.items() if any(products)}
    up = {thing for thing in moved if len(signs[thing]) >= 2 and min(signs[thing]) > 0}
    if first is None or not up or up != moved or evidence.reached - evidence.updated:
        yield from _maximised(evidence)
        yield from _unrewarded(evidence)
        return
    turn, event, product = first
    call = turn.shape.calls[0]
    root = turn.shape.root(call)
    name = evidence.name(turn, call.inputs[0]) if call.inputs else "the loss"
    wanted = _is_error(turn, root) or any(word in name.lower() for word in WORDS)
    losses = evidence.losses[np.isfinite(evidence.losses)]
    rises = len(losses) > 1 and losses[-1] > losses[0]
    if not wanted and not rises:
        return
    line = evidence.line_of(event)
    names = [evidence.name_of_thing(thing) for thing in up]
    course = f"; {name} went from {number(losses[0])} to {number(losses[-1])}" if len(losses) > 1 else ""
    yield evidence.finding(
        "update-wrong-sign",
        "error" if wanted and rises else "info",
        line,
        f"the update of {listed(names)} goes along the gradient: its change times the gradient is "
        f"{number(product)} > 0 in step {turn.number}{course}",
        WHY,
        _fix(evidence, turn),
        confidence=0.95,
        others=[(evidence.line_of(call), "computes the gradient")],
        events=[(turn, event)],
    )


def _products(evidence: Evidence, turn: Turn) -> Iterator[tuple[int, Event, float]]:
    """Go through a turn's updates with the change of the leaf times its gradient."""
    gradients: dict[int, Reference] = {}
    for act in turn.shape.acts:
        event = turn.shape.events[act.event]
        if act.deed == "accumulate" and event.outputs:  # a sparse gradient is not recorded
            gradients[act.leaf] = _arrived(turn, act, event)
        if act.deed != "update" or not act.own or act.leaf not in gradients:
            continue
        before = next((r for r in event.inputs if turn.shape.storage(r) == act.leaf), None)
        after = next((r for r in event.outputs if turn.shape.storage(r) == act.leaf), None)
        arrays = [evidence.array(turn, r) for r in (before, after, gradients[act.leaf])]
        if any(a is None or a.dtype.kind != "f" for a in arrays) or len({a.size for a in arrays if a is not None}) != 1:
            continue
        old, new, gradient = (a.astype("f8").reshape(-1) for a in arrays if a is not None)
        with np.errstate(invalid="ignore", over="ignore"):  # a loop that has diverged is no reason to warn
            product = float(np.dot(new - old, gradient))
        if np.isfinite(product):
            yield turn.things[act.leaf], event, product


def _arrived(turn: Turn, act: Act, event: Event) -> Reference:
    if event.kind == "accumulate":
        return event.outputs[0]
    return next(
        r
        for r in event.outputs
        if (owner := turn.shape.slot(r).gradient_of) is not None and turn.program.slots[owner].storage == act.leaf
    )


def _is_error(turn: Turn, root: Event | None) -> bool:
    """Return whether the loss is a mean or a sum of something that is to become small."""
    for _ in range(8):
        if root is None:
            return False
        name = short(root)
        if name in ERRORS or name in ("square", "pow", "abs"):
            return True
        if name not in ("mean", "sum", "mul", "div", "add", "squeeze") or not root.inputs:
            return False
        maker = turn.shape.makers.get(root.inputs[0].buffer)
        root = None if maker is None else turn.shape.events[maker]
    return False


def _maximised(evidence: Evidence) -> Iterator[Finding]:
    """Look for a log-likelihood, or the negative of an error, that is being made small."""
    for turn in evidence.samples[:1]:
        calls = turn.shape.calls
        root = turn.shape.root(calls[0]) if len(calls) == 1 else None
        if root is None or len(evidence.samples) < 2:
            return
        sign, event = _signed(turn, root)
        if event is None or sign > 0 or not evidence.reached & evidence.updated:
            return
        if any(min(p, default=0) > 0 for p in [[q for _, _, q in _products(evidence, turn)]]):
            return  # the update goes along the gradient, so two minuses make a plus
        losses = evidence.losses[np.isfinite(evidence.losses)]
        if len(losses) < 2 or not losses[-1] < losses[0] or losses[-1] > 0:
            return
        line = evidence.line_of(root)
        what = "a log-likelihood" if short(event) in _LOGS else f"the negative of `{short(event)}`"
        yield evidence.finding(
            "update-wrong-sign",
            "error",
            line,
            f"what is made small is {what}: it went from {number(losses[0])} to {number(losses[-1])}",
            "A log-likelihood is to become large, an error small. Minimising the one or maximising the other unlearns.",
            "Turn the sign of the loss.",
            confidence=0.85,
            others=[(evidence.line_of(event), "computes it")],
            events=[(turn, root)],
        )


_LOGS = frozenset({"log_softmax", "logsigmoid"})


def _unrewarded(evidence: Evidence) -> Iterator[Finding]:
    """Look for log-probabilities of drawn actions that are made small in proportion to a reward, which falls.

    The sign is right for a cost, so the person's own name says which it is.
    """
    turn = evidence.samples[0] if len(evidence.samples) > 1 else None
    root = turn.shape.root(turn.shape.calls[0]) if turn is not None and len(turn.shape.calls) == 1 else None
    weighted = _weighted(evidence, turn, root) if turn is not None and root is not None else None
    if turn is None or root is None or weighted is None or not evidence.reached & evidence.updated:
        return
    if any(product > 0 for _, _, product in _products(evidence, turn)):
        return  # the update goes along the gradient, so what is made large is right
    reward = _named(turn, weighted, REWARDS)
    name = turn.shape.slot(reward).name if reward is not None else None
    means = _means(evidence, name) if name else []
    fifth = len(means) // 5
    if fifth < 2:
        return
    early, late = np.array(means[:fifth]), np.array(means[-fifth:])
    noise = float(np.sqrt(early.var(ddof=1) / fifth + late.var(ddof=1) / fifth))
    if not late.mean() < early.mean() - 2 * noise:  # two standard errors
        return
    yield evidence.finding(
        "update-wrong-sign",
        "warning",
        evidence.line_of(weighted),
        f"what is made small is the log-probability of what was drawn, times {name}: the mean of {name} went from "
        f"{number(float(early.mean()))} to {number(float(late.mean()))}",
        "What brought a reward becomes less likely. REINFORCE minimises the negative of log-probability times reward.",
        "Turn the sign of the loss.",
        confidence=0.85,
        others=[(evidence.line_of(turn.shape.calls[0]), "computes the gradient")],
        events=[(turn, weighted)],
    )


def _weighted(evidence: Evidence, turn: Turn, root: Event) -> Event | None:
    """Return the product of a log-probability and of what depends on no parameter, if the loss is its mean or sum."""
    event: Event | None = root
    for _ in range(4):
        if event is None or not event.inputs:
            return None
        if short(event) in ("mul", "__mul__", "__rmul__") and len(event.inputs) == 2:
            return event if _is_log_probability(evidence, turn, event) else None
        if short(event) not in ("mean", "sum", "squeeze"):
            return None
        maker = turn.shape.makers.get(event.inputs[0].buffer)
        event = None if maker is None else turn.shape.events[maker]
    return None


def _is_log_probability(evidence: Evidence, turn: Turn, product: Event) -> bool:
    """Return whether one factor alone depends on parameters, as the result of a distribution's `log_prob`."""
    depends = [r for r in product.inputs if r.buffer in turn.shape.dependent]
    if len(depends) != 1:
        return False
    for _, event in evidence.upstream(turn, depends[0]):
        statement = evidence.sources.statement(evidence.line_of(event))
        calls = [called(node) for node in ast.walk(statement)] if statement is not None else []
        if "log_prob" in calls and short(event) in ("gather", "sub", "add", "neg", "mul"):
            return True
    return False


def _named(turn: Turn, product: Event, words: tuple[str, ...]) -> Reference | None:
    """Return what has one of these words in its name, of the factor without parameters and what it was made of."""
    waiting = [r for r in product.inputs if r.buffer not in turn.shape.dependent]
    for _ in range(12):
        if not waiting:
            return None
        reference = waiting.pop(0)
        if any(word in (turn.shape.slot(reference).name or "").lower() for word in words):
            return reference
        maker = turn.shape.makers.get(reference.buffer)
        waiting += [] if maker is None else turn.shape.events[maker].inputs
    return None


def _means(evidence: Evidence, reward: str) -> list[float]:
    """Return the mean of a reward in each step, by its name: a step that prints runs another program."""
    places: dict[int, Reference | None] = {}
    found: list[float] = []
    for turn in evidence.steps:
        program = turn.program.number
        if program not in places:
            root = turn.shape.root(turn.shape.calls[0])
            product = None if root is None else _weighted(evidence, turn, root)
            places[program] = None if product is None else _named(turn, product, (reward.lower(),))
        array = evidence.numbers(turn, places[program])
        if array is not None and array.size:
            found.append(float(np.mean(array)))
    return found


def _signed(turn: Turn, root: Event) -> tuple[int, Event | None]:
    """Return the sign with which an error (+1) or a log-likelihood (-1) goes into the loss, and the event of it."""
    sign = 1
    event: Event | None = root
    for _ in range(12):
        if event is None or not event.inputs:
            return 1, None
        name = short(event)
        if name in ERRORS:
            return sign, event
        if name in _LOGS:
            return -sign, event
        if name == "neg":
            sign = -sign
        elif name == "mul" and len(event.inputs) == 1:
            numbers = [turn.program.constants[a["constant"]].value for o in turn.shape.operations(event)
                       for a in o.arguments if isinstance(a, dict) and "constant" in a]  # fmt: skip
            if numbers and isinstance(numbers[0], (int, float)) and numbers[0] < 0:
                sign = -sign
        elif name not in ("mean", "sum", "__getitem__", "gather", "squeeze", "view", "reshape", "diagonal", "div"):
            return 1, None
        given = event.inputs[0]
        if name in ("mul", "div") and len(event.inputs) > 1:
            return 1, None
        maker = turn.shape.makers.get(given.buffer)
        event = None if maker is None else turn.shape.events[maker]
    return 1, None


def _fix(evidence: Evidence, turn: Turn) -> str:
    """Return the diff that turns the sign of all updates along the gradient in a turn."""
    changes: dict[int, list[str]] = {}
    file = ""
    for _, event, product in _products(evidence, turn):
        line = evidence.line_of(event)
        statement = evidence.sources.statement(line)
        if line is None or product <= 0 or (file and line.file != file):
            continue
        file, text = line.file, evidence.sources.line_text(line.file, line.number)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
            changes[line.number] = [text.replace("+=", "-=", 1)]
        elif "alpha=" in text:
            changes[line.number] = [text.replace("alpha=", "alpha=-", 1).replace("alpha=--", "alpha=")]
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
            changes[line.number] = [text.replace(" + ", " - ", 1)]
    if changes:
        return evidence.sources.diff(file, changes)
    if any("maximize=True" in text for text in evidence.recording.texts.values()):
        return "Leave out maximize=True."
    return "Subtract the gradient."
