"""How gradients and activations change from layer to layer. No check of its own: two checks ask this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.evidence import Evidence
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

ACTIVATIONS = frozenset(
    [
        "tanh",
        "sigmoid",
        "relu",
        "gelu",
        "elu",
        "silu",
        "leaky_relu",
        "softplus",
        "linear",
        "addmm",
        "matmul",
        "mm",
        "__matmul__",
        "conv2d",
        "conv1d",
        "selu",
    ]
)

CELLS = {"rnn_tanh_cell": 1, "rnn_relu_cell": 1, "gru_cell": 1}
"""One step of a recurrent network, and which of its inputs is the state."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The layers that a loss went through, from the input to the loss."""

    turn: Turn
    events: tuple[Event, ...]
    gradients: tuple[float, ...]
    """Root mean square of the gradient that arrived at each."""
    values: tuple[float, ...]
    """Root mean square of what each computed."""
    given: float | None
    """Root mean square of what went into the first layer of parameters."""


def chain(evidence: Evidence, turn: Turn) -> Chain | None:
    """Return the layers of a turn's only loss in the order of the forward pass."""
    shape = turn.shape
    if len(shape.calls) != 1:
        return None
    found: list[tuple[Event, float, float]] = []
    begins = None
    for number in sorted(shape.in_graph):
        event = shape.events[number]
        given = event.inputs[CELLS.get(short(event), 0)] if len(event.inputs) > CELLS.get(short(event), 0) else None
        if (short(event) not in ACTIVATIONS and short(event) not in CELLS) or given is None:
            continue
        if given.buffer not in shape.dependent:
            if begins is None and any(r.buffer in shape.dependent for r in event.inputs):
                begins = _rms(evidence, turn, given)
            continue  # before the first parameters there is no depth
        nodes = shape.in_graph[number]
        given = nodes[0].node.gradients_in[0] if nodes[0].node and nodes[0].node.gradients_in else None
        gradient, value = _rms(evidence, turn, given), _rms(evidence, turn, event.outputs[0] if event.outputs else None)
        if gradient is not None and value is not None:
            found.append((event, gradient, value))
    if len(found) < 4:
        return None
    events, gradients, values = zip(*found, strict=True)
    return Chain(turn, events, gradients, values, begins)


def _rms(evidence: Evidence, turn: Turn, reference: Reference | None) -> float | None:
    if reference is None:
        return None
    size = evidence.norm(turn, reference)
    count = int(np.prod(turn.shape.slot(reference).shape)) or 1
    return None if size is None or not np.isfinite(size) else size / float(np.sqrt(count))
