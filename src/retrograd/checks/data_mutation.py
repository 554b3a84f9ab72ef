"""data-mutation: a saved value is changed through .data, so autograd uses it without noticing."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.evidence import Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.recording import Event

NEEDS_INPUT = frozenset(
    [
        "linear",
        "matmul",
        "mm",
        "bmm",
        "addmm",
        "__matmul__",
        "mul",
        "__mul__",
        "div",
        "truediv",
        "__truediv__",
        "pow",
        "__pow__",
        "square",
        "conv1d",
        "conv2d",
        "log",
        "sin",
        "cos",
        "einsum",
        "norm",
        "dot",
        "outer",
        "prod",
        "mv",
        "baddbmm",
        "conv_transpose2d",
        "__rmul__",
        "bilinear",
        "mse_loss",
    ]
)
NEEDS_RESULT = frozenset(
    [
        "exp",
        "sigmoid",
        "tanh",
        "softmax",
        "log_softmax",
        "relu",
        "sqrt",
        "rsqrt",
        "reciprocal",
        "selu",
        "elu",
        "leaky_relu",
    ]
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for writes to a value between the forward call that saved it and the backward that used it."""
    seen: set[int | None] = set()
    for turn in evidence.samples:
        for saver, write in _mutations(turn):
            if write.line in seen:
                continue
            seen.add(write.line)
            name = evidence.name(turn, write.inputs[0], write)
            line, saved = evidence.line_of(write), evidence.line_of(saver)
            yield evidence.finding(
                "data-mutation",
                "error",
                line,
                f"in step {turn.number} `{short(write)}` changed {name} after `{short(saver)}` on line "
                f"{saved.number if saved else '?'} had saved it and before backward used it",
                "Through .data no write is counted, so autograd cannot refuse: it differentiates with numbers that the "
                "forward pass never saw, and the gradient is wrong.",
                "Change the value after the update, under torch.no_grad() and without .data: then autograd notices.",
                confidence=0.95,
                others=[(saved, "had saved the value")],
                events=[(turn, saver), (turn, write)],
            )


def _mutations(turn: Turn) -> Iterator[tuple[Event, Event]]:
    shape = turn.shape
    if not shape.calls:
        return
    used: dict[int, Event] = {}
    """The last call in the graph that saved each storage."""
    for event in shape.events[: shape.calls[-1].number]:
        if event.kind in ("call", "backward", "accumulate", "read"):
            if event.kind == "call":
                used.clear()
            continue
        for storage in shape.written(event):
            if storage in used and event.number not in shape.in_graph:
                yield used[storage], event
        if event.number not in shape.in_graph:
            continue
        name = short(event)
        if name in NEEDS_RESULT:
            used.update((shape.storage(r), event) for r in event.outputs)
        elif name in NEEDS_INPUT:
            for place, reference in enumerate(event.inputs):
                others = [r for other, r in enumerate(event.inputs) if other != place and other < 2] or [reference]
                if any(r.buffer in shape.dependent for r in others):
                    used[shape.storage(reference)] = event
