"""dead-relu: a layer's ReLU is zero for every sample, so nothing before it gets a gradient."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.cures import renamed
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.turns import Turn
from retrograd.recording import Event, loss_of

RELUS = frozenset(["relu", "relu_", "clamp_min", "threshold", "relu6", "clamp", "clamp_", "maximum"])
LEAKY = {"relu": "leaky_relu", "ReLU": "LeakyReLU"}
"""What has a slope on both sides."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a ReLU whose whole result is zero from some step on to the end."""
    if len(evidence.samples) < 2:
        return
    dead: dict[int | None, list[tuple[Turn, Event]]] = {}
    alive: set[tuple[int | None, int]] = set()
    for turn in evidence.samples:
        for call in turn.shape.calls[:1]:
            root = turn.shape.root(call)
            relus = [e for e in turn.shape.behind(root) if short(e) in RELUS] if root is not None else []
            for place, event in enumerate(relus):
                if not event.outputs or event.inputs[0].buffer not in turn.shape.dependent:
                    continue
                if not turn.shape.slot(event.outputs[0]).shape or loss_of(turn.step) == 0:
                    continue  # a hinge: where it is zero, nothing is left to learn
                extremes = evidence.extremes(turn, event.outputs[0])
                if extremes is not None and extremes[1] <= 0 and evidence.norm(turn, event.outputs[0]) == 0:
                    dead.setdefault(place, []).append((turn, event))
                else:
                    alive.add((place, turn.number))
    last = evidence.samples[-1].number
    for place, found in dead.items():
        first_turn, event = found[0]
        after = [n for p, n in alive if p == place and n >= first_turn.number]
        if after or found[-1][0].number != last or len(found) < 2:
            continue
        given = evidence.extremes(first_turn, event.inputs[0])
        size = first_turn.shape.slot(event.outputs[0]).shape
        losses = evidence.losses
        yield evidence.finding(
            "dead-relu",
            "error" if first_turn is evidence.samples[0] else "warning",
            evidence.line_of(event),
            f"all {size} results of `{short(event)}` are 0 from step {first_turn.number} on (what goes in is at most "
            f"{number(given[1] if given else None)}); the loss went from {number(float(losses[0]))} to "
            f"{number(float(losses[-1]))}",
            "Where ReLU is zero its slope is zero, too: nothing before it gets a gradient, so it can never recover.",
            renamed(evidence, evidence.line_of(event), LEAKY)
            or "Begin with biases near zero and a smaller learning rate, or use leaky_relu.",
            confidence=0.9,
            events=[(first_turn, event)],
        )
        return
