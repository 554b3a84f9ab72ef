"""update-wrong-sign: the parameters move along the gradient of what should become small."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import numpy as np

from retrograd.checks.acts import Act
from retrograd.checks.calls import short
from retrograd.checks.code import listed, number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.polarity import ERRORS, SIZES, Term, terms
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference, constants_at

WHY = "The gradient points to where the loss grows; a step along it makes the loss larger, a step against it smaller."
REWARDS = (
    *("reward", "return", "advantage", "payoff", "gain", "score", "profit", "utility", "fitness", "bonus", "benefit"),
    *("belohnung", "gewinn", "recompens", "récompens", "recompense", "gananc", "premio", "награда"),
)
SHORT = frozenset({"R", "G", "A", "Rs", "Gs", "r", "rs", "rew", "rews", "ret", "rets", "adv", "advs"})
"""What books call a reward, a return, an advantage."""
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
    wanted = _is_error(turn, root) or any(word in f"{name} {_made_by_call(evidence, name)}".lower() for word in WORDS)
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


def _made_by_call(evidence: Evidence, name: str) -> str:
    """Return what the person calls the function that gives what is differentiated: `loss_fn` for `L = loss_fn(w)`."""
    for _, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                if name in {ast.unparse(target) for target in node.targets}:
                    return called(node.value)
    return ""


def _maximised(evidence: Evidence) -> Iterator[Finding]:
    """Look for log-likelihoods, or negatives of errors, that are being made small: all that the loss compares."""
    turn = evidence.samples[0] if len(evidence.samples) > 1 else None
    root = turn.shape.root(turn.shape.calls[0]) if turn is not None and len(turn.shape.calls) == 1 else None
    if turn is None or root is None or not evidence.reached & evidence.updated:
        return
    if any(product > 0 for _, _, product in _products(evidence, turn)):
        return  # the update goes along the gradient, so two minuses make a plus
    found = terms(evidence, turn, root)
    losses = evidence.losses[np.isfinite(evidence.losses)]
    few = max(1, len(losses) // 10)
    if not found or any(term.sign > 0 for term in found) or len(losses) < 2:
        return
    if not losses[-few:].mean() < losses[:few].mean() or losses[-few:].mean() > 0 or _is_attack(evidence, turn, found):
        return
    event = found[0].event
    what = f"the negative of `{short(event)}`" if short(event) in ERRORS | SIZES else "a log-likelihood"
    yield evidence.finding(
        "update-wrong-sign",
        "error",
        evidence.line_of(root),
        f"what is made small is {what}: it went from {number(losses[0])} to {number(losses[-1])}",
        "A log-likelihood is to become large, an error small. Minimising the one or maximising the other unlearns.",
        "Turn the sign of the loss.",
        confidence=0.85,
        others=[(evidence.line_of(event), "computes it")],
        events=[(turn, root)],
    )


def _is_attack(evidence: Evidence, turn: Turn, found: list[Term]) -> bool:
    """Return whether a model is not to learn what the loss compares: its layers are frozen, or nothing updates them."""
    if evidence.reached - evidence.updated:
        return True
    layers = [e for term in found for e in turn.shape.behind(term.event) if short(e) in ("linear", "conv2d", "conv1d")]
    return any(
        len(e.inputs) > 1
        and e.inputs[0].buffer in turn.shape.dependent
        and e.inputs[1].buffer not in turn.shape.dependent
        for e in layers
    )


def _unrewarded(evidence: Evidence) -> Iterator[Finding]:
    """Look for log-probabilities of drawn actions that are made small in proportion to a reward, which falls.

    The sign is right for a cost, so the person's own name says which it is.
    """
    turn = evidence.samples[0] if len(evidence.samples) > 1 else None
    root = turn.shape.root(turn.shape.calls[0]) if turn is not None and len(turn.shape.calls) == 1 else None
    weighted = _weighted(evidence, turn, root) if turn is not None and root is not None else None
    expected = turn is not None and weighted is not None and _is_probability(evidence, turn, weighted)
    if turn is None or root is None or weighted is None or not evidence.reached & evidence.updated:
        return
    if any(product > 0 for _, _, product in _products(evidence, turn)):
        return  # the update goes along the gradient, so what is made large is right
    name = _reward(turn, weighted)
    if expected and name not in [turn.shape.slot(r).name for r in weighted.inputs]:
        return  # `probabilities * -rewards` is right
    means = _means(evidence, None if expected else name) if name else []
    fifth = len(means) // 5
    if fifth < 2:
        return
    early, late = np.array(means[:fifth]), np.array(means[-fifth:])
    noise = float(np.sqrt(early.var(ddof=1) / fifth + late.var(ddof=1) / fifth))
    if not late.mean() < early.mean() - 2 * noise:  # two standard errors
        return
    what = f"the log-probability of what was drawn, times {name}: the mean of {name}"
    if expected:
        what = f"what softmax gave, times {name}: the mean of that"
    yield evidence.finding(
        "update-wrong-sign",
        "warning",
        evidence.line_of(root if expected else weighted),
        f"what is made small is {what} went from {number(float(early.mean()))} to {number(float(late.mean()))}",
        "What brings a reward becomes less likely. What is to become large is minimised as its negative.",
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
        if short(event) in ("mul", "__mul__", "__rmul__"):
            known = _is_log_probability(evidence, turn, event) or _is_probability(evidence, turn, event)
            return event if known else None
        if short(event) not in ("mean", "sum", "squeeze", "stack", "cat", "add", "sub", "div"):
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


def _is_probability(evidence: Evidence, turn: Turn, product: Event) -> bool:
    """Return whether one factor alone depends on parameters, and is what a softmax gave."""
    depends = [r for r in product.inputs if r.buffer in turn.shape.dependent]
    made = evidence.producer(turn, depends[0], product.number) if len(depends) == 1 else None
    return made is not None and short(made[1]) == "softmax"


def _reward(turn: Turn, product: Event) -> str | None:
    """Return the person's name of a reward that a log-probability is multiplied with: a tensor's or a number's."""
    named = _named(turn, product, _is_reward)
    if named is not None:
        return turn.shape.slot(named).name
    return next((name for name in _numbers(turn, product) if _is_reward(name)), None)


def _is_reward(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last in SHORT or any(word in last.lower() for word in REWARDS)


def _numbers(turn: Turn, event: Event) -> dict[str, int]:
    """Return the numbers of the person's in a call, by their names."""
    known = turn.program.constants
    return {name: place for place in constants_at(turn.program, event) if (name := known[place].name) is not None}


def _named(turn: Turn, product: Event, wanted: Callable[[str], bool]) -> Reference | None:
    """Return what has a name that is wanted, of the factor without parameters and what it was made of."""
    waiting = [r for r in product.inputs if r.buffer not in turn.shape.dependent]
    for _ in range(12):
        if not waiting:
            return None
        reference = waiting.pop(0)
        if wanted(turn.shape.slot(reference).name or ""):
            return reference
        maker = turn.shape.makers.get(reference.buffer)
        waiting += [] if maker is None else turn.shape.events[maker].inputs
    return None


def _means(evidence: Evidence, reward: str | None) -> list[float]:
    """Return the mean of a reward in each step, by its name: a step that prints runs another program.

    Without a name, the mean of its product with what depends on parameters.
    """
    places: dict[int, tuple[Reference | None, int | None]] = {}
    found: list[float] = []
    for turn in evidence.steps:
        program = turn.program.number
        if program not in places:
            root = turn.shape.root(turn.shape.calls[0])
            product = None if root is None else _weighted(evidence, turn, root)
            if product is None or reward is None:
                places[program] = None if product is None else product.outputs[0], None
            else:
                tensor = _named(turn, product, lambda name: name == reward)
                places[program] = tensor, _numbers(turn, product).get(reward)
        tensor, number_of = places[program]
        array = evidence.numbers(turn, tensor)
        if array is not None and array.size:
            found.append(float(np.mean(array)))
        elif number_of is not None:
            found.append(float(evidence.argument(turn, {"constant": number_of})))
    return found


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
