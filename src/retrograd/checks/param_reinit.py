"""param-reinit: parameters are made anew in every step."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from retrograd.checks.code import backward_line, lifted, listed, loop_of, number
from retrograd.checks.evidence import Evidence, Turn
from retrograd.checks.finding import Finding
from retrograd.recording import Event

WHY = "Whatever a step teaches its parameters is thrown away with them: the next step begins with fresh ones."
FEWEST = 3


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for parameters that are made, get a gradient, are updated, and are gone, in every step."""
    fresh: list[tuple[Turn, Event, int]] = []
    for turn in evidence.steps:
        made = _made_here(turn)
        if made is None:
            continue
        fresh.append((turn, *made))
    if len(fresh) < FEWEST or len(fresh) < 0.8 * len(evidence.steps):
        return
    for earlier, later in itertools.pairwise(fresh):
        if earlier[2] in later[0].things.values() and any(
            slot.parameter and later[0].things[slot.storage] == earlier[2] for slot in later[0].program.slots
        ):
            return  # it lives on
    turn, event, _ = fresh[1]
    found = backward_line(evidence, turn)
    loop = loop_of(evidence, found[2]) if found else None
    line = lifted(evidence, evidence.line_of(event), loop)
    names = [slot.name or "a parameter" for slot in turn.program.slots if slot.parameter]
    losses = evidence.losses
    yield evidence.finding(
        "param-reinit",
        "error",
        line,
        f"{listed(names)} were made anew in {len(fresh)} of {len(evidence.steps)} steps, updated once, and replaced; "
        f"the loss was {number(float(losses[0]))} in the first step and {number(float(losses[-1]))} in the last",
        WHY,
        "Make the parameters (the model, the optimiser) once, before the loop.",
        others=[(evidence.line_of(event), "makes them"), (found[2] if found else None, "computes their gradients")],
        events=[(turn, event)],
    )


_FACTORIES = frozenset(
    [
        "uniform_",
        "normal_",
        "randn",
        "rand",
        "zeros",
        "ones",
        "tensor",
        "empty",
        "full",
        "zeros_like",
        "ones_like",
        "randn_like",
        "rand_like",
        "xavier_uniform_",
        "kaiming_uniform_",
        "normal",
        "linspace",
        "trunc_normal_",
        "xavier_normal_",
        "kaiming_normal_",
        "orthogonal_",
        "constant_",
        "zeros_",
        "ones_",
        "fill_",
        "zero_",
        "eye",
        "arange",
        "mul_",
        "div_",
        "requires_grad_",
        "mul",
        "div",
        "sub",
        "add",
        "truediv",
    ]
)


def _made_here(turn: Turn) -> tuple[Event, int] | None:
    """Return the event that made a leaf which was also updated in this turn, from nothing older."""
    shape = turn.shape
    updated = {act.leaf for act in shape.acts if act.deed == "update" and act.own}
    for slot in turn.program.slots:
        if not slot.parameter or slot.external or slot.storage not in updated:
            continue
        makers = [e for e in shape.events if any(shape.storage(r) == slot.storage for r in e.outputs)]
        first = next((e for e in makers if e.kind != "state"), None)
        if first is None:
            continue
        behind = shape.behind(first)
        outside = any(shape.slot(r).external for e in behind for r in e.inputs)
        if not outside and first.name.rpartition(".")[2] in _FACTORIES:
            return first, turn.things[slot.storage]
    return None
