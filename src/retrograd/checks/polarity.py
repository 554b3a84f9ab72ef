"""With which sign errors and likelihoods go into a loss. No check of its own: update-wrong-sign asks this.

A loss is followed back from where backward was called. Sums, means and views keep the sign, a minus turns it, a factor
that is positive everywhere keeps it. What cannot be told (a product with something of both signs, another network)
ends there and is no term.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retrograd.checks.calls import VIEWS, short
from retrograd.checks.evidence import Evidence
from retrograd.checks.losses import made_by
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference, constants_at

ERRORS = frozenset(
    {
        *("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "cross_entropy", "nll_loss", "binary_cross_entropy"),
        *("kl_div", "ctc_loss", "binary_cross_entropy_with_logits", "poisson_nll_loss", "gaussian_nll_loss"),
        *("hinge_embedding_loss", "soft_margin_loss", "cross_entropy_loss", "multi_margin_loss"),
    }
)
"""Losses of PyTorch's, each the smaller the better."""
LOGS = frozenset({"log_softmax", "logsigmoid"})
"""Logarithms of probabilities."""
PROBABILITIES = frozenset({"sigmoid", "softmax", "expit", "sigmoid_"})
QUOTIENTS = frozenset({"div", "truediv", "reciprocal", "__rdiv__", "__rtruediv__"})
"""Calls that end a sigmoid or softmax which is written by hand."""
SIZES = frozenset({"pow", "__pow__", "square", "abs", "__abs__", "norm", "vector_norm"})
"""How large a difference is."""
KEEPS = VIEWS | {
    *("mean", "sum", "nanmean", "nansum", "add", "__add__", "__radd__", "stack", "cat", "diagonal", "__getitem__"),
    *("select", "gather", "index_select", "take_along_dim", "sqrt", "exp", "log1p", "clamp", "where", "masked_fill"),
    *("nan_to_num", "masked_select", *SIZES),
}
"""Calls that grow with what goes in."""
SELECTS = frozenset({"__getitem__", "select", "gather", "index_select", "take_along_dim"})
MINUS = frozenset({"sub", "__sub__", "rsub", "__rsub__"})
TIMES = frozenset({"mul", "__mul__", "__rmul__", "div", "truediv", "__truediv__"})
_MOST = 400


@dataclass(frozen=True, slots=True)
class Term:
    """Something that is compared with data, in a loss."""

    sign: int
    """1 if the loss grows with the error, -1 if it grows with the likelihood."""
    event: Event


@dataclass(frozen=True, slots=True)
class _Place:
    reference: Reference
    sign: int
    scaled: bool = False
    """A factor that depends on parameters was gone through: what is under it need be no likelihood."""
    weighted: bool = False
    """A factor that is no fixed number was gone through: a reward, perhaps, of what is selected under it."""
    chosen: bool = False
    """Entries were selected by an index on the way."""


def terms(evidence: Evidence, turn: Turn, root: Event) -> list[Term]:
    """Return the errors and likelihoods in a loss, as far as their signs can be told."""
    shape = turn.shape
    waiting = [_Place(reference, 1) for reference in root.outputs[:1]]
    seen: set[_Place] = set()
    found: dict[tuple[int, int], Term] = {}
    while waiting and len(seen) < _MOST:
        place = waiting.pop()
        maker = shape.makers.get(place.reference.buffer)
        if place in seen or maker is None or place.reference.buffer not in shape.dependent:
            continue
        seen.add(place)
        event = shape.events[maker]
        sign = _terminal(evidence, turn, event, place)
        if sign:
            found.setdefault((sign, event.number), Term(sign, event))
        elif sign is None:
            waiting += _onward(evidence, turn, event, place)
    return list(found.values())


def _terminal(evidence: Evidence, turn: Turn, event: Event, place: _Place) -> int | None:
    """Return the sign of a term that ends here, 0 if something ends here that is no term, None if it goes on."""
    name = short(event)
    if name in ERRORS:
        return place.sign
    if name in LOGS or _is_log_softmax(turn, event) or (name == "log" and _of_probabilities(evidence, turn, event)):
        return 0 if place.scaled or (place.weighted and place.chosen) else -place.sign
    if name in SIZES and (difference := _difference(turn, event)) is not None:
        return 0 if _is_own(turn, difference) else place.sign
    if name in TIMES and len(event.inputs) == 2 and event.inputs[0].buffer == event.inputs[1].buffer:
        difference = _difference(turn, event)
        return 0 if difference is None or _is_own(turn, difference) else place.sign
    return None


def _onward(evidence: Evidence, turn: Turn, event: Event, place: _Place) -> Iterator[_Place]:
    """Go through what a call's result is made of, each with its sign."""
    name, inputs = short(event), event.inputs
    sign, scaled, weighted, chosen = place.sign, place.scaled, place.weighted, place.chosen
    if name in ("neg", "__neg__"):
        yield _Place(inputs[0], -sign, scaled, weighted, chosen)
    elif name in MINUS:
        turned = -1 if name in ("rsub", "__rsub__") else 1
        yield _Place(inputs[0], sign * turned, scaled, weighted, chosen)
        if len(inputs) > 1:
            yield _Place(inputs[1], -sign * turned, scaled, weighted, chosen)
    elif name in TIMES:
        yield from _factors(evidence, turn, event, place)
    elif name in KEEPS:
        if name in SELECTS and not _is_by_data(turn, event):
            return  # what the model itself drew, as an action
        chosen = chosen or (
            name in SELECTS and turn.shape.slot(inputs[0]).shape != turn.shape.slot(event.outputs[0]).shape
        )
        for reference in inputs[1:] if name == "where" else inputs:
            yield _Place(reference, sign, scaled, weighted, chosen)


def _factors(evidence: Evidence, turn: Turn, event: Event, place: _Place) -> Iterator[_Place]:
    """Go through the factors of a product or quotient, if all the others have one sign."""
    divides = short(event) in ("div", "truediv", "__truediv__")
    if len(event.inputs) == 1:
        numbers = [evidence.argument(turn, {"constant": c}) for c in constants_at(turn.program, event)]
        real = [number for number in numbers if isinstance(number, (int, float))]
        if len(real) == 1 and real[0]:
            weighted = place.weighted or not _is_fixed(evidence, turn, event)
            sign = place.sign if real[0] > 0 else -place.sign
            yield _Place(event.inputs[0], sign, place.scaled, weighted, place.chosen)
        return
    for one, other in ((0, 1),) if divides else ((0, 1), (1, 0)):
        extremes = evidence.extremes(turn, event.inputs[other])
        if extremes is None or extremes[0] < 0 < extremes[1] or extremes == (0, 0):
            continue
        depends = event.inputs[other].buffer in turn.shape.dependent
        sign = place.sign if extremes[0] >= 0 else -place.sign
        yield _Place(event.inputs[one], sign, place.scaled or depends, place.weighted or not depends, place.chosen)


def _is_fixed(evidence: Evidence, turn: Turn, event: Event) -> bool:
    """Return whether the numbers of a call are the same in all steps that were looked at."""
    alike = [other for other in evidence.samples if other.program is turn.program]
    places = constants_at(turn.program, event)
    known = [[evidence.argument(other, {"constant": c}) for c in places] for other in alike]
    return all(numbers == known[0] for numbers in known)


def _difference(turn: Turn, event: Event) -> Reference | None:
    """Return the data in a difference of a prediction and data, if that is what a call takes the size of."""
    maker = turn.shape.makers.get(event.inputs[0].buffer) if event.inputs else None
    made = turn.shape.events[maker] if maker is not None else None
    if made is None or short(made) not in MINUS or len(made.inputs) != 2:
        return None
    data = [r for r in made.inputs if r.buffer not in turn.shape.dependent]
    return data[0] if len(data) == 1 else None


def _is_own(turn: Turn, reference: Reference) -> bool:
    """Return whether what looks like data was made of parameters in the same step: drawn, or detached."""
    leaves, maker = set(turn.shape.parameters), turn.shape.makers.get(reference.buffer)
    if reference.buffer in turn.shape.dependent or maker is None:
        return False
    return any(turn.shape.storage(r) in leaves for e in turn.shape.behind(turn.shape.events[maker]) for r in e.inputs)


def _is_by_data(turn: Turn, event: Event) -> bool:
    return not any(_is_own(turn, reference) for reference in event.inputs[1:])


def _is_log_softmax(turn: Turn, event: Event) -> bool:
    """Return whether a difference is `z - z.logsumexp(1)`."""
    if short(event) not in ("sub", "__sub__") or len(event.inputs) != 2:
        return False
    maker = turn.shape.makers.get(event.inputs[1].buffer)
    made = turn.shape.events[maker] if maker is not None else None
    return made is not None and short(made) == "logsumexp" and made.inputs[0].buffer == event.inputs[0].buffer


def _of_probabilities(evidence: Evidence, turn: Turn, event: Event) -> bool:
    """Return whether a logarithm is that of what a sigmoid or softmax gave, or of 1 minus that."""
    made: Event | None = event
    for _ in range(4):
        if made is None or not made.inputs:
            return False
        found = made_by(evidence, turn, made.inputs[0], made.number)
        made = found[1] if found is not None and found[0] is turn else None
        if made is not None and short(made) in PROBABILITIES:
            return True
        if made is not None and short(made) in QUOTIENTS:
            extremes = evidence.extremes(turn, made.outputs[0])
            return extremes is not None and 0 <= extremes[0] <= extremes[1] <= 1
        if made is None or short(made) not in ("rsub", "__rsub__", "add", "clamp_min"):
            return False
    return False
