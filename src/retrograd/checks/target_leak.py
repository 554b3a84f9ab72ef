"""target-leak: the target is among the inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import FLOATS, VIEWS, short
from retrograd.checks.code import number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import Compared, compared
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

FEWEST = 12
"""Samples. With fewer a column may equal a binary target by accident: 2⁻¹² for one column."""

CUTS = frozenset({"__getitem__", "narrow", "select", "index_select", "split", "chunk", "unbind"})
"""Calls that take a part."""
DRAWS = frozenset({"randn", "rand", "randn_like", "rand_like", "normal", "normal_", "uniform_"})
"""Calls that draw numbers."""
PLACE_BY_PLACE = frozenset(
    {
        *("embedding", "linear", "relu", "tanh", "sigmoid", "gelu", "silu", "dropout", "layer_norm", "softmax"),
        *("log_softmax", "cross_entropy", "nll_loss", "add", "mul"),
    }
)
"""Calls that treat each place of a sequence on its own."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a column of the model's input that equals the target in every sample."""
    yield from _same_places(evidence)
    for pair in compared(evidence, evidence.samples[:1]):
        turn = pair.turn
        target = evidence.array(turn, pair.target)
        if target is None or target.ndim not in (1, 2) or (target.ndim == 2 and target.shape[1] != 1):
            continue
        wanted = target.reshape(-1).astype("f8")
        if wanted.size < FEWEST or np.all(wanted == wanted[0]):
            continue
        for event in turn.shape.behind(pair.event):
            if short(event) not in ("linear", "matmul", "mm", "__matmul__", "addmm") or not event.inputs:
                continue
            given = event.inputs[0]
            if given.buffer in turn.shape.dependent or turn.shape.slot(given).dtype not in FLOATS:
                continue
            array = evidence.array(turn, given)
            if array is None or array.ndim != 2 or array.shape[0] != wanted.size or array.shape[1] < 2:
                continue
            same = [column for column in range(array.shape[1]) if np.array_equal(array[:, column], wanted)]
            if not same and _is_recurrent(turn, event):
                continue  # to keep what one place of a sequence said is the task
            if not same and _shows_classes(evidence, pair, given, wanted):
                same = [c for c in range(array.shape[1]) if _is_class(array[:, c], wanted)]
            if same and _is_drawn(evidence, pair, given):
                continue  # an exercise: the target is a column of random inputs
            table = None if same else _shared_table(evidence, pair, given)
            if table is not None:
                same = [column for column in range(array.shape[1]) if _is_scaled(array[:, column], wanted)]
            if same and not _is_drawn(evidence, pair, given):
                yield _finding(evidence, turn, event, same[0], wanted.size, scaled=table is not None)
                return


def _is_recurrent(turn: Turn, event: Event) -> bool:
    """Return whether the weights of a layer are used for several places of a sequence, one after another."""
    leaves = [r.buffer for r in event.inputs[1:] if turn.shape.slot(r).parameter]
    alike = [user for leaf in leaves for user in turn.shape.users.get(leaf, ()) if user.name == event.name]
    return len({user.number for user in alike}) > 1


def _shows_classes(evidence: Evidence, pair: Compared, given: Reference, wanted: np.ndarray) -> bool:
    """Return whether the targets are a few classes, and the input was computed from them."""
    whole = bool(np.all(wanted % 1 == 0)) and 2 <= len(np.unique(wanted)) <= wanted.size // 2
    return whole and pair.turn.thing(pair.target) in _storages(evidence, pair.turn, given)


def _is_class(column: np.ndarray, wanted: np.ndarray) -> bool:
    """Return whether a column is 1 for the samples of one class, and 0 for all others."""
    return any(np.array_equal(column, wanted == one) for one in np.unique(wanted))


def _storages(evidence: Evidence, turn: Turn, reference: Reference) -> set[int]:
    """Return the things that a reference's numbers come from, itself among them."""
    behind = (other.thing(r) for other, event in evidence.upstream(turn, reference) for r in event.inputs)
    return {turn.thing(reference), *behind}


def _is_drawn(evidence: Evidence, pair: Compared, given: Reference) -> bool:
    """Return whether the target was cut out of what was drawn at random, with the very numbers that are the input."""
    sources = [evidence.producer(pair.turn, reference) for reference in (pair.target, given)]
    for _ in range(4):
        sources = [_cut_from(evidence, source) for source in sources]
    names = [short(source[1]) if source is not None else "" for source in sources]
    both = sources[0] is not None and sources[1] is not None and sources[0][1] is sources[1][1]
    return both and names[0] in DRAWS


def _cut_from(evidence: Evidence, source: tuple[Turn, Event] | None) -> tuple[Turn, Event] | None:
    """Return what made the tensor that a slice was taken of, or its negative; what is neither stays."""
    if source is None or short(source[1]) not in CUTS | {"neg", "__neg__"} or not source[1].inputs:
        return source
    turn, event = source
    return evidence.producer(turn, event.inputs[0], event.number)


def _shared_table(evidence: Evidence, pair: Compared, given: Reference) -> int | None:
    """Return the tensor that the target is, or is a part of, if the input was computed from it."""
    own = pair.turn.thing(pair.target)
    if own in _storages(evidence, pair.turn, given) - {pair.turn.thing(given)}:
        return own
    cut = evidence.producer(pair.turn, pair.target)
    while cut is not None and short(cut[1]) in CUTS:
        thing = cut[0].thing(cut[1].inputs[0])
        if thing in _storages(evidence, pair.turn, given) and cut[0].thing(cut[1].inputs[0]) != pair.turn.thing(given):
            return thing
        cut = evidence.producer(cut[0], cut[1].inputs[0], cut[1].number)
    return None


def _is_scaled(column: np.ndarray, wanted: np.ndarray) -> bool:
    """Return whether a column is the target times a number, plus a number, but for the rounding of these two."""
    column = column.astype("f8")
    factor, offset = np.polyfit(wanted, column, 1)
    tolerance = 4 * float(np.finfo(np.float32).eps) * float(np.abs(column).max())  # two operations, each input rounded
    return bool(factor and np.all(np.abs(factor * wanted + offset - column) <= tolerance))


def _same_places(evidence: Evidence) -> Iterator[Finding]:
    """Look for a table of embeddings whose index is the target, place by place, where nothing mixes the places."""
    for pair in compared(evidence, evidence.samples[:1]):
        turn, target = pair.turn, evidence.array(pair.turn, pair.target)
        if target is None or target.dtype.kind != "i" or target.size < FEWEST or len(np.unique(target)) < 3:
            continue
        events = turn.shape.behind(pair.event)
        for event in (e for e in events if short(e) == "embedding" and e.inputs):
            index = evidence.array(turn, event.inputs[0])
            if index is None or index.size != target.size or not np.array_equal(index.reshape(-1), target.reshape(-1)):
                continue
            after = [short(e) for e in events if e.number > event.number]
            yield _copied(evidence, turn, event, mixes=not set(after) <= PLACE_BY_PLACE | VIEWS)
            return


def _copied(evidence: Evidence, turn: Turn, event: Event, *, mixes: bool) -> Finding:
    made = evidence.origin(turn, event.inputs[0], event.number)
    losses = evidence.losses
    return evidence.finding(
        "target-leak",
        "info" if mixes else "error",
        evidence.line_of(event),
        f"the targets are the very numbers of the input, place by place; the loss went from "
        f"{number(float(losses[0]))} to {number(float(losses[-1]))}",
        "The model only has to copy. "
        + ("That is meant in an autoencoder; one that is to predict the next token learns nothing of it." if mixes else
           "It sees one place at a time, so there is nothing else that it could learn."),
        "Shift the targets: what stands at place t + 1 is the target of place t.",
        confidence=0.5 if mixes else 0.93,
        others=[(evidence.line_of(made[1]) if made else None, "makes the input")],
        events=[(turn, event)],
    )  # fmt: skip


def _finding(evidence: Evidence, turn: Turn, event: Event, column: int, count: int, *, scaled: bool) -> Finding:
    joined = next(
        ((t, e) for t, e in evidence.upstream(turn, event.inputs[0]) if short(e) in ("cat", "hstack", "column_stack",
         "stack", "concat", "concatenate")),
        None,
    )  # fmt: skip
    line = evidence.line_of(joined[1]) if joined else evidence.line_of(event)
    losses = evidence.losses
    return evidence.finding(
        "target-leak",
        "error",
        line,
        f"column {column} of the input {'is the target on another scale' if scaled else 'equals the target'} in all "
        f"{count} samples; the loss went from "
        f"{number(float(losses[0]))} to {number(float(losses[-1]))}",
        "The model only has to copy. On new data, where the target is not known, it can do nothing.",
        "Take the target out of the inputs.",
        confidence=0.93,
        others=[(evidence.line_of(event), "uses it")],
        events=[(turn, event)],
    )
